"""One Ctrl+Z over several histories: the step that was done last, whatever it was about, is the one taken back."""

from itertools import count
from typing import Protocol

from PySide6.QtCore import QObject, SignalInstance, Slot

from tasnet_gui.desktop.session import Session

_steps = count(1)


def step() -> int:
    """The number of a step that is done now: later ones have higher numbers."""
    return next(_steps)


class History(Protocol):
    """What can be undone and done again."""

    stepped: SignalInstance  # something new was done
    history_changed: SignalInstance  # what can be undone, or done again, is another now

    @property
    def latest(self) -> int:
        """The number of the step that `undo` would take back; 0 when there is none."""
        ...

    @property
    def undone(self) -> int:
        """The number of the step that `redo` would do again; 0 when there is none."""
        ...

    def undo(self) -> None: ...

    def redo(self) -> None: ...

    def forget_undone(self) -> None:
        """Something new was done elsewhere: what was undone is gone."""
        ...


class Undo(QObject):
    """Keeps histories in step, and the session told of what can be undone.

    Args:
        session: to be told.
        masks: the history of what was done to masks; restoring them is a command of its own.
        others: all other histories.
    """

    def __init__(self, session: Session, masks: History, *others: History) -> None:
        super().__init__()
        self._session, self._masks, self._all = session, masks, (masks, *others)
        for history in self._all:
            history.history_changed.connect(self._tell)
            history.stepped.connect(self._stepped)

    @Slot()
    def undo(self) -> None:
        """Take back what was done last."""
        latest = max(self._all, key=lambda history: history.latest)
        if latest.latest:
            latest.undo()

    @Slot()
    def redo(self) -> None:
        """Do again what was undone last."""
        undone = [history for history in self._all if history.undone]
        if undone:
            min(undone, key=lambda history: history.undone).redo()

    @Slot()
    def _stepped(self) -> None:
        sender: object = self.sender()
        for history in self._all:
            if history is not sender:
                history.forget_undone()

    @Slot()
    def _tell(self) -> None:
        undoable, redoable = any(h.latest for h in self._all), any(h.undone for h in self._all)
        self._session.show_history(undoable, redoable, edited=bool(self._masks.latest))
