"""Scores of the open recording, where the person knows what is truly in it."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from tasnet_gui.desktop import words
from tasnet_gui.desktop.jobs import Job
from tasnet_gui.desktop.session import Session, State
from tasnet_gui.domain import Separation

if TYPE_CHECKING:
    from tasnet_gui.analysis.measures import Values
    from tasnet_gui.engine.reference import Reference


class Referee(QObject):
    """Reads references, and measures every result against them as it comes. What comes late falls on the floor."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._reading: Job | None = None
        self._scoring: list[tuple[Separation, Job]] = []
        self._against: Reference | None = None  # what they are measured against
        session.changed.connect(self._follow)

    def load_speech(self, path: Path) -> None:
        """Measure against the true speech in a file."""
        self._load(path, None)

    def load_noise(self, path: Path) -> None:
        """Measure the noise, too, against a file of its own, beside the true speech that is loaded."""
        reference = self._session.state.reference
        if reference is not None and reference.path is not None:
            self._load(reference.path, path)

    @Slot()
    def remove(self) -> None:
        """Measure no longer."""
        self._give_up()
        self._session.show_reference(None)
        self._session.said.emit("The reference is no longer used.")

    def _load(self, speech: Path, noise: Path | None) -> None:
        session, recording = self._session, self._session.state.recording
        if recording is None:
            return
        self._give_up()
        name = words.shown((noise or speech).name)
        session.said.emit(f"Reading {name} and finding its place in the recording\N{HORIZONTAL ELLIPSIS}")

        def show(reference: "Reference") -> None:
            if recording is session.state.recording:
                session.show_reference(reference)
                session.said.emit(" ".join((_summary(reference), *reference.notes)))

        def failed(error: Exception) -> None:
            if recording is session.state.recording:
                session.said.emit("Ready.")
                session.fail(error)

        work = session.work.referring(recording, speech, noise)
        self._reading = session.measuring.submit(Job("", name, work, finished=show, failed=failed))

    def _give_up(self) -> None:
        if self._reading is not None:
            self._session.measuring.cancel(self._reading)
            self._reading = None

    @Slot(object)
    def _follow(self, state: State) -> None:
        """Measure what is on the screen and what is kept, and forget what is gone."""
        if state.recording is None:
            self._give_up()
        wanted = self._results(state) if state.reference else []
        other, self._against = state.reference is not self._against, state.reference
        for separation, job in list(self._scoring):
            if other or not any(separation is known for known in wanted):
                self._scoring.remove((separation, job))
                self._session.measuring.cancel(job)
        for separation in wanted:
            if state.scores(separation) is None and not any(separation is known for known, _ in self._scoring):
                self._score(separation, state.reference)

    def _results(self, state: State) -> list[Separation]:
        """The result on the screen, which may have been edited, and those of all models."""
        kept = [separation for separation, _ in self._session.results.values()]
        shown = state.separation
        return [*kept, *([shown] if shown and not any(shown is known for known in kept) else [])]

    def _score(self, separation: Separation, reference: "Reference | None") -> None:
        assert reference is not None
        session = self._session

        def show(values: "Values") -> None:
            self._scoring = [pair for pair in self._scoring if pair[0] is not separation]
            if reference is session.state.reference:
                known = [pair for pair in session.state.measured if self._still(pair[0])]
                session.show_measured((*known, (separation, values)))

        def failed(error: Exception) -> None:
            session.fail(error)  # it stays in the list, so that it is not tried again

        work = session.work.scoring(separation, reference)
        job = Job("", separation.recording.name, work, finished=show, failed=failed)
        self._scoring.append((separation, job))
        session.measuring.submit(job)

    def _still(self, separation: Separation) -> bool:
        return any(separation is known for known in self._results(self._session.state))


def _summary(reference: "Reference") -> str:
    what = words.shown(reference.name)
    if reference.noise_name:
        what = f"{what} and {words.shown(reference.noise_name)}"
    return f"Measured against {what}."
