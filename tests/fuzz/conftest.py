"""How many damaged files are tried: a few hundred, or as many as --fuzz-cases says."""

import pytest

CASES = 150


def pytest_addoption(parser):
    parser.addoption(
        "--fuzz-cases", type=int, default=CASES, help="damaged files for each kind of file"
    )


@pytest.fixture
def fuzz_cases(request):
    # Where pytest is not started for this folder, the option comes too late to be known.
    return request.config.getoption("--fuzz-cases", default=CASES)
