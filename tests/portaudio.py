"""The part of `sounddevice` that is used, with devices made to order. Kept at its boundary: names and codes."""

import threading
from types import ModuleType, SimpleNamespace

import numpy as np


class FakePortAudio(ModuleType):
    """Stands in for the module."""

    class PortAudioError(Exception):
        """Arguments: text, PaErrorCode."""

    def __init__(self, *names: str, rates: tuple[int, ...] = (44_100, 48_000), channels: int = 2) -> None:
        super().__init__("sounddevice")
        self.names, self.rates, self.channels = list(names), rates, channels
        self.latency = 0.035
        self.refusal: tuple[str, int] | None = None
        self.default = SimpleNamespace(device=(-1, 0 if names else -1))
        self.streams: list[FakeStream] = []
        self.scans = 0

    def _terminate(self) -> None:
        assert not any(stream.is_open for stream in self.streams), "this would stop a stream that plays"

    def _initialize(self) -> None:
        self.scans += 1

    def query_hostapis(self):
        return ({"name": "ALSA"},)

    def query_devices(self):
        common = {
            "hostapi": 0,
            "default_samplerate": float(self.rates[-1]),
            "default_high_output_latency": self.latency,
        }
        microphone = {"name": "microphone", "index": 9, "max_output_channels": 0, **common}
        players = [
            {"name": name, "index": index, "max_output_channels": self.channels, **common}
            for index, name in enumerate(self.names)
        ]
        return [*players, microphone]

    def unplug(self, name: str) -> None:
        """Take a device away, also from a stream that plays on it."""
        index = self.names.index(name)
        self.names.remove(name)
        for stream in self.streams:
            if stream.is_open and stream.settings["device"] == index:
                stream.finished()

    def OutputStream(self, **settings):
        if self.refusal:
            raise self.PortAudioError(*self.refusal)
        if settings["samplerate"] not in self.rates:
            raise self.PortAudioError("Invalid sample rate", -9997)
        self.streams.append(FakeStream(**settings))
        return self.streams[-1]


class FakeStream:
    """A stream that plays when the test says so."""

    latency = 0.05

    def __init__(self, callback, finished_callback, **settings) -> None:
        self.callback, self.finished, self.settings = callback, finished_callback, settings
        self.is_open = True
        self.answers = threading.Event()
        self.answers.set()

    def start(self) -> None: ...

    def close(self, ignore_errors: bool) -> None:
        self.answers.wait()
        self.is_open = False
        self.finished()

    def pull(self, frames: int = 64, late: bool = False):
        out = np.full((frames, self.settings["channels"]), np.nan, np.float32)
        self.callback(out, frames, None, SimpleNamespace(output_underflow=late))
        return out
