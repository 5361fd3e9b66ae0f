"""The pyramids behind the lanes: of the recording, of the parts of a separation as they come, of its result."""

from weakref import WeakKeyDictionary

from PySide6.QtCore import QObject, Signal

from tasnet_gui.analysis.peaks import Pyramid
from tasnet_gui.desktop.widgets.filling import Filling
from tasnet_gui.domain import SOURCES, Part, Recording, Separation


class Sounds(QObject):
    """Says `changed` whenever there is more to draw. `shown` maps tracks to what is known of them."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.recording: Recording | None = None
        self.shown: dict[str, Pyramid] = {}
        self._grown: dict[str, Pyramid] = {}  # from parts, until the result is here
        self._kept: WeakKeyDictionary[Separation, dict[str, Pyramid]] = WeakKeyDictionary()
        self._filling = Filling(self)
        self._filling.advanced.connect(self.changed)

    @property
    def busy(self) -> bool:
        """Whether pyramids are still being built; they can be drawn already, a little rough."""
        return self._filling.busy

    @property
    def peak(self) -> float:
        """The largest magnitude of all that is shown."""
        return max((pyramid.peak for pyramid in self.shown.values()), default=0.0)

    def open(self, recording: Recording | None) -> None:
        """Begin with this mixture; what was known of another recording goes."""
        self._filling.drop()
        self.recording, self.shown, self._grown = recording, {}, {}
        self._kept.clear()
        if recording is not None:
            self.shown["mixture"] = Pyramid(recording.frames, recording.samples)
            self._filling.add(self.shown["mixture"])
        self.changed.emit()

    def grow(self, part: Part) -> None:
        """Take in a finished stretch of a separation that still runs."""
        if self.recording is None or part.stop > self.recording.frames:
            return  # late news of another recording
        if not self._grown:
            size = self.recording.channels, self.recording.frames
            self._grown = {track: Pyramid.growing(*size) for track in SOURCES}
            self.shown |= self._grown
        self._grown["speech"].extend(part.start, part.speech)
        self._grown["noise"].extend(part.start, part.noise)
        self.changed.emit()

    def settle(self, separation: Separation | None) -> None:
        """Show this result, or none. One that was shown before is back at once."""
        grown, self._grown = self._grown, {}
        for track in SOURCES:
            self.shown.pop(track, None)
        if separation is not None and separation.recording is self.recording:
            if separation not in self._kept:
                self._kept[separation] = self._whole(separation, grown)
            self.shown |= self._kept[separation]
        self.changed.emit()

    def _whole(self, separation: Separation, grown: dict[str, Pyramid]) -> dict[str, Pyramid]:
        """Pyramids of the result. What its parts left on the screen stays until the result has replaced it."""
        whole = grown or {track: Pyramid(separation.recording.frames) for track in SOURCES}
        for track, pyramid in whole.items():
            pyramid.attach(separation.track(track))
        self._filling.add(*whole.values())
        return whole
