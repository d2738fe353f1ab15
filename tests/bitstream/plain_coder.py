"""FORMAT.md's coding of symbols once more, in plain Python integers and as plainly as can be.

Shares no code with the package and knows nothing of constriction, so that both must be right.
"""

from decimal import Decimal, localcontext
from functools import cache


@cache
def exponential(i):
    """floor(2**24 e**(-i / 256)), by decimals of 60 digits."""
    with localcontext() as context:
        context.prec = 60
        return int(Decimal(2**24) * (Decimal(-i) / 256).exp())


def coding_order(shape):
    """Every cell (c, y, x) in the order of coding."""
    channels, height, width = shape
    cells = [(c, y, x) for c in range(channels) for y in range(height) for x in range(width)]

    def step(cell):
        return cell[2] % 512 + 2 * (cell[1] % 512) + 4 * cell[0]

    return sorted(cells, key=lambda cell: (step(cell), *cell))


def counts(known, cell, channels, tables):
    """The counts of a cell's values, from the symbols already known: {(c, y, x): symbol}."""
    c, y, x = cell
    num_centers = tables.responses.shape[3]

    def find(place):
        back, down, right = map(int, place)
        if (y % 512 + down) // 512 or (x % 512 + right) // 512:
            return num_centers
        return known.get((c - back, y + down, x + right), num_centers)

    sums = [int(v) for v in tables.bias[channels - 1, c]]
    for places, rows in zip(tables.places[c], tables.rows[c], strict=True):
        row = rows[find(places[0]) * (num_centers + 1) + find(places[1])]
        sums = [a + int(b) for a, b in zip(sums, row, strict=True)]
    logits = sums[:num_centers]
    for total, levels in zip(sums[num_centers:], tables.responses[c], strict=True):
        row = levels[min(max(total // 16, 0), len(levels) - 1)]
        logits = [a + int(b) for a, b in zip(logits, row, strict=True)]
    weights = [exponential(min(max(logits) - a, 4095)) for a in logits]
    result = [1 + w * (65536 - num_centers) // sum(weights) for w in weights]
    result[logits.index(max(logits))] += 65536 - sum(result)
    return result


def bounds(count, symbol):
    """Where a symbol's interval begins and ends, in 2**24ths."""
    left = (sum(count[:symbol]) * (2**24 - len(count)) >> 16) + symbol
    if symbol == len(count) - 1:
        return left, 2**24
    return left, (sum(count[: symbol + 1]) * (2**24 - len(count)) >> 16) + symbol + 1


def encode_counted(symbols, counted):
    """The bytes of symbols whose counts are given: an interval that shrinks, as exact integers."""
    low, span, digits = 0, 2**64 - 1, 8
    for symbol, count in zip(symbols, counted, strict=True):
        left, right = bounds(count, symbol)
        low += (span >> 24) * left
        span = (span >> 24) * (right - left)
        if span < 2**32:
            low, span, digits = low << 32, span << 32, digits + 4
    for kept in range(digits + 1):
        unit = 256 ** (digits - kept)
        number = -(-low // unit)
        if number * unit < low + span:
            return number.to_bytes(kept, "big")
    raise AssertionError("all digits always suffice")


def encode(symbols, tables, kept=None):
    """The bytes of symbols (C, h, w), or of those whose cell (y, x) is kept."""
    known, counted, order = {}, [], coding_order(symbols.shape)
    if kept is not None:
        order = [cell for cell in order if kept[cell[1:]]]
    for cell in order:
        counted.append(counts(known, cell, len(symbols), tables))
        known[cell] = int(symbols[cell])
    return encode_counted([known[cell] for cell in order], counted)
