"""Tables with random numbers in them: any tables must do, learned or not."""

import numpy as np
from hypothesis import strategies as st

from gcdemo.bitstream.contexts import ContextTables


def make_tables(seed, channels=3, centers=5, contexts=4, summaries=3, levels=6, reach=300):
    """Tables whose entries are uniform in [-reach, reach) and whose places are all allowed."""
    rng = np.random.default_rng(seed)
    places = np.empty((channels, contexts, 2, 3), np.int8)
    for place in places.reshape(-1, 3):
        back, down, right = 0, 0, 0
        while right + 2 * down - 4 * back >= 0:
            back, down, right = rng.integers(0, channels), *rng.integers(-7, 8, 2)
        place[:] = back, down, right

    def entries(*shape):
        return rng.integers(-reach, reach, shape).astype(np.int16)

    width = centers + summaries
    return ContextTables(
        places=places,
        rows=entries(channels, contexts, (centers + 1) ** 2, width),
        bias=entries(channels, channels, width),
        responses=entries(channels, summaries, levels, centers),
    )


@st.composite
def tables_and_symbols(draw):
    """Tables and symbols that they can code; sizes from nothing up, symbols from dull to wild."""
    channels, centers = draw(st.integers(1, 4)), draw(st.integers(2, 6))
    tables = make_tables(
        draw(st.integers(0, 2**32)),
        channels,
        centers,
        contexts=draw(st.integers(0, 4)),
        summaries=draw(st.integers(0, 3)),
        levels=draw(st.integers(1, 6)),
        reach=draw(st.sampled_from([1, 300, 3000, 32768])),
    )
    shape = draw(st.tuples(st.integers(1, channels), st.integers(0, 6), st.integers(0, 6)))
    highest = draw(st.integers(0, centers - 1))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    return tables, rng.integers(0, highest + 1, shape).astype(np.uint8)


@st.composite
def tables_symbols_and_kept(draw):
    """The same with a mask, from nothing kept to everything."""
    tables, symbols = draw(tables_and_symbols())
    share = draw(st.sampled_from([0, 0.1, 0.5, 0.9, 1]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    return tables, symbols, rng.random(symbols.shape[1:]) < share
