"""The networks of the paper: E, q, G and D."""
