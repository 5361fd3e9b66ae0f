"""Masks you can play: edits of the lit rows, heard at once, undone and redone, one history for each result."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from tasnet_gui.analysis.edits import Action, MaskEdit, stretches
from tasnet_gui.desktop.inspection import Inspection
from tasnet_gui.desktop.inspector import Inspector
from tasnet_gui.desktop.jobs import Job
from tasnet_gui.desktop.session import EDITING, Session, State
from tasnet_gui.desktop.undo import step
from tasnet_gui.domain import Progress, Separation

if TYPE_CHECKING:
    from tasnet_gui.analysis.basis import Basis
    from tasnet_gui.analysis.frames import FrameSpan
    from tasnet_gui.engine.inside import Inside
    from tasnet_gui.engine.native import Native

ALONE = "alone"  # as an action: only these filters, all that the encoder has of them
NEAR = 20.0  # seconds around the playhead where an edit of everything is heard first

Edits = tuple[MaskEdit, ...]


@dataclass
class History:
    """What was done to one result, and what was undone."""

    separation: Separation  # as the network said it
    done: list[Edits] = field(default_factory=lambda: [()])  # the last one counts
    undone: list[Edits] = field(default_factory=list)
    steps: list[int] = field(default_factory=lambda: [0])  # the numbers of those that are done
    undone_steps: list[int] = field(default_factory=list)
    heard: Edits = ()  # those that the result on the screen holds
    asked: Edits | None = None  # those that are being computed

    def after(self, separation: Separation) -> "History":
        """The same edits of a new result: they name filters and times, which mean the same in it."""
        before = self.separation
        if separation.recording is not before.recording or separation.model.sha256 != before.model.sha256:
            return History(separation)
        return replace(self, separation=separation, heard=(), asked=None)

    @property
    def edits(self) -> Edits:
        return self.done[-1]

    @property
    def late(self) -> bool:
        """Whether what is heard holds other edits than those that count, and nothing is done about it."""
        return self.edits not in (self.heard, self.asked)

    def add(self, edits: Edits) -> None:
        """These count from now on."""
        self.done.append(edits)
        self.steps.append(step())
        self.forget_undone()

    def undo(self) -> None:
        self.undone.append(self.done.pop())
        self.undone_steps.append(self.steps.pop())

    def redo(self) -> None:
        self.done.append(self.undone.pop())
        self.steps.append(self.undone_steps.pop())

    def forget_undone(self) -> None:
        self.undone.clear()
        self.undone_steps.clear()


def hearing(
    separation: Separation, span: "FrameSpan", basis: "Basis", edits: Edits, native: "Native | None" = None
) -> Generator[Progress, None, Separation]:
    """A result with its masks edited where one stretch at full resolution reaches; elsewhere it is as it was."""
    from tasnet_gui.audio.storage import allocate, slices
    from tasnet_gui.engine.edits import heard

    yield Progress(0.0)
    part = heard(separation.recording, span, basis, edits, native)
    tracks = {}
    for name, edited in (("speech", part.speech), ("noise", part.noise)):
        before = separation.track(name)
        track = allocate(*before.shape)
        for here in slices(before, track):
            track[:, here] = before[:, here]
            yield Progress(0.5)
        track[:, part.start : part.stop] = edited
        tracks[name] = track
    count = "1 edit" if len(edits) == 1 else f"{len(edits)} edits"
    note = f"The masks were changed by hand ({count})."
    return replace(separation, speech=tracks["speech"], noise=tracks["noise"], notes=(*separation.notes, note))


def _reach(inside: "Inside") -> float:
    """How many seconds an edit can be heard beyond its own stretch."""
    from tasnet_gui.engine.edits import reach

    return reach(inside.recording.rate, inside.model.rate, inside.native)


class Editor(QObject):
    """Turns what the person does to rows into edits, and edits into sound. What comes late falls on the floor."""

    edited = Signal(object)  # Edits: those that count now
    play_asked = Signal()  # let it be heard
    stepped = Signal()  # as `undo.History` says
    history_changed = Signal()

    def __init__(self, session: Session, inspector: Inspector, position: Callable[[], float]) -> None:
        super().__init__()
        self._session, self._inspector, self._position = session, inspector, position
        self._histories: dict[str, History] = {}  # by the model's name
        self._told: tuple[object, ...] = ()  # what others know of the history
        self._job: Job | None = None  # decodes
        self._running: Job | None = None  # runs the network
        session.changed.connect(self._follow)
        inspector.changed.connect(self._prepare)

    @property
    def history(self) -> History | None:
        """Of the result on the screen."""
        model = self._session.state.model
        return self._histories.get(model.name) if model else None

    @property
    def latest(self) -> int:
        return self.history.steps[-1] if self.history else 0

    @property
    def undone(self) -> int:
        return self.history.undone_steps[-1] if self.history and self.history.undone_steps else 0

    def forget_undone(self) -> None:
        if self.history and self.history.undone:
            self.history.forget_undone()
            self._tell()

    # What the person does

    @Slot(str, float)
    def apply(self, action: "Action", value: float) -> None:
        """Solo, mute or set the lit rows, in the selected time or everywhere."""
        history, filters = self.history, self._inspector.inspection.lit
        if history is None or not filters or self._session.state.task not in ("", EDITING):
            return
        start, stop = self._session.state.selection or (0.0, float("inf"))
        if action == ALONE:
            new: Edits = (MaskEdit(filters, "solo", start, stop), MaskEdit(filters, "set", start, stop, 1.0))
        else:
            new = (MaskEdit(filters, action, start, stop, value),)
        history.add((*history.edits, *new))
        self.stepped.emit()
        self._carry_out(play=True)

    @Slot()
    def undo(self) -> None:
        """Take the last edit back."""
        if (history := self.history) and len(history.done) > 1:
            history.undo()
            self._carry_out()

    @Slot()
    def redo(self) -> None:
        """Do again what was undone last."""
        if (history := self.history) and history.undone:
            history.redo()
            self._carry_out()

    @Slot()
    def restore(self) -> None:
        """Back to what the network said; that, too, can be undone."""
        if (history := self.history) and history.edits:
            history.add(())
            self.stepped.emit()
            self._carry_out()

    # What follows from it

    @Slot(object)
    def _follow(self, state: State) -> None:
        """Begin anew with every new recording; a result that is computed once more keeps its edits."""
        results = self._session.results
        for name in [name for name in self._histories if name not in results]:
            del self._histories[name]
        for name, (separation, inside) in results.items():
            known = self._histories.get(name)
            if inside is not None and (known is None or known.separation is not separation):
                self._histories[name] = known.after(separation) if known else History(separation)
        self._catch_up()
        if self._told != self._tellable():
            self._tell()

    def _catch_up(self) -> None:
        """Let the edits be heard that count, where they are not: those of a result whose place a new one took, or what
        was done while there was another result, or none, on the screen."""
        history, now, state = self.history, self._inspector.inspection, self._session.state
        if history is None or not history.late or state.separation is None or state.task not in ("", EDITING):
            return
        if now.inside is self._session.results[history.separation.model.name][1] and now.learned is not None:
            self._carry_out()

    @Slot(object)
    def _prepare(self, inspection: Inspection) -> None:
        """Once rows are lit, have at hand what is needed to hear an edit of them at once."""
        self._catch_up()
        if inspection.lit and inspection.inside is not None:
            self._inspector.want(*self._focus())

    def _focus(self) -> tuple[float, float]:
        """Where an edit is heard first."""
        recording = self._session.state.recording
        duration = recording.duration if recording else 0.0
        start, stop = self._session.state.selection or (self._position() - NEAR / 2, self._position() + NEAR / 2)
        middle, half = (start + stop) / 2, min(stop - start, NEAR) / 2
        inside = self._inspector.inspection.inside
        around = half + (_reach(inside) if inside else 0.0)
        return max(0.0, middle - around), min(duration, middle + around)

    def _carry_out(self, play: bool = False) -> None:
        """Let the edits that count now be heard: by decoding alone where that is enough, else by the network."""
        history, now = self.history, self._inspector.inspection
        if history is None:
            return
        if now.inside is None or now.learned is None:
            self._tell()
            return  # until there is something to hear on the screen again
        self._give_up()
        history.asked = history.edits
        self._tell()
        if not history.edits:
            self._show(history, None)
            return
        if play:
            self._let_hear()
        span, whole = self._covering(now.inside, history.edits)
        if span is not None:
            work = hearing(history.separation, span, now.learned.basis, history.edits, now.inside.native)
            self._job = self._session.drawing.submit(self._job_of(history, work, "", play, whole))
        if not whole:
            device, threads = self._session.state.device, self._session.state.threads or None
            work = self._session.work.editing(history.separation, now.inside, history.edits, device, threads)
            job = self._job_of(history, work, EDITING, play and span is None, whole=True)
            job.progressed = self._session.progressed.emit
            self._running = self._session.jobs.submit(job)

    def _give_up(self) -> None:
        """What still computes was asked for before the person changed their mind."""
        given_up = (self._job, self._session.drawing), (self._running, self._session.jobs)
        self._job = self._running = None
        for history in self._histories.values():
            history.asked = None
        for job, jobs in given_up:
            if job is not None:
                jobs.cancel(job)

    def _let_hear(self) -> None:
        """An edit changes nothing in the mixture: who listens to that will want to hear the speech."""
        if self._session.state.heard in ("", "mixture"):
            self._session.hear("speech")

    def _covering(self, inside: "Inside", edits: Edits) -> "tuple[FrameSpan | None, bool]":
        """A stretch at full resolution in which edits can be heard, and whether it is all of them."""
        duration = inside.recording.duration
        touched = stretches(edits, duration)
        around = _reach(inside)
        begin, end = max(0.0, touched[0][0] - around), min(duration, touched[-1][1] + around)
        spans = self._inspector.inspection.spans
        if whole := [span for span in spans if span.covers(begin, end)]:
            return whole[0], True
        near = [span for span in spans if span.start < end and span.stop > begin]
        return (near[0] if near else None), False

    def _job_of(
        self, history: History, work: Generator[Progress, None, Separation], kind: str, play: bool, whole: bool
    ) -> Job:
        edits = history.edits

        def wanted() -> bool:
            return self._known(history) and history.edits == edits

        def finished(separation: Separation) -> None:
            if wanted():
                self._show(history, separation, whole)
                if play and self.history is history:
                    self.play_asked.emit()

        def failed(error: Exception) -> None:
            ended()
            if wanted() and self.history is history:
                self._session.fail(error)
                self.undo()

        def stopped() -> None:
            if job in (self._job, self._running):
                ended()
                if wanted() and self.history is history:  # the person did not want to wait for it
                    self.undo()

        def ended() -> None:
            if history.asked == edits:
                history.asked = None

        name = history.separation.recording.name
        job = Job(kind, name, work, finished=finished, failed=failed, stopped=stopped)
        return job

    def _known(self, history: History) -> bool:
        return any(history is known for known in self._histories.values())

    def _show(self, history: History, separation: Separation | None, whole: bool = True) -> None:
        if whole:
            history.heard, history.asked = history.edits, None
        self._session.show_edited(history.separation.model.name, separation)
        if self.history is history:
            self._session.said.emit(separation.notes[-1] if separation else "Back to what the network said.")

    def _tellable(self) -> tuple[object, ...]:
        return self.history.edits if self.history else (), self.latest, self.undone

    def _tell(self) -> None:
        history = self.history
        self._told = self._tellable()
        self.edited.emit(history.edits if history else ())
        self.history_changed.emit()
