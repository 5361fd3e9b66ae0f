"""Looks inside for the views: asks the worker for what is not known yet, and only while somebody is looking."""

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from tasnet_gui.desktop.inspection import Inspection, Learned, Result
from tasnet_gui.desktop.jobs import Job
from tasnet_gui.desktop.session import Session, State
from tasnet_gui.domain import ModelCard

if TYPE_CHECKING:
    from tasnet_gui.analysis.edits import MaskEdit
    from tasnet_gui.analysis.frames import FrameSpan
    from tasnet_gui.analysis.orders import Order
    from tasnet_gui.engine.inside import Inside

log = logging.getLogger(__name__)

SPAN = 40.0  # seconds at full resolution at a time: 46 MB of the shipped models' mono, 1 s of computing
SPANS = 2  # that are kept: what is seen, and where the playhead is
SOON = 120  # ms without another wish


class Inspector(QObject):
    """Keeps one frozen Inspection up to date with the session. Late answers fall on the floor."""

    changed = Signal(object)  # Inspection

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.inspection = Inspection()
        self._session, self._looking = session, False
        self._learned: dict[str, Learned] = {}  # by the weights' sum
        self._asked: set[str] = set()  # models that are being read, or could not be
        self._wanted: tuple[float, float] | None = None  # seconds
        self._inspecting: Job | None = None
        self._underway = (0.0, 0.0)  # seconds: what it computes
        self._spanned: Inside | None = None  # of which result the stretches are
        self._soon = QTimer(self, singleShot=True, interval=SOON)
        self._soon.timeout.connect(self._inspect)
        session.changed.connect(self._follow)

    @Slot(bool)
    def look(self, looking: bool) -> None:
        """Whether anybody looks; nothing is computed for nobody."""
        self._looking = looking
        self._follow(self._session.state)

    @Slot(object)
    def draw(self, job: Job) -> None:
        """Do what a view needs to draw itself."""
        self._session.drawing.submit(job)

    @Slot(object)
    def light(self, filters: tuple[int, ...]) -> None:
        """Light these filters up in every view."""
        self._replace(lit=tuple(filters))

    @Slot(str)
    def choose_order(self, name: str) -> None:
        """Which filter stands in which row, in every view."""
        self._replace(order_name=name)

    @Slot(int)
    def choose_channel(self, channel: int) -> None:
        """Which channel of the recording is looked at."""
        self._replace(channel=channel)

    @Slot(object)
    def show_edits(self, edits: "tuple[MaskEdit, ...]") -> None:
        """The masks as they were changed by hand."""
        if edits != self.inspection.edits:
            self._replace(edits=edits)

    @Slot(float, float)
    def want(self, start: float, stop: float) -> None:
        """Have a stretch, in seconds, at full resolution; soon, when nobody wants another one any more.

        Of a stretch that is too long to be looked at, it is the middle.
        """
        inside = self.inspection.inside
        if inside is None:
            return
        middle, half = (start + stop) / 2, min(stop - start, _longest(inside)) / 2
        start, stop = max(0.0, middle - half), min(middle + half, inside.recording.duration)
        if start < stop and self.inspection.covering(start, stop) is None:
            self._wanted = start, stop
            if not self._soon.isActive():  # who moves all the time must not wait for ever
                self._soon.start()

    @Slot()
    def _inspect(self) -> None:
        """Ask the worker for what is wanted now, and for so much around it that the next wish is met as well."""
        inside, wanted = self.inspection.inside, self._wanted
        if inside is None or wanted is None or self.inspection.covering(*wanted):
            return
        if self._inspecting is not None:
            if not (self._underway[0] <= wanted[0] and wanted[1] <= self._underway[1]):
                self._inspecting.cancelled.set()  # its end begins the next one
            return
        room = max(0.0, min(SPAN, _longest(inside)) - (wanted[1] - wanted[0])) / 2
        start, stop = max(0.0, wanted[0] - room), min(inside.recording.duration, wanted[1] + room)

        self._underway = start, stop

        def keep(span: "FrameSpan") -> None:
            self._inspecting = None
            if self.inspection.inside is inside:
                self._spanned = inside
                self._replace(spans=(span, *self.inspection.spans)[:SPANS])
            self._inspect()

        def stopped() -> None:
            self._inspecting = None
            self._soon.start()

        state = self._session.state
        work = self._session.work.inspecting(inside, start, stop, state.device, state.threads or None)
        job = Job("", inside.recording.name, work, finished=keep, stopped=stopped, failed=self._failed)
        self._inspecting = self._session.jobs.submit(job)

    def _failed(self, error: Exception) -> None:
        """The pooled pictures stay; what could not be computed is not asked for again until the person moves."""
        self._inspecting = self._wanted = None
        log.warning("Cannot look closer: %s", error)

    @Slot(object)
    def _follow(self, state: State) -> None:
        """The session has moved on: what was known of another model or recording goes."""
        now, model = self.inspection, state.model
        if not self._looking and (model, state.recording, state.separation) == (
            now.model, now.recording, now.separation
        ):  # fmt: skip
            return
        inside = self._inside(state)
        results = self._results()
        same = model is now.model and state.recording is now.recording
        learned = self._learned.get(model.sha256) if model else None
        scored = state.reference, state.scores(state.separation)
        known = same, inside, learned, state.separation, results, *scored
        if known != (True, now.inside, now.learned, now.separation, now.results, now.reference, now.scores):
            self._replace(
                model=model,
                recording=state.recording,
                separation=state.separation,
                inside=inside,
                learned=learned,
                results=results,
                reference=state.reference,
                scores=scored[1],
                orders=_orders(learned, inside),
                channel=now.channel if same else 0,
                lit=now.lit if model is now.model else (),
                spans=now.spans if same and self._holds(inside) else (),
            )
        if self._looking and state.recording:
            for each in filter(None, (model, *(result.separation.model for result in results))):
                self._learn(each)

    def _holds(self, inside: "Inside | None") -> bool:
        """Whether stretches of an earlier result are those of this one: both were cut and heard in the same way."""
        known = self._spanned
        if inside is None or known is None or inside is known:
            return True
        return (inside.native, inside.pieces) == (known.native, known.pieces)

    def _results(self) -> tuple[Result, ...]:
        """What every model made of the recording."""
        kept = self._session.results.values()
        known = [(separation, inside) for separation, inside in kept if inside is not None]
        scores = self._session.state.scores
        return tuple(Result(*pair, self._learned.get(pair[0].model.sha256), scores(pair[0])) for pair in known)

    def _inside(self, state: State) -> "Inside | None":
        model = state.model
        known = self._session.results.get(model.name) if model and state.separation else None
        return known[1] if known else None

    def _learn(self, model: ModelCard) -> None:
        """Read a model's basis, once."""
        if model.sha256 in self._asked:
            return
        self._asked.add(model.sha256)

        def keep(learned: Learned) -> None:
            self._learned[model.sha256] = learned
            self._follow(self._session.state)

        job = Job("", model.name, self._session.work.learning(model), finished=keep)
        job.stopped = lambda: self._asked.discard(model.sha256)
        self._session.jobs.submit(job)  # a model that cannot be read is told of when it is asked to separate

    def _replace(self, **changes: object) -> None:
        self.inspection = replace(self.inspection, **changes)  # type: ignore[arg-type]
        self.changed.emit(self.inspection)


def _longest(inside: "Inside") -> float:
    from tasnet_gui.engine.spans import longest_span

    return longest_span(inside.model, inside.recording.channels)


def _orders(learned: Learned | None, inside: "Inside | None") -> "dict[str, Order]":
    """All orders that are known."""
    found = dict(learned.orders) if learned else {}
    if found and inside:
        from tasnet_gui.analysis.orders import by_energy, by_speech

        found["energy"] = by_energy(inside.activity.w.sum(0))
        found["speech"] = by_speech(inside.activity.speech_share())
    return found
