"""Ogg files that are the same whenever they are written."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tasnet_gui.audio import ogg
from tasnet_gui.audio.exports import ExportPlan, exporting
from tasnet_gui.domain import ModelCard, Recording, Samples, Separation, finish

CARD = ModelCard("none", "None", "", {"causal": False}, 16_000, "", "", Path())


@pytest.mark.parametrize("form", ["ogg", "opus"])
def test_the_same_export_twice_gives_the_same_bytes(form: str, hiss: Callable[..., Samples], tmp_path: Path) -> None:
    mixture, speech = hiss(channels=2), hiss(channels=2, seed=1)
    separation = Separation(Recording(mixture, 16_000), CARD, speech, mixture - speech)
    written = [
        finish(exporting(separation, ExportPlan(tmp_path / name, ("speech",), form))).paths[0].read_bytes()
        for name in ("first", "second")
    ]
    assert written[0] == written[1]


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_a_new_number_changes_nothing_that_is_heard(subtype: str, hiss: Callable[..., Samples], tmp_path: Path) -> None:
    path = tmp_path / "x.ogg"
    soundfile.write(path, hiss(seconds=5.0).T, 16_000, format="OGG", subtype=subtype)
    before, _ = soundfile.read(path)
    size = path.stat().st_size
    ogg.renumber(path)
    after, _ = soundfile.read(path)  # a page with a wrong checksum would be left out
    assert path.stat().st_size == size
    np.testing.assert_array_equal(before, after)
