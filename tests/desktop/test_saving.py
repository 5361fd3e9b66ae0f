"""Views to take along: pictures with all their words, data with the documented keys, whole or not at all."""

import csv
import io
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog

from tasnet_gui.desktop import saving
from tasnet_gui.desktop.app import Desktop
from tasnet_gui.desktop.panels import VIEWS
from tasnet_gui.domain import UnwritableOutput


@pytest.fixture
def looking(qtbot, separated: Desktop) -> Desktop:
    separated.window.bench.look(True)
    separated.window.inspector.light((2,))
    qtbot.waitUntil(lambda: separated.window.inspector.inspection.learned is not None)
    return separated


def turn_to(qtbot, desktop: Desktop, key: str):
    desktop.window.bench.docks[key].raise_()
    qtbot.waitUntil(lambda: desktop.window.bench.panels[key].active)
    return desktop.window.bench.panels[key]


@pytest.mark.parametrize("key", [view.key for view in VIEWS])
def test_every_view_can_be_saved_as_a_picture(qtbot, looking: Desktop, tmp_path: Path, key: str) -> None:
    panel = turn_to(qtbot, looking, key)
    taking = looking.window.taking
    taking.save(panel, tmp_path / "view.png")
    taking.save(panel, tmp_path / "view.svg")
    picture = QImage(str(tmp_path / "view.png"))
    assert picture.width() == saving.SCALE * (panel.picture().width() + 2 * saving.MARGIN)
    corners = {picture.pixelColor(x, y).name() for x in (2, picture.width() - 3) for y in (2, picture.height() - 3)}
    assert corners == {looking.window.theme.palette.background.lower()}
    tree = ET.parse(tmp_path / "view.svg")
    said = " ".join("".join(node.itertext()) for node in tree.iter() if node.tag.endswith("text"))
    assert panel.title in said
    assert "Best quality" in said
    assert "Saved view.svg" in looking.window.status.text


def test_masks_and_spectrograms_have_their_axes_in_the_picture(qtbot, looking: Desktop, tmp_path: Path) -> None:
    for key, words in (("masks", ("Speech mask", "min:s", "0:00")), ("spectrograms", ("Mixture", "Hz", "1k"))):
        looking.window.taking.save(turn_to(qtbot, looking, key), tmp_path / "view.svg")
        text = (tmp_path / "view.svg").read_text(encoding="utf-8")
        assert all(word in text for word in words)


def test_basis_and_masks_are_saved_as_numbers(qtbot, looking: Desktop, tmp_path: Path) -> None:
    inspection = looking.window.inspector.inspection
    for key in ("basis", "masks"):
        panel = looking.window.bench.panels[key]
        for suffix in panel.tables():
            looking.window.taking.save(panel, tmp_path / f"{key}{suffix}")
            qtbot.waitUntil((tmp_path / f"{key}{suffix}").exists)
    with np.load(tmp_path / "basis.npz") as arrays:
        np.testing.assert_array_equal(arrays["encoder"], inspection.learned.basis.encoder)
        np.testing.assert_array_equal(arrays["order"], inspection.order.forward)
    with np.load(tmp_path / "masks.npz") as arrays:
        np.testing.assert_array_equal(arrays["mask_speech"], inspection.inside.pictures.masks["speech"][0])
    lines = list(csv.reader(io.StringIO((tmp_path / "basis.csv").read_text(encoding="utf-8"))))
    assert len(lines) == 1 + inspection.learned.basis.filters


def test_the_dialog_offers_what_the_view_has(qtbot, looking: Desktop, tmp_path: Path) -> None:
    for key, kinds in (("masks", 4), ("model", 2)):
        looking.window.bench.docks[key].bar.save.click()
        dialog = looking.window.findChild(QFileDialog)
        assert len(dialog.nameFilters()) == kinds
        dialog.reject()
        qtbot.waitUntil(lambda: looking.window.findChild(QFileDialog) is None)


def test_a_name_without_an_ending_gets_the_chosen_one(qtbot, looking: Desktop, tmp_path: Path) -> None:
    looking.window.taking.save(turn_to(qtbot, looking, "basis"), tmp_path / "take 2.5", ".svg")
    assert (tmp_path / "take 2.5.svg").is_file()


def test_what_cannot_be_written_is_said_and_leaves_nothing(qtbot, looking: Desktop, tmp_path: Path) -> None:
    with pytest.raises(UnwritableOutput, match=r"view\.png cannot be written"):
        saving.write(tmp_path / "nowhere" / "view.png", b"1")
    looking.window.taking.save(turn_to(qtbot, looking, "basis"), tmp_path / "nowhere" / "view.png")
    assert looking.window.banner.isVisible()
    assert list(tmp_path.glob("**/*.png")) == []
