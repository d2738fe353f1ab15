"""Where a codec's sizes pass a wanted one, in few encodes."""

from collections.abc import Callable, Sequence
from itertools import count
from math import ceil, log

from gcdemo.errors import InputError

# How many encodes the secant may be behind bisection before that takes over.
_SLACK = 4


def find_passing(
    size_of: Callable[[int], int], num_settings: int, num_bytes: int, top_bytes: float
) -> tuple[int, int]:
    """Find two neighbouring settings between which the size passes a wanted one.

    The smallest file is made first: at low rates it often is the answer. Then a secant through
    the two latest points, in the logarithm of the size, aims at the passing; where it has taken
    longer than bisection would, that goes on. Sizes that do not grow steadily may pass
    `num_bytes` several times; one of the places is found.

    Args:
        size_of: Bytes of the file at a setting, counted from 0; called once for each.
        num_settings: How many there are, from the smallest file to the largest.
        num_bytes: What the upper file must have at least; 1 or more.
        top_bytes: A guess at the size of the largest file, for the first step.

    Returns:
        Neighbours (below, reaching): below has fewer than `num_bytes`, or is -1 where the first
        has not; reaching has as many or more, or is `num_settings` where the last has not.
    """
    wanted = log(num_bytes)
    below, reaching = -1, num_settings
    latest = (num_settings - 1, max(log(top_bytes), wanted + 1))
    setting = 0
    for num_probes in count(1):
        size = size_of(setting)
        if size < num_bytes:
            below = setting
        else:
            reaching = setting
        if reaching - below <= 1:
            break
        before, latest = latest, (setting, log(size))
        slope = (latest[1] - before[1]) / (latest[0] - before[0] or 1)
        if slope > 0 and reaching - below <= num_settings / 2 ** (num_probes - _SLACK):
            setting = ceil(latest[0] + (wanted - latest[1]) / slope)
        else:
            setting = (below + reaching + 1) // 2
        setting = min(max(setting, below + 1), reaching - 1)
    return below, reaching


def largest_within(
    encode: Callable[[int], bytes], settings: Sequence[int], num_bytes: int
) -> bytes:
    """Give the file of the last setting that has at most so many bytes.

    Sizes grow with the setting but for accidents, so it is found by bisection.

    Args:
        encode: Makes the file of a setting.
        settings: From the smallest file to the largest.
        num_bytes: What the file may have at most.

    Raises:
        InputError: Even the smallest file is larger.
    """
    _, data = _last_within(encode, settings, num_bytes)
    return data


def largest_searched(
    encode: Callable[[int], bytes],
    improve: Callable[[int], bytes],
    settings: Sequence[int],
    num_bytes: int,
    nearby: Sequence[int],
) -> bytes:
    """Give a file of at most so many bytes where each can be made quickly or, slowly, better.

    The setting is found by the quick ones; of better ones near it the first that fits is given.

    Args:
        encode: Makes the quick file of a setting.
        improve: Makes the better one, mostly smaller.
        settings: From the smallest file to the largest.
        num_bytes: What the file may have at most.
        nearby: Which better ones are tried, in this order: so many settings from the one found.

    Raises:
        InputError: Even the smallest file is larger, the better one too.
    """
    try:
        found, data = _last_within(encode, settings, num_bytes)
    except InputError:
        if len(smallest := improve(settings[0])) > num_bytes:
            raise
        return smallest
    for index in (found + step for step in nearby):
        if 0 <= index < len(settings) and len(improved := improve(settings[index])) <= num_bytes:
            return improved
    return data


def _last_within(
    encode: Callable[[int], bytes], settings: Sequence[int], num_bytes: int
) -> tuple[int, bytes]:
    """Give the index of the last setting whose file has at most so many bytes, and that file."""
    low, high = 0, len(settings) - 1
    best = encode(settings[0])
    if len(best) > num_bytes:
        raise InputError(
            f"{num_bytes} bytes are too few; the smallest file of this picture has {len(best)}."
        )
    while low < high:
        middle = (low + high + 1) // 2
        data = encode(settings[middle])
        if len(data) <= num_bytes:
            low, best = middle, data
        else:
            high = middle - 1
    return low, best
