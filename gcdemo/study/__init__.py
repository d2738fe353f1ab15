"""The user study: pictures to compare, votes that are never lost, and what they say."""
