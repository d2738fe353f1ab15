"""The oldest versions that are allowed are those with which the tests were run."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]


def stated(name, pattern):
    """Give {package: version} of a file of requirements."""
    lines = (REPOSITORY / name).read_text(encoding="utf-8").splitlines()
    texts = [line.partition("#")[0].strip() for line in lines]
    return dict(re.fullmatch(pattern, text).groups() for text in texts if text)


def test_the_oldest_versions_are_the_lower_bounds_of_all_that_is_required():
    lowest = stated("requirements.txt", r"([a-z0-9-]+)>=([\d.]+),<[\d.]+")
    oldest = stated("requirements-oldest.txt", r"([a-z0-9-]+)==([\d.]+)")
    assert oldest.keys() == lowest.keys()
    for package, version in oldest.items():
        assert re.fullmatch(rf"{re.escape(lowest[package])}(\.0)*", version), package


def test_the_workflow_runs_what_the_readme_says():
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    workflow = (REPOSITORY / ".github" / "workflows" / "oldest.yml").read_text(encoding="utf-8")
    commands = re.findall(r"- run: (.*)", workflow)
    assert len(commands) == 2
    for command in commands:
        assert f"\n{command}" in readme
