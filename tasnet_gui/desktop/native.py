"""Two menus that say how a recording's own rate and channels are met."""

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from tasnet_gui.desktop.settings import Preferences, Settings
from tasnet_gui.desktop.widgets.choice_menu import ChoiceMenu

HIGH_BANDS = {
    "full": "Shared between speech and noise",
    "model": "Left out of both",
    "noise": "Left in the noise",
}
CHANNELS = {
    "auto": "Automatic: linked where they agree",
    "linked": "Linked: one mask, voices keep their places",
    "each": "Each by itself",
}
_AGAIN = "It counts from the next separation on."


class NativeMenus(QObject):
    """Keeps what is chosen in the settings, and says from when on it counts."""

    said = Signal(str)

    def __init__(self, parent: QWidget, preferences: Preferences) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self.high_band, self.channels = ChoiceMenu(parent), ChoiceMenu(parent)
        self.high_band.chosen.connect(self._choose_high_band)
        self.channels.chosen.connect(self._choose_channels)
        preferences.changed.connect(self._show)
        self._show(preferences.value)

    @Slot(object)
    def _show(self, settings: Settings) -> None:
        self.high_band.show_choices(list(HIGH_BANDS.items()), settings.high_band)
        self.channels.show_choices(list(CHANNELS.items()), settings.channels)

    @Slot(object)
    def _choose_high_band(self, key: str) -> None:
        self._preferences.change(high_band=key)
        self.said.emit(_AGAIN)

    @Slot(object)
    def _choose_channels(self, key: str) -> None:
        self._preferences.change(channels=key)
        self.said.emit(_AGAIN)
