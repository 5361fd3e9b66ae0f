"""Sleep is kept away exactly as long as a batch works, and nothing breaks where nobody can be asked."""

import os
from pathlib import Path

import pytest

from tasnet_gui.desktop.awake import Awake, OverCaffeinate, OverDBus


class Way:
    def __init__(self) -> None:
        self.asked: list[str] = []

    def hold(self) -> None:
        self.asked.append("hold")

    def release(self) -> None:
        self.asked.append("release")


def test_the_system_is_asked_once_and_let_go_once() -> None:
    way = Way()
    awake = Awake(way)
    for wanted in (False, True, True, False, False):
        awake.keep(wanted)
    assert way.asked == ["hold", "release"]


def test_a_system_that_cannot_be_asked_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    awake = Awake(OverCaffeinate("/nowhere/caffeinate"))
    awake.keep(True)
    awake.keep(False)
    assert "Sleep cannot be kept away" in caplog.text


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands in for the program")
def test_the_small_program_ends_with_the_batch(tmp_path: Path) -> None:
    program = tmp_path / "caffeinate"
    program.write_text("#!/bin/sh\nexec tail -f /dev/null\n")
    program.chmod(0o700)
    way = OverCaffeinate(str(program))
    way.hold()
    process = way._process
    assert process is not None
    assert process.args == [str(program), "-i", "-w", str(os.getpid())]
    way.release()
    assert process.returncode is not None


def test_a_desktop_without_a_bus_is_no_trouble(qapp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus")
    awake = Awake(OverDBus())
    awake.keep(True)
    awake.keep(False)
    assert not awake.held
