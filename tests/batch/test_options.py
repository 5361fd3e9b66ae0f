"""Options and presets: what makes no sense is refused with the choices, what makes sense comes back as it was."""

import json
import math
from typing import Any

import pytest

from tasnet_gui import places
from tasnet_gui.batch import presets
from tasnet_gui.batch.options import FIELDS, BatchOptions, preview
from tasnet_gui.domain import BadRequest, TasnetError

SOME = BatchOptions(
    tracks=("mixture", "speech"), format="flac16", folder="/x", mirror=True, template="{date} {stem}", conflict="skip"
)


def test_options_come_back_from_json_as_they_were() -> None:
    assert BatchOptions.from_dict(json.loads(json.dumps(SOME.as_dict()))) == SOME
    assert BatchOptions.from_dict({}) == BatchOptions()
    for strength in (0.0, 12.5, math.inf):
        options = BatchOptions(tracks=("remix",), strength=strength)
        text = json.dumps(options.as_dict(), allow_nan=False)
        assert BatchOptions.from_dict(json.loads(text)) == options
        assert options.remix.strength == strength


@pytest.mark.parametrize(
    "values",
    [
        {"tracks": []},
        {"tracks": ["music"]},
        {"tracks": [1]},
        {"format": "mp5"},
        {"device": "tpu"},
        {"high_band": "half"},
        {"channels": "mono"},
        {"conflict": "ask"},
        {"threads": 0},
        {"threads": "2"},
        {"threads": True},
        {"mirror": 1},
        {"template": "{artist}"},
        {"strength": -1},
        {"strength": "loud"},
        {"strength": True},
        {"colour": "red"},
    ],
)
def test_what_makes_no_sense_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(BadRequest) as refusal:
        BatchOptions.from_dict(values)
    assert str(refusal.value)


def test_a_common_name_of_a_format_becomes_its_key() -> None:
    assert BatchOptions(format=".FLAC").checked().format == "flac"


def test_a_preview_shows_every_track_by_a_name_of_its_own() -> None:
    assert preview(BatchOptions(format="wav")) == ("interview_speech.wav", "interview_noise.wav")
    assert preview(BatchOptions(template="{stem}")) == ("interview_speech", "interview_noise")
    assert preview(BatchOptions(template="{model}: {stem}", tracks=("speech",)), "x") == ("speech-noise_ x",)


def test_a_preview_has_the_rate_of_the_results_and_the_number_of_the_first_file() -> None:
    template = "{index} {stem} {rate}"
    assert preview(BatchOptions(template=template, tracks=("speech",))) == ("001 interview 48000",)
    assert preview(BatchOptions(template=template, tracks=("speech",), format="opus")) == ("001 interview 48000.opus",)
    for field in FIELDS:
        assert BatchOptions(template=f"{{{field}}}").checked()


def test_a_preset_is_kept_replaced_and_forgotten() -> None:
    assert presets.names() == []
    presets.save("Größe 1", BatchOptions())
    presets.save("Größe 1", SOME)
    presets.save("b", BatchOptions())
    assert presets.names() == ["b", "Größe 1"]
    assert presets.load("Größe 1") == SOME
    presets.remove("Größe 1")
    presets.remove("never there")
    assert presets.names() == ["b"]


@pytest.mark.parametrize("name", ["", "a/b", "..", "CON", "a\0", "x" * 300, " x"])
def test_a_preset_cannot_be_called_what_a_file_cannot(name: str) -> None:
    with pytest.raises(TasnetError):
        presets.save(name, BatchOptions())
    assert not places.preset_folder().exists() or not list(places.preset_folder().iterdir())


@pytest.mark.parametrize("content", [b"", b"[]", b'{"colour": 1}', b"\xff", b'{"tracks": "speech"}'])
def test_a_damaged_preset_is_named(content: bytes) -> None:
    presets.save("mine", BatchOptions())
    (places.preset_folder() / "mine.json").write_bytes(content)
    with pytest.raises(BadRequest, match="mine"):
        presets.load("mine")


def test_a_preset_that_is_missing_is_told_with_those_that_are_there() -> None:
    presets.save("this", BatchOptions())
    with pytest.raises(BadRequest, match="this"):
        presets.load("that")
