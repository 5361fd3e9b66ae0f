"""The rules of the house that no other tool checks: what start-up may import, how long a file may be, what ships."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import tasnet_gui
from tasnet_gui import places

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("tasnet_gui", "tests", "benchmarks", "packaging", "docs", "resources", "models", ".ci")
TEXT = {".py", ".md", ".toml", ".txt", ".sh", ".json", ".xml", ".svg", ".desktop", ""}
MAX_LINES = 400


def text_files() -> list[Path]:
    inside = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*")]
    files = [path for path in [*ROOT.iterdir(), *inside] if path.is_file() and "__pycache__" not in path.parts]
    return [path for path in files if path.suffix in TEXT and not path.name.startswith(".")]


def imported_by(module: str) -> set[str]:
    """The modules that a fresh interpreter holds after importing this one."""
    code = f"import sys, {module}; print(*sys.modules)"
    return set(subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).split())


@pytest.mark.parametrize("module", ["tasnet_gui.desktop.window", "tasnet_gui.desktop.app", "tasnet_gui.__main__"])
def test_the_window_opens_without_torch_and_without_portaudio(module: str) -> None:
    loaded = imported_by(module)
    assert module in loaded
    # Seconds of start-up, needed by nothing that is drawn.
    assert not loaded & {"torch", "av", "sounddevice", "scipy.signal"}


@pytest.mark.parametrize("module", ["tasnet_gui.audio.files", "tasnet_gui.nets.config", "tasnet_gui.cli"])
def test_what_needs_no_network_imports_neither_torch_nor_qt(module: str) -> None:
    assert not imported_by(module) & {"torch", "av", "PySide6"}


def test_the_demo_and_the_icon_are_found() -> None:
    assert (places.shipped("resources") / "demo" / "interview.flac").is_file()
    assert (places.shipped("resources") / "icons" / "tasnet-studio.svg").is_file()


@pytest.mark.parametrize("model", ["speech-noise", "speech-noise-causal"])
def test_the_shipped_models_are_found(model: str) -> None:
    folder = places.shipped("models") / model
    assert (folder / "card.json").is_file()
    (weights,) = folder.glob("*.safetensors")
    assert weights.stat().st_size < 12e6  # bytes; small enough to live in the repository


def test_no_test_touches_the_persons_own_folders(tmp_path_factory: pytest.TempPathFactory) -> None:
    for place in (places.user_models(), places.log_folder(), places.cache_folder(), places.settings_file()):
        assert place.is_relative_to(tmp_path_factory.getbasetemp())


def test_every_place_that_names_the_version_names_the_same_one() -> None:
    version = tasnet_gui.__version__
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    metainfo = (ROOT / "packaging" / "linux" / "tasnet-studio.metainfo.xml").read_text(encoding="utf-8")
    latest = re.findall(r"^## \[(\d[^\]]*)\] - (\S+)", changelog, re.MULTILINE)[0]
    assert latest[0] == version
    assert re.findall(r'<release version="([^"]+)" date="([^"]+)"', metainfo)[0] == latest


def test_no_file_is_long() -> None:
    python = [path for path in text_files() if path.suffix == ".py"]
    assert python
    lengths = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8").count("\n") for path in python}
    assert not {name: lines for name, lines in lengths.items() if lines > MAX_LINES}


def test_no_file_names_a_machine_or_is_unfinished() -> None:
    # Spelled so that this file does not find itself.
    wrong = re.compile(
        r"/(?:work|root|home/[a-z]\w+|Users/\w+)/|TO[D]O|FIX[M]E|NotImplemented[E]rror|mark\.skip[(]"
        r"|py[p]i\.org|python[h]osted|pragma: no[ ]cover"
    )
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in text_files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if wrong.search(line)
    ]
    assert not found, "\n".join(found)


def test_every_file_that_the_readme_names_exists() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#:]+)\)", readme)
    named = {*links, *re.findall(r"\b(?:packaging|resources|docs|benchmarks)/[\w./-]*\w", readme)}
    assert named
    assert not [name for name in named if not (ROOT / name).exists()]
