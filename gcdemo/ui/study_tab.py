"""The study's tab: hands out trials and takes votes; all rules are the service's."""

import logging
import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from gcdemo.errors import GCDemoError
from gcdemo.study.faults import VoteRefused
from gcdemo.study.session import Step, StudyService
from gcdemo.ui.context import StudySource
from gcdemo.ui.study_stage import Answer, Forgetting, Opening, StudyScreen, StudyStage, Voting

logger = logging.getLogger(__name__)


class StudyTab:
    """The rating page; made within `gr.Blocks`."""

    def __init__(self, source: StudySource, publish: Callable[[Path], Path]) -> None:
        """Lay it out and bind it.

        Args:
            source: Of the study.
            publish: Puts a picture where the page can show it, under a name that tells nothing.
        """
        self._source, self._publish = source, publish
        self.stage = StudyStage(StudyScreen("intro"), elem_id="gc-study")
        self.stage.answered(
            self.answer,
            [self.stage],
            [self.stage],
            show_progress="hidden",
            # Votes never wait for pictures that are being coded.
            concurrency_id="study",
            concurrency_limit=8,
            api_visibility="private",
        )

    def answer(self, answer: Answer) -> StudyScreen:
        """Keep what was answered and show what follows."""
        try:
            service = self._source()
            if service is None:
                return StudyScreen("intro", message="The study is being prepared: try in a minute.")
            return self._follow(service, answer)
        except GCDemoError as error:
            return StudyScreen("intro", message=str(error))
        except Exception:
            trace = secrets.token_hex(4)
            logger.exception("study request %s failed", trace)
            text = f"Something went wrong on our side. It was noted as {trace}."
            return StudyScreen("intro", message=text)

    def _follow(self, service: StudyService, answer: Answer) -> StudyScreen:
        match answer:
            case Opening(rater):
                return self._screen(service.open_session(rater or None))
            case Forgetting(rater):
                count = service.forget(rater)
                return StudyScreen("gone", message=f"{count} answers were deleted.")
            case Voting(rater, token, ballot):
                try:
                    return self._screen(service.record_vote(token, ballot))
                except VoteRefused as error:
                    # The trial is over for this page: go on with the next one, and say why.
                    return self._screen(service.open_session(rater or None), str(error))

    def _screen(self, step: Step, message: str = "") -> StudyScreen:
        trial = step.trial
        if trial is not None:
            trial = replace(
                trial,
                original=self._publish(trial.original),
                left=self._publish(trial.left),
                right=self._publish(trial.right),
            )
        phase = "trial" if trial else "done"
        return StudyScreen(phase, step.rater_id, message, trial, step.summary)
