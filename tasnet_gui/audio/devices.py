"""The sound devices. The only file that knows PortAudio, and it is not loaded before something is to be played."""

import logging
import sys
import threading
from collections.abc import Callable
from typing import Any

from tasnet_gui.domain import DeviceError, Samples

log = logging.getLogger(__name__)

_INVALID_SAMPLE_RATE = -9997  # PaErrorCode
_DEVICE_UNAVAILABLE = -9985

# While torch computes on both of two cores, 35 ms (ALSA's "high") gave 2 to 5 gaps in 7 s, 100 ms gave none.
LATENCY = 0.1  # seconds between a callback and the ear, at least
SWITCH = 0.001  # seconds until another thread must give way to the callback; Python's 5 ms gave three times the gaps
LEAD = 0.05  # seconds of silence before the first sound: sound servers and amplifiers swallow some when they wake up

_USUAL_SWITCH = sys.getswitchinterval()
_open: set["Speaker"] = set()  # PortAudio can look for new devices only while this is empty


def outputs() -> list[str]:
    """The devices that can play, by name, as the system lists them. Finds what was plugged in meanwhile, too, unless
    something is open: PortAudio looks for devices only when it starts, and stops every stream when it ends.

    Raises:
        DeviceError: PortAudio is missing or does not start.
    """
    return list(_found(_portaudio()))


class Speaker:
    """One output of the machine, opened for one stream at a time.

    `ended` turns True when the stream stops although nobody closed it: the device was unplugged, its driver gave up,
    the sound server went away. It is set on PortAudio's thread; whoever plays looks at it from time to time.

    Args:
        device: a name from `outputs()`; None is the system's default when the stream is opened. A stream never moves to
            another device by itself.
    """

    def __init__(self, device: str | None = None) -> None:
        self.device = device
        self.name = ""  # of the device that was opened last
        self.rate = 0  # Hz, as opened: the device's own where it cannot do the one that was asked for
        self.channels = 0
        self.ended = False
        self.underflows = 0  # blocks that came too late to be heard without a gap
        self._lead = 0  # frames of silence still to come
        self._stream: Any = None
        self._abandoning: threading.Thread | None = None

    def outputs(self) -> list[str]:
        """What it can be opened on; see `outputs`.

        Raises:
            DeviceError: PortAudio is missing or does not start.
        """
        return outputs()

    @property
    def opened(self) -> bool:
        return self._stream is not None

    @property
    def latency(self) -> float:
        """Seconds from a call of `fill` to the moment its first frame is heard."""
        return float(self._stream.latency) if self._stream else 0.0

    def open(self, rate: int, channels: int, fill: Callable[[Samples], None]) -> None:
        """Reserve the device; `fill` is called from `start` on, on PortAudio's thread, with [frames, channels].

        `rate` and `channels` are wishes: afterwards the attributes of these names tell what the device gave.

        Raises:
            DeviceError: nothing can be played; a sentence with the next step.
        """
        self.close()
        if self._abandoning and self._abandoning.is_alive():
            raise DeviceError("The sound device still does not answer.", "Reconnect it, or start again to hear sound.")
        portaudio = _portaudio()
        name, info = self._wanted(_found(portaudio), portaudio)
        channels = min(channels, info["max_output_channels"])
        for candidate in (rate, int(info["default_samplerate"])):
            try:
                stream = portaudio.OutputStream(
                    samplerate=candidate,
                    device=info["index"],
                    channels=channels,
                    dtype="float32",
                    latency=max(LATENCY, info["default_high_output_latency"]),
                    callback=self._callback(fill),
                    finished_callback=self._finished,
                )
            except portaudio.PortAudioError as error:
                if _code(error) != _INVALID_SAMPLE_RATE or candidate == int(info["default_samplerate"]):
                    raise _refusal(name, error) from error
            else:
                break
        self._stream, self.name, self.rate, self.channels = stream, name, candidate, channels
        _open.add(self)
        sys.setswitchinterval(SWITCH)
        self.ended, self.underflows, self._lead = False, 0, round(LEAD * candidate)

    def start(self) -> None:
        """Let the stream run.

        Raises:
            DeviceError: the device went away since `open`.
        """
        portaudio = _portaudio()
        try:
            self._stream.start()
        except portaudio.PortAudioError as error:
            self.close()
            raise _refusal(self.name, error) from error

    def close(self) -> None:
        """Give the device back. Harmless when nothing is open."""
        self._release()

    def abandon(self) -> None:
        """Give up a device that went away. Does not wait for it: closing a sound server that hangs never returns."""
        self._abandoning = threading.Thread(target=self._release, name="abandon sound device", daemon=True)
        self._abandoning.start()
        self._abandoning.join(timeout=0.05)  # seconds; a device that was unplugged needs less than one millisecond

    def _release(self) -> None:
        stream, self._stream = self._stream, None
        self.ended = False
        if stream:
            if self.underflows:
                log.info("%d blocks came too late to be played without a gap", self.underflows)
            stream.close(ignore_errors=True)
        _open.discard(self)
        if not _open:
            sys.setswitchinterval(_USUAL_SWITCH)

    def _wanted(self, found: dict[str, dict[str, Any]], portaudio: Any) -> tuple[str, dict[str, Any]]:
        if self.device is None:
            default = portaudio.default.device[1]
            for name, info in found.items():
                if info["index"] == default or default < 0:
                    return name, info
            raise DeviceError("No sound device was found.", "Connect a loudspeaker or headphones, then play again.")
        if self.device not in found:
            raise DeviceError(
                f"The sound device “{self.device}” is not connected.", "Connect it or choose another, then play again."
            )
        return self.device, found[self.device]

    def _callback(self, fill: Callable[[Samples], None]) -> Callable[..., None]:
        def callback(out: Samples, frames: int, when: object, status: Any) -> None:
            if status.output_underflow:
                self.underflows += 1
            silent = min(self._lead, frames)
            self._lead -= silent
            out[:silent] = 0.0
            try:
                if silent < frames:
                    fill(out[silent:])
            except BaseException:
                out.fill(0.0)  # else the device would play whatever the memory held, at full scale
                raise  # PortAudio ends the stream, and `ended` tells

        return callback

    def _finished(self) -> None:
        self.ended = self._stream is not None  # closing ends it, too


