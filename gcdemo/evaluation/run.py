"""Measures codecs over folders of pictures: `python -m gcdemo evaluate`.

Every number is taken from a real file: the picture is encoded, what is measured is the file
decoded again, and the rate is the file's size. A run that is stopped goes on where it was.
"""

import logging
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tqdm import tqdm

from gcdemo.errors import CodecFailed, GCDemoError, InputError
from gcdemo.evaluation.bench import Bench, Job, Outcome, file_hash
from gcdemo.evaluation.contenders import Contender, Field
from gcdemo.evaluation.points import Point
from gcdemo.evaluation.results import Evaluation, SheetOptions, Skipped, finish
from gcdemo.evaluation.rows import RowKey
from gcdemo.evaluation.store import ResultStore
from gcdemo.evaluation.versions import Environment
from gcdemo.evaluation.workers import Workers

logger = logging.getLogger(__name__)


class NamedFile(NamedTuple):
    """A picture's file and what its rows call it."""

    name: str
    path: Path


class _Task(NamedTuple):
    picture: NamedFile
    contender: Contender
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """What is measured, and where to."""

    pictures: tuple[NamedFile, ...]
    field: Field
    out: Path
    """A folder; made where missing, gone on with where not."""
    sheets: SheetOptions | None = None
    """How to lay out contact sheets; None makes none."""


def name_pictures(paths: Iterable[Path]) -> tuple[NamedFile, ...]:
    """Call pictures as their files without endings; a name that is taken gets a number."""
    stems: dict[str, Path] = {}
    for path in paths:
        stem, number = path.stem, 2
        while stem in stems:
            stem, number = f"{path.stem}-{number}", number + 1
        stems[stem] = path
    return tuple(NamedFile(stem, path) for stem, path in stems.items())


def evaluate(
    request: Request,
    bench: Bench,
    workers: Workers,
    environment: Environment,
    *,
    progress: bool = True,
) -> Evaluation:
    """Code pictures at every point that is not measured yet, and write everything down.

    The folder gets what `ResultStore` and `finish` say. A picture that fails with any codec is
    reported and skipped, and is in no mean: all are measured on the same pictures. Rows of other
    pictures, codecs and points that are there already stay, and are in no mean either.

    Args:
        request: What to measure.
        bench: Tools of this process.
        workers: Who does the jobs; closed in the end.
        environment: What is measured with.
        progress: Whether to show a progress bar.

    Raises:
        InputError: What is in the folder was measured with something else or on other pictures of
            the same names, or it cannot be written to.
        CodecFailed: A worker was lost for good.
    """
    try:
        extensions = {entry.codec.name: entry.codec.extension for entry in request.field.contenders}
        store = ResultStore(request.out, environment, extensions)
        _check_pictures(request.pictures, store)
        run = _Run(request, bench, store)
        try:
            run.measure(workers, progress=progress)
        finally:
            workers.close()
        return finish(store, request.field, run.complete(), run.skipped, bench, request.sheets)
    except BrokenExecutor as error:
        raise CodecFailed(
            "A worker was stopped, most likely for want of memory. "
            "The same command goes on where this one ended."
        ) from error
    except OSError as error:
        raise InputError(
            f'"{request.out}" cannot be written to: {error.strerror or error}.'
        ) from error


class _Run:
    """Hands out jobs: of each picture the anchor's first, whose bytes the others need."""

    def __init__(self, request: Request, bench: Bench, store: ResultStore) -> None:
        self.skipped: list[Skipped] = []
        self._pictures = request.pictures
        self._field = request.field
        self._bench = bench
        self._store = store

    def measure(self, workers: Workers, *, progress: bool) -> None:
        """Do everything that is missing; rows are written as they come."""
        ready = deque(task for picture in self._pictures for task in self._first_tasks(picture))
        total = sum(
            len(self._missing(picture, entry))
            for picture in self._pictures
            for entry in self._field.contenders
        )
        running: dict[Future[Outcome], _Task] = {}
        with tqdm(total=total, unit="point", disable=not progress) as bar:
            while ready or running:
                while ready and len(running) < workers.backlog:
                    task = ready.popleft()
                    if not self._is_skipped(task.picture):
                        running[workers.submit(self._job(task))] = task
                done = wait(running, return_when=FIRST_COMPLETED).done
                # What failed comes last: it may end the run, and the rest is to be kept.
                for future in sorted(done, key=lambda future: future.exception() is not None):
                    task = running.pop(future)
                    if self._take(task, future):
                        bar.update(len(task.points))
                        # To the front: a picture is finished before the next begins.
                        ready.extendleft(self._tasks_after(task))

    def complete(self) -> list[str]:
        """Give the names of the pictures that have every row."""
        return [
            picture.name
            for picture in self._pictures
            if not any(self._missing(picture, entry) for entry in self._field.contenders)
        ]

    def _first_tasks(self, picture: NamedFile) -> Iterator[_Task]:
        first, *others = self._field.contenders
        # Where all rows are there, an original's features may still be lost or not whole.
        if (points := self._missing(picture, first)) or self._wants_original(picture):
            yield _Task(picture, first, points)
        else:
            yield from self._tasks(picture, others)

    def _tasks_after(self, task: _Task) -> Iterator[_Task]:
        first, *others = self._field.contenders
        if task.contender is first:
            yield from self._tasks(task.picture, others)

    def _tasks(self, picture: NamedFile, contenders: Iterable[Contender]) -> Iterator[_Task]:
        for entry in contenders:
            if points := self._missing(picture, entry):
                yield _Task(picture, entry, points)

    def _missing(self, picture: NamedFile, entry: Contender) -> tuple[Point, ...]:
        name = entry.codec.name
        return tuple(
            point
            for point in entry.points
            if RowKey(picture.name, name, point.name) not in self._store.rows
        )

    def _wants_original(self, picture: NamedFile) -> bool:
        has_metric = self._bench.metrics.patch_features is not None
        return has_metric and not self._store.has_original(picture.name)

    def _job(self, task: _Task) -> Job:
        picture, entry, points = task
        name = picture.name
        return Job(
            picture=name,
            contents=picture.path.read_bytes(),
            codec=entry.source,
            points=points,
            targets=tuple(self._field.targets(name, self._store.rows)),
            with_original=self._wants_original(picture),
        )

    def _take(self, task: _Task, future: "Future[Outcome]") -> bool:
        """Write down what a job gave, and tell whether it gave anything."""
        try:
            outcome = future.result()
        except GCDemoError as error:
            path = task.picture.path
            reason = f"{task.contender.codec.label}: {error}"
            logger.warning("%s is skipped: %s", path, reason)
            self.skipped.append(Skipped(path, reason))
            return False
        self._store.add(task.picture.name, outcome)
        return True

    def _is_skipped(self, picture: NamedFile) -> bool:
        return any(skipped.path == picture.path for skipped in self.skipped)


def _check_pictures(pictures: Sequence[NamedFile], store: ResultStore) -> None:
    """Refuse to mix rows of two pictures of one name."""
    stored = {row.picture: row.picture_hash for row in store.rows.values()}
    for name, path in pictures:
        if name in stored and file_hash(path.read_bytes()) != stored[name]:
            raise InputError(
                f'"{store.folder}" holds measurements of another picture called {name}. '
                "Choose another folder."
            )
