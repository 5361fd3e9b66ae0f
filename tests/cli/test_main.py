import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tasnet_gui import __version__, cli, places
from tasnet_gui.domain import ModelCard

Models = Callable[..., ModelCard]


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("arguments", [["--help"], ["separate", "--help"], ["models", "--json"], ["--version"]])
def test_torch_and_qt_are_not_imported_to_answer_a_simple_question(arguments: list[str]) -> None:
    done = python(
        "import sys; from tasnet_gui.cli import main; code = main();"
        "print(sorted({'torch', 'PySide6', 'scipy'} & set(sys.modules)), file=sys.stderr); sys.exit(code)",
        *arguments,
    )
    assert done.returncode == 0
    assert done.stderr.strip().splitlines()[-1] == "[]"
    assert done.stdout


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"tasnet {__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["dance"], ["separate"], ["models", "--colour"], ["sep", "x", "-o", "y"]])
def test_bad_usage_ends_with_2_and_says_how_to_use_it(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "usage: tasnet" in told.err


def test_a_reader_that_went_away_is_no_reason_for_a_traceback() -> None:
    done = python(
        "import os, sys; from tasnet_gui.cli import main; read, write = os.pipe(); os.close(read); os.dup2(write, 1);"
        "sys.exit(main(['models', '--json']))"
    )
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
@pytest.mark.parametrize("arguments", [["models", "--json"], ["models"]])
def test_output_that_nobody_takes_is_told_of_in_one_line(arguments: list[str]) -> None:
    with open("/dev/full", "w") as full:
        code = "import sys; from tasnet_gui.cli import main; sys.exit(main())"
        command = [sys.executable, "-c", code, *arguments]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("tasnet: ")
    assert "No space left on device" in line


def test_a_file_that_the_system_refuses_is_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(_: object) -> int:
        raise NotADirectoryError(20, "Not a directory", "notes.txt/run")

    monkeypatch.setattr(cli.models, "run", refused)
    assert cli.main(["models"]) == 1
    assert capsys.readouterr().err.startswith("tasnet: notes.txt/run cannot be used: Not a directory.")


@pytest.fixture
def shelf(tiny_model: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two models among the shipped ones, and a damaged one."""
    folder = tiny_model(name="plain").folder.parent
    tiny_model(causal=True, name="live")
    (tiny_model(name="torn").folder / "card.json").write_text("{")
    monkeypatch.setattr(places, "shipped", lambda _: folder)


@pytest.mark.usefixtures("shelf")
def test_models_are_listed_and_damaged_ones_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["models"]) == 0
    told = capsys.readouterr()
    live, plain = told.out.splitlines()
    assert live.startswith("live ")
    assert " causal, 16 kHz" in live
    assert plain.startswith("plain ")
    assert "non-causal" in plain
    assert told.err.startswith("tasnet: ")
    assert "torn" in told.err


@pytest.mark.usefixtures("shelf")
def test_models_as_json_hold_all_that_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["models", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(model["name"], model["causal"]) for model in told["models"]] == [("live", True), ("plain", False)]
    assert {"title", "rate", "parameters", "sha256", "licence", "scores", "config", "folder"} <= set(told["models"][0])
    assert "torn" in told["problems"][0]


def test_without_models_the_folder_for_them_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(places, "shipped", lambda _: places.user_models() / "none")
    assert cli.main(["models"]) == 0
    assert str(places.user_models()) in capsys.readouterr().err
