"""How large pictures may be, whether they come as pixels or as what a file states."""

MAX_PIXELS = 50_000_000
"""The largest picture taken, in pixels."""

MAX_SIDE = 65_535
"""Its longest side: networks and measures continue a thin one, a line of millions of pixels to
gigabytes."""


def too_large(width: int, height: int) -> bool:
    """Tell whether a picture of so many pixels across and down is beyond either."""
    return width * height > MAX_PIXELS or max(width, height) > MAX_SIDE
