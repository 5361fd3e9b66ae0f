"""What reaches a real sound server: a PulseAudio of our own with no hardware, whose output is recorded and compared."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
import pytest
from scipy.signal import correlate

from tasnet_gui.audio.playhead import FADE
from tasnet_gui.domain import Samples
from tests.desktop import listener

ROOT = Path(__file__).parents[2]
SINK = "tasnet"
PATIENCE = 60  # seconds until a process that should have ended counts as hung
FORMAT = ["--raw", "--format=float32le", f"--rate={listener.RATE}", "--channels=2", "--latency-msec=20"]


def _sink(name: str) -> str:
    return f"sink_name={name} rate={listener.RATE} channels=2 format=float32le"


class Server:
    """A PulseAudio daemon in a folder of its own. Whatever is started through it ends with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        socket = folder / "socket"
        private = {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "PULSE_SERVER": f"unix:{socket}"}
        self.environment = {**os.environ, **private, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
        devices = f"pcm.{SINK} {{ type pulse device {SINK} }}\n"
        (folder / ".asoundrc").write_text("pcm.!default { type pulse }\nctl.!default { type pulse }\n" + devices)
        self._started: list[subprocess.Popen[bytes]] = []
        self.daemon = self.start(
            ["pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "--disable-shm=yes",
             "--realtime=no", "--high-priority=no", "--log-target=stderr", "--log-level=info",
             f"--load=module-null-sink {_sink(SINK)}",
             f"--load=module-native-protocol-unix socket={socket} auth-anonymous=1"],
            stderr=subprocess.PIPE,
        )  # fmt: skip
        assert self.daemon.stderr
        log = []
        for line in self.daemon.stderr:  # returns when the daemon is ready, or with its last words
            log.append(line.decode(errors="replace"))
            if "startup complete" in log[-1]:
                break
        else:
            pytest.fail("pulseaudio is installed but does not start:\n" + "".join(log))
        # A sink without hardware rests for up to 2 s at a time while nobody plays, and its recorder gets nothing. A
        # stream of zeros keeps it awake and changes no sample.
        self.start(["pacat", "--playback", *FORMAT, "/dev/zero"])

    def start(self, command: list[str], **settings: IO[bytes] | int) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(command, env=self.environment, **settings)
        self._started.append(process)
        return process

    def play(self, *device: str) -> subprocess.Popen[bytes]:
        """The application, playing."""
        command = [sys.executable, "-m", "tests.desktop.listener", str(self.folder / "written.npy"), *device]
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        return self.start(command, **pipes)

    def control(self, *command: str) -> str:
        """Plug something in, or out."""
        return subprocess.check_output(["pactl", *command], env=self.environment, text=True)

    def close(self) -> None:
        for process in reversed(self._started):
            process.kill()
            process.wait()
            for pipe in filter(None, (process.stdin, process.stdout, process.stderr)):
                pipe.close()


class Tape:
    """Records what the server sends to its (missing) loudspeaker."""

    def __init__(self, server: Server) -> None:
        self._recorder = server.start(["parec", f"--device={SINK}.monitor", *FORMAT], stdout=subprocess.PIPE)
        assert self._recorder.stdout
        self._pieces = [self._recorder.stdout.read(4096)]  # returns when the recording runs
        self._reader = threading.Thread(target=self._read, args=(self._recorder.stdout,))
        self._reader.start()

    def _read(self, pipe: IO[bytes]) -> None:
        while piece := pipe.read(4096):
            self._pieces.append(piece)

    def stop(self) -> Samples:
        """Everything so far, [frames, 2]."""
        self._recorder.terminate()
        self._reader.join()
        recorded = b"".join(self._pieces)
        return np.frombuffer(recorded[: len(recorded) // 8 * 8], np.float32).reshape(-1, 2)


@pytest.fixture
def server() -> Iterator[Server]:
    if missing := [tool for tool in ("pulseaudio", "pacat", "pactl", "parec") if shutil.which(tool) is None]:
        pytest.skip(f"{' and '.join(missing)} not installed: what reaches a sound server is not checked here")
    with tempfile.TemporaryDirectory(prefix="tasnet-") as folder:  # short, since a socket's path holds 107 bytes
        server = Server(Path(folder))
        try:
            yield server
        finally:
            server.close()


def outcome(player: subprocess.Popen[bytes]) -> dict[str, object]:
    """What the application said last, once it has ended properly."""
    out, err = player.communicate(timeout=PATIENCE)
    assert player.returncode == 0, err.decode(errors="replace")
    said: dict[str, object] = json.loads(out.splitlines()[-1])
    return said


def wait_until_playing(player: subprocess.Popen[bytes]) -> None:
    assert player.stdout
    assert json.loads(player.stdout.readline()) == {"playing": True}


def test_what_was_played_reaches_the_sound_server_sample_for_sample(server):
    tape = Tape(server)
    said = outcome(server.play())
    recorded, written = tape.stop(), np.load(server.folder / "written.npy")
    assert (said["failures"], said["late"]) == ([], 0)

    sound = np.flatnonzero(written[:, 0])
    wanted = written[sound[0] : sound[-1] + 1]
    at = int(np.argmax(correlate(recorded[:, 0], wanted[:, 0], "valid", method="fft")))
    heard = recorded[at : at + len(wanted)]
    assert np.corrcoef(heard.ravel(), wanted.ravel())[0, 1] > 0.999
    np.testing.assert_allclose(heard, wanted, atol=1e-6)  # no gap, no shift, no gain

    speech, noise = (part.T for part in listener.parts())
    pieces = {0.1: speech + noise, 0.8: speech, 1.3: noise}  # seconds: far from the switches
    for seconds, track in pieces.items():
        stretch = slice(round(seconds * listener.RATE), round((seconds + 0.2) * listener.RATE))
        np.testing.assert_array_equal(wanted[stretch], track[stretch])
    assert len(speech) <= len(wanted) <= len(speech) + FADE * listener.RATE


def test_a_sound_server_that_dies_pauses_playing_and_is_told(server):
    player = server.play()
    wait_until_playing(player)
    server.daemon.kill()
    said = outcome(player)
    assert "stopped answering" in said["failures"][0]
    assert 0.4 < said["position"] < listener.SECONDS


def test_a_sound_server_that_hangs_does_not_hang_the_application(server):
    player = server.play()
    wait_until_playing(player)
    server.daemon.send_signal(signal.SIGSTOP)
    said = outcome(player)
    assert "stopped answering" in said["failures"][0]
    assert 0.4 < said["position"] < listener.SECONDS


def test_without_a_sound_server_the_reason_is_told(server):
    server.daemon.kill()
    server.daemon.wait()
    said = outcome(server.play())
    assert len(said["failures"]) == 1
    assert said["position"] == 0.0


def test_an_unplugged_device_pauses_and_when_it_is_back_playing_goes_on_from_there(server):
    modules = server.control("list", "short", "modules").splitlines()
    (plug,) = [line.split()[0] for line in modules if "module-null-sink" in line]
    player = server.play(SINK)
    wait_until_playing(player)
    server.control("unload-module", plug)
    while "lost" not in (said := json.loads(player.stdout.readline())):
        pass
    assert 0.4 < said["lost"] < listener.SECONDS
    server.control("load-module", "module-null-sink", *_sink(SINK).split())
    out, err = player.communicate(b"\n", timeout=PATIENCE)
    assert player.returncode == 0, err.decode(errors="replace")
    end = json.loads(out.splitlines()[-1])
    assert [f"“{SINK}” stopped answering" in why for why in end["failures"]] == [True]
    assert end["position"] == pytest.approx(said["lost"], abs=0.001)  # where playing went on, and so came back to
