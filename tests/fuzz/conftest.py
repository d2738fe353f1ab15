"""How many damaged files are tried, and which: 150, or as --fuzz-cases and -shard say."""

import pytest

CASES = 150


def pytest_addoption(parser):
    parser.addoption(
        "--fuzz-cases", type=int, default=CASES, help="damaged files for each kind of file"
    )
    parser.addoption(
        "--fuzz-shard", type=int, default=0, help="another number has other files damaged"
    )


@pytest.fixture
def fuzz_cases(request):
    # Where pytest is not started for this folder, the option comes too late to be known.
    return request.config.getoption("--fuzz-cases", default=CASES)


@pytest.fixture
def fuzz_shard(request):
    return request.config.getoption("--fuzz-shard", default=0)
