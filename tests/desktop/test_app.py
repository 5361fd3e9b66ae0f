"""The application from outside: it starts light, says what is wrong in a sentence, and ends when it is told to."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QFileOpenEvent

import tasnet_gui
from tasnet_gui.desktop import app as app_module
from tasnet_gui.desktop.instance import Door

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60  # seconds, for a loaded machine; what is guarded is that it ends at all


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    homes = {f"XDG_{kind}_HOME": str(tmp_path / kind.lower()) for kind in ("CONFIG", "DATA", "STATE")}
    return {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT), **homes, **more}


def run(tmp_path: Path, code: str, **more: str) -> subprocess.CompletedProcess:
    """A fresh interpreter that builds the window and runs `code` once the window is on the screen."""
    program = f"""
import sys
from PySide6.QtCore import QTimer
from tasnet_gui.desktop import app

build = app.build

def build_and_watch(*about):
    desktop = build(*about)
    QTimer.singleShot(0, desktop.window, lambda: shown(desktop))
    return desktop

def shown(desktop):
    window, session = desktop.window, desktop.session
{chr(10).join("    " + line for line in code.strip().splitlines())}

app.build = build_and_watch
sys.exit(app.main(sys.argv[1:]))
"""
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=environment(tmp_path, **more),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_the_window_is_on_the_screen_before_torch_is_imported(tmp_path: Path) -> None:
    heavy = ("torch", "scipy", "sounddevice", "soundfile", "pyqtgraph")
    ended = run(
        tmp_path, f"assert window.isVisible()\nprint(*[m for m in {heavy} if m in sys.modules])\nwindow.close()"
    )
    assert (ended.returncode, ended.stdout.strip()) == (0, ""), ended.stderr


SECOND = """
import subprocess
from pathlib import Path
from PySide6.QtCore import QTimer

def start(*arguments):
    return subprocess.Popen([sys.executable, "-m", "tasnet_gui", *arguments])

def soon(happened, then, timer=QTimer(window, interval=20)):
    def look():
        if happened():
            timer.stop()
            timer.timeout.disconnect()
            then()
    timer.timeout.connect(look)
    timer.start()
"""


def test_a_second_start_hands_its_file_to_the_first_window(tmp_path: Path, sound_file, tone) -> None:
    path = sound_file("\N{GREEK SMALL LETTER ALPHA} b.wav", tone())
    ended = run(
        tmp_path,
        SECOND
        + f"""
second = start({str(path)!r})
def tell():
    print(session.state.recording.path == Path({str(path)!r}))
    window.close()
soon(lambda: second.poll() == 0 and session.state.recording, tell)
""",
    )
    assert (ended.returncode, ended.stdout.strip()) == (0, "True"), ended.stderr


def test_a_window_that_works_is_left_alone(tmp_path: Path) -> None:
    ended = run(
        tmp_path,
        SECOND
        + """
from tasnet_gui.desktop.instance import Door
session._replace(task="separating")
door, asked, taken = window.findChild(Door), [], []
free = door._free
door._free = lambda: asked.append(1) or free()
door.asked.connect(taken.append)
second = start("/sound/a.wav")
def stop():
    print(second.poll(), taken)
    second.terminate()
    second.wait()
    session._replace(task="")
    window.close()
soon(lambda: asked, lambda: QTimer.singleShot(500, window, stop))
""",
    )
    assert (ended.returncode, ended.stdout.strip()) == (0, "None []"), ended.stderr


def test_masks_changed_by_hand_are_not_closed_unasked(separated) -> None:
    assert separated.desk.at_leisure
    separated.session.show_history(undoable=True, redoable=False, edited=True)
    assert not separated.desk.at_leisure


def test_a_window_that_stays_listens_when_the_first_is_gone(qapp) -> None:
    first, second = Door(lambda: True), Door(lambda: True)
    active = Qt.ApplicationState.ApplicationActive
    assert first.open()
    second.take_over(active)
    assert not second._server.isListening()
    first.close()
    second.take_over(Qt.ApplicationState.ApplicationInactive)
    assert not second._server.isListening()
    second.take_over(active)
    assert second._server.isListening()
    second.close()


def test_a_window_that_died_leaves_the_place_to_the_next(tmp_path: Path) -> None:
    died = run(tmp_path, "import os\nQTimer.singleShot(500, window, lambda: os._exit(9))")
    assert died.returncode == 9
    ended = run(
        tmp_path,
        """
from tasnet_gui.desktop.instance import Door
def tell():
    print(window.findChild(Door)._server.isListening())
    window.close()
QTimer.singleShot(500, window, tell)
""",
    )
    assert (ended.returncode, ended.stdout.strip()) == (0, "True"), ended.stderr


def test_closing_in_the_middle_of_work_that_hangs_ends_the_process_all_the_same(tmp_path: Path) -> None:
    ended = run(
        tmp_path,
        """
import threading
from tasnet_gui.desktop.jobs import Job
from tasnet_gui.domain import Progress

inside = threading.Event()

def hang():
    inside.set()
    threading.Event().wait(600)
    yield Progress(1.0)

session.jobs.submit(Job("", "", hang()))
inside.wait()
window.close()
""",
    )
    assert ended.returncode == 0, ended.stderr


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_closes_the_window_in_good_order(tmp_path: Path, number: int) -> None:
    ended = run(tmp_path, f"import os\nos.kill(os.getpid(), {int(number)})")
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "config" / "tasnet-studio" / "settings.ini").is_file()


def test_corrupt_settings_do_not_stop_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "config" / "tasnet-studio"
    folder.mkdir(parents=True)
    (folder / "settings.ini").write_bytes(b"\x00\xffnot settings")
    ended = run(tmp_path, "assert window.isVisible()\nwindow.close()")
    assert ended.returncode == 0, ended.stderr
    assert (folder / "settings.ini.bak").read_bytes() == b"\x00\xffnot settings"


def test_a_file_on_the_command_line_is_opened(tmp_path: Path, demo: Path) -> None:
    program = """
import sys
from tasnet_gui.desktop import app

build = app.build

def build_and_watch(*about):
    desktop = build(*about)
    desktop.session.recording_changed.connect(lambda recording: (print(recording.name), desktop.window.close()))
    return desktop

app.build = build_and_watch
sys.exit(app.main(sys.argv[1:]))
"""
    command = [sys.executable, "-c", program, os.path.relpath(demo, tmp_path)]
    ended = subprocess.run(
        command, cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert (ended.returncode, ended.stdout.strip()) == (0, "interview.flac"), ended.stderr


def test_the_version_is_told_without_a_window(capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        app_module.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"TasNet Studio {tasnet_gui.__version__}\n"


def test_without_a_display_one_sentence_names_the_command_line(monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert app_module.main([]) == 1
    told = capsys.readouterr().err
    assert "tasnet separate" in told
    assert told.count("\n") == 1


def test_a_file_that_the_system_hands_over_is_opened(qtbot, qapp, desktop, wav) -> None:
    qapp.files_asked.connect(desktop.session.open)
    qapp.event(QFileOpenEvent(QUrl.fromLocalFile(str(wav("handed over.wav")))))
    qtbot.waitUntil(lambda: desktop.session.state.recording is not None)
    qapp.files_asked.disconnect(desktop.session.open)
    assert desktop.session.state.recording.path.name == "handed over.wav"
    assert qapp.early[-1].name == "handed over.wav"
