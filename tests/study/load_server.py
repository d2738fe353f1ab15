"""A whole page over a codec that stands in for the real one, told by GCDEMO_*."""

from gcdemo.study.desk import StudyDesk
from gcdemo.ui.app import build_app, launch
from gcdemo.ui.context import Limits
from tests.ui.fakes import fake_context


def main():
    """Serve until stopped; the pack and the database are those that the environment names."""
    desk = StudyDesk("unused", lambda out: None, "1.2.3")
    desk.open().join()
    # All raters of the test come from one address.
    context = fake_context(study=desk, limits=Limits(study_requests_per_minute=1_000_000))
    launch(build_app(context), context)


if __name__ == "__main__":
    main()
