"""What reaches the person's computer: the wheel and what it depends on."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """The names in a wheel built from a copy of this checkout, with a training run's leftovers beside the models."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE", "tasnet_gui", "models", "resources"):
        (folder / name).symlink_to(ROOT / name)
    model = folder / "models" / "made-up"
    (folder / "models").unlink()
    model.mkdir(parents=True)
    for name in ("card.json", "weights.safetensors", "resume.pt", "weights.safetensors.part"):
        (model / name).write_text("{}")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "dist")]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    (built,) = (folder / "dist").iterdir()
    with zipfile.ZipFile(built) as archive:
        return frozenset(archive.namelist())


def test_the_wheel_carries_models_and_resources_inside_the_package(wheel: frozenset[str]) -> None:
    assert {
        "tasnet_gui/models/made-up/card.json",
        "tasnet_gui/models/made-up/weights.safetensors",
        "tasnet_gui/resources/demo/interview.flac",
        "tasnet_gui/resources/icons/tasnet-studio.svg",
        "tasnet_gui/desktop/app.py",
        "tasnet_gui/cli/__init__.py",
    } <= wheel


def test_the_wheel_leaves_out_what_training_leaves_behind(wheel: frozenset[str]) -> None:
    assert not [name for name in wheel if "resume" in name or name.endswith(".part")]
    tops = {name.split("/")[0] for name in wheel if ".dist-info/" not in name}
    assert tops == {"tasnet_gui"}


def test_every_dependency_is_pinned_once() -> None:
    pins = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and line[0] != "#"]
    names = [re.sub(r"[-_.]+", "-", pin.split("==")[0]).lower() for pin in pins]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", pin) for pin in pins), "a local build or an address cannot be repeated"
    asked = re.findall(r'^  "([A-Za-z][\w-]*)[><=!]', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert {re.sub(r"[-_.]+", "-", name).lower() for name in asked} <= set(names)
