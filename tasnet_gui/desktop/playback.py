"""The player on the GUI's side: opens the device once it is needed, follows the playhead, tells of trouble."""

import logging
from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from tasnet_gui.audio.devices import Speaker
from tasnet_gui.audio.patchwork import Patchwork
from tasnet_gui.audio.player import Player
from tasnet_gui.domain import DeviceError, Mix, Part, Recording, Samples, Separation, UnwritableOutput

log = logging.getLogger(__name__)

TICK = 16  # ms between two readings of the playhead, while it moves: one frame of a 60 Hz screen
IDLE = 10_000  # ms after which the device is given back to the system
STALLED = 3.0  # seconds without a call of the device; the slowest Bluetooth loudspeaker wakes up in less
CHANNELS = 2  # more would only be folded down


class Playback(QObject):
    """Everything that is heard. Lives on the GUI thread; the sound itself is rendered on the device's.

    Without a working device nothing raises: `failed` says why, and the playhead can still be moved. After a device was
    lost the playhead stays where it was heard last, and `play` tries again with what is connected then.
    """

    playing_changed = Signal(bool)
    position_changed = Signal(float)  # seconds into the recording, as the ear has it
    failed = Signal(str)  # a sentence with the next step, for the banner

    def __init__(
        self, speaker: Speaker | None = None, player: Player | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._speaker = speaker or Speaker()
        self._player = player or Player()
        self._recording: Recording | None = None
        self._growing: Patchwork | None = None  # what is known of a separation that still runs
        self._separation: Separation | None = None
        self._mix, self._comparing = Mix(), False
        self._loop: tuple[float, float] | None = None
        self._playing = False  # as last told
        self._rate = 0  # Hz, that the open device was asked for
        self._timer = QTimer(self, interval=TICK)
        self._timer.timeout.connect(self._follow)
        self._idle = QTimer(self, interval=IDLE, singleShot=True)
        self._idle.timeout.connect(self._release)

    @property
    def playing(self) -> bool:
        return self._player.playing

    @property
    def position(self) -> float:
        """Seconds into the recording: what leaves the loudspeaker now."""
        rate = self._player.rate
        return self._player.heard(self._speaker.latency) / rate if rate else 0.0

    def peaks(self) -> dict[str, float]:
        """The highest |sample| since the last call: of each track as it is heard, and of the "output"; linear."""
        return self._player.peaks()

    def sounded(self) -> tuple[Samples, int]:
        """What left the loudspeaker since the last call, [frames, 2], and its rate in Hz; for meters."""
        return self._player.sounded(self._speaker.latency)

    # What can be heard

    def show_recording(self, recording: Recording | None) -> None:
        """Another recording: stops, and waits at its start. The one that is shown already goes on as it is."""
        self._growing = None
        if recording is self._recording:
            self.show_separation(None)
            return
        self._recording, self._separation, self._loop = recording, None, None
        if recording is None:
            self._player.unload()
        else:
            self._player.load({"mixture": recording.samples}, recording.rate)
        self._tell()

    def show_separation(self, separation: Separation | None) -> None:
        """Its speech and noise can be heard from now on; None: only the mixture. Playing goes on."""
        recording = self._recording
        if recording is None or (separation and separation.recording is not recording):
            return  # a late answer
        self._growing, self._separation = None, separation
        parts = {"speech": separation.speech, "noise": separation.noise} if separation else {}
        if not self._comparing:
            self._player.replace({"mixture": recording.samples, **parts})

    def show_part(self, part: Part) -> None:
        """A stretch of a separation that still runs, or a preview of one, can be heard; what is not there is silent."""
        recording = self._recording
        if recording is None:
            return
        if self._growing:
            self._growing.add(part, self._player.position if self._player.playing else None)
            return
        try:
            self._growing = Patchwork(recording.channels, recording.frames, recording.rate)
        except UnwritableOutput as error:
            log.warning("Parts cannot be heard before the end: %s", error)
            return
        self._growing.add(part)
        self._player.replace({"mixture": recording.samples, **self._growing.tracks})

    def compare(self, tracks: Mapping[str, Samples] | None) -> None:
        """Let other sounds of this recording be heard in the place of its tracks; None brings those back, and the mix.

        What is shown and mixed meanwhile is heard afterwards; `hear_compared` says what of these sounds is.
        """
        self._comparing = tracks is not None
        if tracks is not None:
            self._player.replace(tracks)
        else:
            self.show_separation(self._separation)
            self._player.set_mix(self._mix)

    def hear_compared(self, mix: Mix) -> None:
        """What is heard of the sounds that are compared."""
        self._player.set_mix(mix)

    def set_mix(self, mix: Mix) -> None:
        """What of it is heard, and how loud; takes 8 ms and does not click."""
        self._mix = mix
        if not self._comparing:
            self._player.set_mix(mix)

    # Moving the playhead

    def play(self) -> None:
        """Play from the playhead; with a loop, inside it."""
        if not self._player.playing and self._ready():
            self._player.play()
            self._tell()

    def toggle(self) -> None:
        """Play, or stop and return to where playing began."""
        if self._player.playing:
            self.stop()
        else:
            self.play()

    def play_selection_once(self, selection: tuple[float, float] | None = None) -> None:
        """Play this stretch, in seconds, from its start to its end; without one the loop, else just play."""
        stretch = selection or self._loop
        if stretch is None:
            self.play()
        elif self._ready():
            self._player.play_once(self._frame(stretch[0]), self._frame(stretch[1]))
            self._tell()

    def pause(self) -> None:
        """Stop and stay."""
        self._player.pause()
        self._tell()

    def stop(self) -> None:
        """Stop and return to where playing began."""
        self._player.stop()
        self._tell()

    def seek(self, seconds: float) -> None:
        """Move the playhead, playing or not."""
        self._player.seek(self._frame(seconds))
        self._tell()

    def set_loop(self, selection: tuple[float, float] | None) -> None:
        """Repeat this stretch, in seconds; None ends that. A moving playhead outside it jumps in."""
        if selection == self._loop:
            return  # else a playhead that was moved outside on purpose would jump back
        self._loop = selection
        if selection:
            self._player.loop(self._frame(selection[0]), self._frame(selection[1]))
        else:
            self._player.loop(None)
        self._tell()

    def close(self) -> None:
        """Fall silent and give the device back."""
        self.pause()
        self._release()

    # The device

    @property
    def output(self) -> str:
        """The device that is to be played on, by name; "" is the system's default."""
        return self._speaker.device or ""

    def outputs(self, again: bool = False) -> list[str]:
        """The devices that can play, by name. What was plugged in meanwhile is found while nothing plays; with `again`
        also then, and the sound stops for a moment.

        Raises:
            DeviceError: there is no sound system; a sentence with the next step.
        """
        found: list[str] = []
        if again or not self.playing:
            self._change_device(lambda: found.extend(self._speaker.outputs()))
            return found
        return self._speaker.outputs()

    def choose_output(self, name: str) -> None:
        """Play on this device from now on, on the system's default if it is ""; what plays goes on there."""
        if name != self.output:
            self._change_device(lambda: setattr(self._speaker, "device", name or None))

    def _change_device(self, change: Callable[[], object]) -> None:
        """Do something for which no device may be open, and go on playing where the ear was."""
        heard, playing = self._player.heard(self._speaker.latency), self._player.playing
        self._speaker.close()
        try:
            change()
        finally:
            if playing and not self._ready(heard):
                self._player.pause()
                self._player.seek(heard)
            self._tell()

    def _ready(self, position: int | None = None) -> bool:
        """Whether the device is open, opening it if need be; if it cannot be, say why."""
        recording, speaker = self._recording, self._speaker
        if recording is None:
            return False
        if speaker.opened and not speaker.ended and self._rate == recording.rate:
            return True
        try:
            speaker.open(recording.rate, CHANNELS, self._player.fill)
            self._player.output(speaker.rate, speaker.channels, position)
            speaker.start()
        except DeviceError as error:
            log.warning("%s", error)
            self.failed.emit(str(error))
            return False
        self._rate = recording.rate
        return True

    def _lose_device(self) -> None:
        heard = self._player.heard(self._speaker.latency)
        self._player.pause()
        self._player.seek(heard)
        self._speaker.abandon()
        error = DeviceError(
            f"The sound device “{self._speaker.name}” stopped answering, so playing was paused.",
            "Connect it again or choose another (Playback > Output Device), then play on from the same place.",
        )
        log.warning("%s", error)
        self.failed.emit(str(error))

    @Slot()
    def _release(self) -> None:
        self._idle.stop()
        self._speaker.close()

    # Telling

    @Slot()
    def _follow(self) -> None:
        if self._player.playing and (self._speaker.ended or self._player.silent_for > STALLED):
            self._lose_device()
        self._tell()

    def _tell(self) -> None:
        """Say where the playhead is, and whether it moves if that has changed."""
        playing = self._player.playing
        self.position_changed.emit(self.position)
        if playing == self._playing:
            return
        self._playing = playing
        if playing:
            self._idle.stop()
            self._timer.start()
        else:
            self._timer.stop()
            self._idle.start()
        self.playing_changed.emit(playing)

    def _frame(self, seconds: float) -> int:
        return round(seconds * self._player.rate)
