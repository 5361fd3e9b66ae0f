"""What the person is looking at. The only mutable document: one frozen State, replaced whole; every view listens."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from tasnet_gui.desktop import words
from tasnet_gui.desktop.jobs import Job, Jobs
from tasnet_gui.desktop.settings import Preferences
from tasnet_gui.desktop.state import EDITING as EDITING
from tasnet_gui.desktop.state import EXPORTING as EXPORTING
from tasnet_gui.desktop.state import OPENING as OPENING
from tasnet_gui.desktop.state import SEPARATING as SEPARATING
from tasnet_gui.desktop.state import State as State
from tasnet_gui.desktop.work import Opened, Warmed, Work
from tasnet_gui.domain import REMIX, Leveller, Mix, Part, Progress, Recording, Remix, Separation, TasnetError

if TYPE_CHECKING:
    from tasnet_gui.analysis.measures import Values
    from tasnet_gui.audio.exports import Exported, ExportPlan
    from tasnet_gui.batch.items import BatchItem
    from tasnet_gui.engine.inside import Inside
    from tasnet_gui.engine.reference import Reference

log = logging.getLogger(__name__)


class Session(QObject):
    """Opens, separates, exports; keeps each model's result for as long as the recording is open."""

    changed = Signal(object)  # State
    recording_changed = Signal(object)  # Recording
    separation_changed = Signal(object)  # Separation | None
    part_finished = Signal(object)  # Part
    progressed = Signal(object)  # Progress
    failed = Signal(object)  # TasnetError
    exported = Signal(object)  # Exported
    export_failed = Signal(object, object)  # ExportPlan, and the Separation that is kept for another try
    said = Signal(str)  # one sentence for the status line

    def __init__(self, jobs: Jobs, preferences: Preferences, work: Work | None = None) -> None:
        super().__init__()
        self.jobs, self._preferences, self.work = jobs, preferences, work or Work()
        self.drawing = Jobs(name="drawing")  # pictures must not wait until a separation has ended
        self.measuring = Jobs(name="measuring")  # nor for scores, some of which take seconds
        self.results: dict[str, tuple[Separation, Inside | None]] = {}  # of this recording, by the model's name
        self._edited: dict[str, Separation] = {}  # the same with masks changed by hand, where they were
        self._wanted: list[Path] = []
        self.listening: Callable[[], float] = lambda: 0.0  # where the playhead is, in seconds
        self.joined = True  # False after `close` when the worker did not end in time
        kept = preferences.value
        mix = Mix(volume=kept.volume, remix=Remix(kept.remix_speech, kept.remix_noise))
        self.state = State(mix=mix, device=kept.device, threads=kept.threads)
        jobs.changed.connect(self._follow_jobs)
        self.look_for_models()

    def look_for_models(self) -> None:
        """Read the cards on the shelf; keep the chosen model if it is still there."""
        models = tuple(self.work.cards())
        wanted = self.state.model.name if self.state.model else self._preferences.value.model
        model = next((m for m in models if m.name == wanted), models[0] if models else None)
        self._replace(models=models, model=model)

    # Opening

    def open(self, paths: Sequence[Path]) -> None:
        """Open the first recording among these. What was being opened or separated is dropped."""
        if not paths:
            return
        self._drop("", OPENING, SEPARATING, EDITING)
        job = Job(OPENING, words.shown(paths[0].name), self.work.opening(list(paths)))
        job.progressed, job.finished, job.failed = self.progressed.emit, self._show_recording, self._opening_failed
        self._wanted = list(paths)
        self.jobs.submit(job)

    def revisit(self, item: "BatchItem") -> None:
        """Open a file of the batch, with what was made of it, if that is known."""
        self._drop("", OPENING, SEPARATING, EDITING)
        job = Job(OPENING, item.name, self.work.revisiting(item))
        job.progressed, job.finished, job.failed = self.progressed.emit, self._show_revisited, self._opening_failed
        self._wanted = [item.path]
        self.jobs.submit(job)

    def _show_revisited(self, found: "tuple[Opened, Separation | None]") -> None:
        opened, separation = found
        self._show_recording(opened)
        if separation and separation.model in self.state.models:
            self.choose_model(separation.model.name)
            self.results[separation.model.name] = separation, None
            self._show_kept()

    def _show_recording(self, opened: Opened) -> None:
        recording = opened.recording
        self.results.clear()
        self._edited.clear()
        self._start_over(recording)
        self.said.emit(" ".join(filter(None, (opened.note, *recording.notes))) or "Ready.")
        if recording.path:
            self._preferences.remember(recording.path)
        self._examine(recording, opened.note)
        self._warm_up()

    def close_recording(self) -> None:
        """Back to the empty state."""
        self.cancel()
        self.results.clear()
        self._edited.clear()
        self._start_over(None)
        self.said.emit("")

    def _start_over(self, recording: Recording | None) -> None:
        """Nothing is known yet of what is open now."""
        self._replace(
            recording=recording,
            separation=None,
            arriving=False,
            mix=self.state.mix.anew(),
            selection=None,
            looping=False,
            reference=None,
            measured=(),
        )
        self.recording_changed.emit(recording)

    def _opening_failed(self, error: Exception) -> None:
        self.fail(error)
        for path in filter(_gone, self._wanted):
            self._preferences.forget(path.absolute())

    def _examine(self, recording: Recording, note: str) -> None:
        """Look for what the waveform alone does not tell, once it is on the screen."""

        def tell(places: int) -> None:
            if places and recording is self.state.recording:
                self.said.emit(" ".join(filter(None, (note, *recording.notes, words.clipped(places)))))

        self.jobs.submit(Job("", recording.name, self.work.examining(recording), finished=tell))

    def _warm_up(self) -> None:
        """Load torch now, so that the first separation starts at once and the device line can say where."""
        if not self.state.warmed.device:
            job = Job("", "", self.work.warming(self.state.device))
            job.finished = self._show_warmed
            self.jobs.submit(job)  # its failure is told when the person asks for a separation, not before

    def _show_warmed(self, warmed: Warmed) -> None:
        self._replace(warmed=warmed)

    # Separating

    def separate(self) -> None:
        """Take the recording apart with the chosen model, beginning at the playhead or in the selection."""
        state = self.state
        if state.recording is None or state.task or state.model is None:
            return
        self._drop("")  # what runs unseen must not be waited for
        threads = state.threads or None
        native = self._preferences.value.high_band, self._preferences.value.channels
        work = self.work.separating(state.recording, state.model, state.device, threads, self._begin(), *native)
        job = Job(SEPARATING, state.recording.name, work)
        job.progressed, job.finished = self._separation_progressed, self._show_separation
        job.failed, job.stopped = self._separation_failed, self._separation_stopped
        self._replace(separation=None, arriving=False)
        self.separation_changed.emit(None)
        self.jobs.submit(job)

    def _begin(self) -> float:
        """Where the person will listen first: at the playhead, or in a selection at its start."""
        begin, selection = self.listening(), self.state.selection
        return selection[0] if selection and not selection[0] <= begin < selection[1] else begin

    def _separation_progressed(self, progress: Progress) -> None:
        if isinstance(progress.part, Part):
            if not self.state.arriving:
                self._replace(arriving=True)
            self.part_finished.emit(progress.part)
        self.progressed.emit(progress)

    def _show_separation(self, result: "tuple[Separation, Inside | None]") -> None:
        separation = result[0]
        if separation.recording is not self.state.recording:
            return  # the person has moved on
        self.results[separation.model.name] = result
        self._edited.pop(separation.model.name, None)
        self._replace(warmed=Warmed(separation.device, separation.device_note))
        self._show_kept()
        self.said.emit(words.summary(separation))

    def _separation_failed(self, error: Exception) -> None:
        self._show_kept()
        self.fail(error)

    def _separation_stopped(self) -> None:
        self._show_kept()
        if not self.state.task:  # otherwise it made room for something else, which speaks for itself
            self.said.emit("Cancelled.")

    def _show_kept(self) -> None:
        """What is known of this recording by the chosen model: a result, or nothing yet."""
        model = self.state.model
        known = self.results.get(model.name) if model else None
        separation = self._edited.get(known[0].model.name, known[0]) if known else None
        mix = self.state.mix if separation else self.state.mix.anew()
        self._replace(separation=separation, arriving=False, mix=mix)
        self.separation_changed.emit(separation)

    # Editing

    def show_edited(self, model: str, separation: Separation | None) -> None:
        """Put a result with masks changed by hand in the place of the model's own; None brings that back."""
        if separation is None:
            self._edited.pop(model, None)
        else:
            self._edited[model] = separation
        self._show_kept()

    def show_history(self, undoable: bool, redoable: bool, edited: bool) -> None:
        """Whether there is something to undo, something undone to do again, and whether masks were edited."""
        self._replace(undoable=undoable, redoable=redoable, edited=edited)

    def show_reference(self, reference: "Reference | None") -> None:
        """What is truly in the recording; what was measured against another truth goes."""
        self._replace(reference=reference, measured=())

    def show_measured(self, measured: "tuple[tuple[Separation, Values], ...]") -> None:
        """The scores of results."""
        self._replace(measured=measured)

    # Exporting

    def export(self, plan: "ExportPlan", separation: Separation | None = None) -> None:
        """Write tracks of a result: of the one on the screen, or of one whose export failed before."""
        separation = separation or self.state.separation
        if separation is None or self.state.task:
            return
        failed = partial(self._export_failed, plan, separation)
        job = Job(EXPORTING, separation.recording.name, self.work.exporting(separation, plan), keeps=True)
        job.progressed, job.finished, job.failed = self.progressed.emit, self._show_exported, failed
        job.stopped = self._export_stopped
        self.jobs.submit(job)

    def _export_failed(self, plan: "ExportPlan", separation: Separation, error: Exception) -> None:
        self.fail(error)
        self.export_failed.emit(plan, separation)

    def _show_exported(self, exported: "Exported") -> None:
        self.exported.emit(exported)

    def _export_stopped(self) -> None:
        self.said.emit("Cancelled: nothing was written.")

    # Work in general

    @property
    def busy(self) -> bool:
        """Whether closing now would lose work that the person waits for."""
        return self.state.task in (SEPARATING, EXPORTING) and not self.state.stopping

    def cancel(self) -> None:
        """Stop what is running on the screen."""
        self._drop(OPENING, SEPARATING, EXPORTING, EDITING)

    def close(self) -> None:
        """Stop everything and join the worker threads."""
        workers = (self.jobs, self.drawing, self.measuring)
        for jobs in workers:
            jobs.give_up()  # all at once: each then has the time of the others, too
        closed = [jobs.close() for jobs in workers]  # each, whatever the others do
        self.joined = all(closed)

    def _drop(self, *kinds: str) -> None:
        for job in [*self.jobs.waiting, self.jobs.running]:
            if job and job.kind in kinds:
                self.jobs.cancel(job)
        self._follow_jobs()

    @Slot()
    def _follow_jobs(self) -> None:
        queue = [job for job in (self.jobs.running, *self.jobs.waiting) if job and job.kind]
        going = next((job for job in queue if not job.cancelled.is_set()), queue[0] if queue else None)
        if going is None:
            self._replace(task="", subject="", stopping=False)
        else:
            self._replace(task=going.kind, subject=going.subject, stopping=going.cancelled.is_set())

    def fail(self, error: Exception) -> None:
        """Tell the person what went wrong, whatever it was."""
        if not isinstance(error, TasnetError):
            what = "There is not enough memory." if isinstance(error, MemoryError) else f"This failed: {error}"
            error = TasnetError(words.sentence(what), "The log (Help > Open Log Folder) holds the details.")
        self.failed.emit(error)

    # What is chosen

    def choose_model(self, name: str) -> None:
        """Switch to another model; a result that it gave before is back at once."""
        model = next((m for m in self.state.models if m.name == name), None)
        if model is None or model == self.state.model or self.state.task == SEPARATING:
            return
        self._preferences.change(model=name)
        self._replace(model=model)
        if self.state.recording:
            self._show_kept()
            self.said.emit(words.summary(self.state.separation) if self.state.separation else "Ready.")

    def choose_device(self, device: str) -> None:
        self._preferences.change(device=device)
        self._replace(device=device, warmed=Warmed())
        if self.state.recording:
            self._warm_up()

    def choose_threads(self, threads: int) -> None:
        self._preferences.change(threads=threads)
        self._replace(threads=threads)

    # What is heard

    def hear(self, track: str) -> None:
        """Only this track."""
        solo = frozenset() if track == "mixture" else frozenset({track})
        self._replace(mix=replace(self.state.mix, solo=solo, mute=frozenset()))

    def toggle_solo(self, track: str) -> None:
        self._replace(mix=replace(self.state.mix, solo=(self.state.mix.solo - {REMIX}) ^ {track}))

    def toggle_mute(self, track: str) -> None:
        self._replace(mix=replace(self.state.mix, mute=self.state.mix.mute ^ {track}))

    def set_mix(self, mix: Mix) -> None:
        self._replace(mix=mix)

    def set_volume(self, volume: float) -> None:
        self._replace(mix=replace(self.state.mix, volume=volume))

    def show_matching(self, wanted: bool) -> None:
        """Whether everything is to be heard equally loud."""
        self._replace(matching=wanted)

    def show_leveller(self, leveller: Leveller | None) -> None:
        """What makes everything equally loud; None while nothing does."""
        self._replace(mix=replace(self.state.mix, leveller=leveller))

    def select(self, selection: tuple[float, float] | None) -> None:
        self._replace(selection=selection)

    def set_looping(self, looping: bool) -> None:
        self._replace(looping=looping)

    def _replace(self, **changes: object) -> None:
        state = replace(self.state, **changes)  # type: ignore[arg-type]
        if state != self.state:
            self.state = state
            self.changed.emit(state)


def _gone(path: Path) -> bool:
    """Whether there is no such file any more; one that may not be looked at could still be there."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False
    return False
