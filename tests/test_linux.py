"""The Linux desktop's files and the set-up script. Collected on Linux only (see conftest)."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LINUX = ROOT / "packaging" / "linux"


def installed(data: Path, *arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"XDG_DATA_HOME": str(data), "HOME": str(home)}
    command = ["bash", str(LINUX / "install.sh"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def exec_program(entry: str) -> str:
    """The program of an Exec line, unescaped twice and unquoted as the Desktop Entry Specification says."""
    line, new_window = re.findall(r"^Exec=(.*)$", entry, re.MULTILINE)
    assert new_window == line.replace(" %F", " --new-window")
    as_string = line.replace("\\\\", "\\")
    match = re.fullmatch(r'"((?:[^"\\]|\\.)*)" %F', as_string)
    assert match, line
    return re.sub(r"\\(.)", r"\1", match[1])


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], Path]:
    def make(folder: str) -> Path:
        path = tmp_path / folder / "tasnet-gui"
        path.parent.mkdir()
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
        return path

    return make


@pytest.mark.parametrize("folder", ["plain", "two words", 'a "b" $HOME `c` \\ é'])
def test_installing_makes_a_valid_entry_for_any_path(
    folder: str, program: Callable[[str], Path], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    done = installed(data, str(program(folder)), home=tmp_path)
    assert done.returncode == 0, done.stderr
    entry = data / "applications" / "tasnet-studio.desktop"
    assert exec_program(entry.read_text(encoding="utf-8")) == str(tmp_path / folder / "tasnet-gui")
    subprocess.run(["desktop-file-validate", str(entry)], check=True)
    assert (data / "icons/hicolor/scalable/apps/tasnet-studio.svg").is_file()


def test_uninstalling_removes_every_file_that_installing_made(program: Callable[[str], Path], tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert installed(data, str(program("plain")), home=tmp_path).returncode == 0
    ours = [path for path in data.rglob("*") if "tasnet" in path.name]
    assert len(ours) == 4  # entry, icon, metainfo, MIME types
    assert installed(data, "--uninstall", home=tmp_path).returncode == 0
    assert not [path for path in data.rglob("*") if "tasnet" in path.name]
    assert installed(data, "--uninstall", home=tmp_path).returncode == 0  # nothing there: nothing to do


def test_installing_refuses_what_is_not_a_program(tmp_path: Path) -> None:
    done = installed(tmp_path / "data", str(tmp_path / "nothing"), home=tmp_path)
    assert done.returncode == 1
    assert "is not a program" in done.stderr
    assert not (tmp_path / "data").exists()


def test_installing_refuses_a_path_that_an_entry_cannot_hold(program: Callable[[str], Path], tmp_path: Path) -> None:
    done = installed(tmp_path / "data", str(program("100%")), home=tmp_path)
    assert done.returncode == 1
    assert "%" in done.stderr
    assert not (tmp_path / "data").exists()


def test_the_shipped_entry_and_metainfo_are_valid() -> None:
    subprocess.run(["desktop-file-validate", str(LINUX / "tasnet-studio.desktop")], check=True)
    command = ["appstreamcli", "validate", "--no-net", str(LINUX / "tasnet-studio.metainfo.xml")]
    said = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"LC_ALL": "C"}).stdout
    # There is no home page to name; newer validators warn of that.
    faults = [line for line in said.splitlines() if re.match(r"[EW]:", line) and "url-homepage-missing" not in line]
    assert "tasnet" in said.lower() or "success" in said.lower(), said
    assert not faults, said


def test_the_entry_opens_the_kinds_of_file_that_the_mime_database_names() -> None:
    entry = (LINUX / "tasnet-studio.desktop").read_text()
    named = set(re.findall(r'type="(audio/[^"]+)"', (LINUX / "tasnet-studio-mime.xml").read_text()))
    assert named
    assert named <= set(re.findall(r"audio/[^;\n]+", entry))


def test_without_a_display_make_run_says_so_in_one_sentence_and_names_the_command_line() -> None:
    # The environment is up to date for make (-o: never remade), so only the recipe of `run` is tried.
    command = ["make", "--no-print-directory", "-C", str(ROOT), "-o", ".venv/.ready", "run"]
    outer = ("DISPLAY", "WAYLAND_DISPLAY", "MAKEFLAGS", "MAKELEVEL", "MFLAGS")  # `make test` hands down its own
    environment = {key: value for key, value in os.environ.items() if key not in outer}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode != 0
    said = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert len(said) == 1
    assert "no display" in said[0]
    assert "bin/tasnet separate resources/demo/interview.flac -o" in said[0]


@pytest.fixture
def set_up(tmp_path: Path) -> Callable[..., set[str]]:
    """`set_up(*arguments, also=...)`: the packages asked for where there is one library and none may be installed."""

    def run(*arguments: str, path: str = "", also: tuple[str, ...] = ()) -> set[str]:
        programs = {"ldconfig": "echo libGL.so.1", "id": "echo 1000", "uname": "echo Linux"}
        refusing = ("apt-get", "sudo", *also)
        for name, line in {**programs, **dict.fromkeys(refusing, "exit 1")}.items():
            (tmp_path / name).write_text(f"#!/bin/sh\n{line}\n")
            (tmp_path / name).chmod(0o755)
        command = [shutil.which("bash") or "bash", str(LINUX / "system-packages.sh"), *arguments]
        environment = os.environ | {"PATH": f"{tmp_path}{path}"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr  # it goes on
        (asked,) = re.findall(r"sudo apt-get install (.*)", done.stderr)
        return set(asked.split())

    return run


def test_the_set_up_names_a_missing_package_and_its_command_when_it_may_not_install(
    set_up: Callable[..., set[str]],
) -> None:
    asked = set_up(path=f":{os.environ['PATH']}")
    assert {"libxcb-cursor0", "libportaudio2"} <= asked
    assert not asked & {"libgl1", "pulseaudio", "desktop-file-utils"}  # the last two are for tests


def test_the_set_up_brings_the_sound_server_that_the_tests_record(set_up: Callable[..., set[str]]) -> None:
    wanted = {"pulseaudio", "pulseaudio-utils", "desktop-file-utils"}
    assert wanted <= set_up("--tests")
    assert wanted - set_up("--tests", also=("pipewire-pulse",)) == {"pulseaudio"}  # it would take the desktop's sound
