"""Builds pyramids on the GUI thread in slices too short to be felt."""

from collections.abc import Iterator
from time import perf_counter

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from tasnet_gui.analysis.peaks import Pyramid

AT_ONCE = 0.030  # seconds, before the first picture: five minutes of sound at 48 kHz
SLICE = 0.008  # seconds between two chances to answer the user
SKETCH_FROM = 1 << 22  # frames: below, `AT_ONCE` is about enough


class Filling(QObject):
    """An hour at 48 kHz takes 0.4 s (NumPy reads 500 million samples a second): long to wait, short for a thread."""

    advanced = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work: list[Iterator[float]] = []
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._slice)

    @property
    def busy(self) -> bool:
        return bool(self._work)

    def add(self, *pyramids: Pyramid) -> None:
        """Build these after what is being built; short ones are ready when this returns."""
        for pyramid in pyramids:
            if pyramid.frames >= SKETCH_FROM:
                pyramid.sketch()
            self._work.append(pyramid.building())
        self._advance(AT_ONCE)
        if self._work:
            self._timer.start()

    def drop(self) -> None:
        """Forget what is being built."""
        self._work.clear()
        self._timer.stop()

    @Slot()
    def _slice(self) -> None:
        self._advance(SLICE)
        if not self._work:
            self._timer.stop()
        self.advanced.emit()

    def _advance(self, seconds: float) -> None:
        end = perf_counter() + seconds
        while self._work and perf_counter() < end:
            if next(self._work[0], None) is None:
                self._work.pop(0)
