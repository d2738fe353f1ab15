"""What the tests of BPG draw."""

from hypothesis import strategies as st

from gcdemo.codecs.bpg.coding_tools import CodingTools, PcmTools, RangeExtension


@st.composite
def coding_tools(draw):
    smallest = draw(st.integers(3, 6))
    largest = draw(st.integers(smallest, 6))
    transform = draw(st.integers(2, min(smallest - 1, 5)))
    pcm = None
    if smallest <= 5 and draw(st.booleans()):
        block = draw(st.integers(smallest, min(largest, 5)))
        end = draw(st.integers(block, min(largest, 5)))
        depth = st.integers(1, 16)
        pcm = PcmTools(draw(depth), draw(depth), block, end, draw(st.booleans()))
    return CodingTools(
        smallest,
        largest,
        transform,
        draw(st.integers(transform, min(largest, 5))),
        draw(st.integers(0, largest - transform)),
        draw(st.booleans()),
        pcm,
        draw(st.booleans()),
        RangeExtension(draw(st.integers(0, 511))),
    )


CODING_TOOLS = coding_tools()
