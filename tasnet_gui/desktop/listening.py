"""What belongs to listening rather than to the recording: the device, the meters, and comparing blindly."""

from PySide6.QtCore import QObject, Slot

from tasnet_gui.desktop.blind import Blind
from tasnet_gui.desktop.metering import Metering
from tasnet_gui.desktop.window import Window
from tasnet_gui.domain import DeviceError


class Listening(QObject):
    """Joins the playback to its menu, to what is remembered, to the meters and to the blind comparison."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window, self._playback = window, window.playback
        self.blind = Blind(window)
        self.metering = Metering(window.session, window.playback, window.transport.meter)
        self._playback.choose_output(window.preferences.value.output)
        window.output_menu.opening.connect(self._show_outputs)
        window.output_menu.refresh_asked.connect(self._look_again)
        window.output_menu.chosen.connect(self._choose_output)

    @Slot()
    def _show_outputs(self, again: bool = False) -> str:
        """List the devices; the answer is a sentence about what was found."""
        menu, playback = self._window.output_menu, self._playback
        try:
            names = playback.outputs(again)
        except DeviceError as error:
            menu.show_outputs((), playback.output, error.what)
            return str(error)
        menu.show_outputs(names, playback.output, "" if names else "No sound device was found.")
        return f"{len(names) or 'No'} sound device{'' if len(names) == 1 else 's'} found."

    @Slot()
    def _look_again(self) -> None:
        self._window.session.said.emit(self._show_outputs(again=True))

    @Slot(str)
    def _choose_output(self, name: str) -> None:
        self._window.preferences.change(output=name)
        self._window.banner.settle()
        self._playback.choose_output(name)
