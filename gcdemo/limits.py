"""How large pictures may be, whether they come as pixels or as what a file states."""

MAX_PIXELS = 50_000_000
"""The largest picture taken, in pixels."""

MAX_SIDE = 65_535
"""Its longest side: networks and measures continue a thin one, a line of millions of pixels to
gigabytes."""