def _portaudio() -> Any:
    """The module `sounddevice`, with PortAudio loaded."""
    try:
        import sounddevice
    except ImportError as error:
        raise DeviceError("The Python package sounddevice is missing.", "Install it to hear sound.") from error
    except OSError as error:
        raise DeviceError(
            "The sound library PortAudio is missing.",
            "Install it to hear sound (on Debian and Ubuntu: sudo apt install libportaudio2) and start again.",
        ) from error
    return sounddevice


def _found(portaudio: Any) -> dict[str, dict[str, Any]]:
    """What PortAudio knows of each device that can play, by name."""
    try:
        if not _open:
            portaudio._terminate()  # the way to see new devices that sounddevice's author recommends; about 30 ms
            portaudio._initialize()
        systems = [system["name"] for system in portaudio.query_hostapis()]
        devices = [dict(info) for info in portaudio.query_devices() if info["max_output_channels"] > 0]
    except portaudio.PortAudioError as error:
        raise DeviceError(f"The sound system does not start: {error.args[0]}.", "Check the system's sound.") from error
    many = len({info["hostapi"] for info in devices}) > 1  # then the same device is listed by several of them
    found: dict[str, dict[str, Any]] = {}
    for info in devices:
        name = unique = f"{info['name']}, {systems[info['hostapi']]}" if many else info["name"]
        number = 1
        while unique in found:  # two headsets of one kind
            number += 1
            unique = f"{name} ({number})"
        found[unique] = info
    return found


def _code(error: Exception) -> int:
    return error.args[1] if len(error.args) > 1 else 0


def _refusal(name: str, error: Exception) -> DeviceError:
    if _code(error) == _DEVICE_UNAVAILABLE:
        return DeviceError(
            f"The sound device “{name}” is busy or was disconnected.",
            "Close other programs that play sound, check the connection, then play again.",
        )
    return DeviceError(
        f"The sound device “{name}” cannot be opened: {error.args[0]}.", "Check the system's sound, then play again."
    )
