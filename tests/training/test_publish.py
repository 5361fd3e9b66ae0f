import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tasnet_gui.domain import BadRequest, ModelCard, finish
from tasnet_gui.nets import checkpoint
from tasnet_gui.nets.cards import CARD, read_card
from tasnet_gui.nets.conv_tasnet import ConvTasNet
from tasnet_gui.training import publish
from tasnet_gui.training.cardpage import page
from tasnet_gui.training.corpus import ATTRIBUTION, Corpus, holdings
from tasnet_gui.training.mixing import Mixing
from tasnet_gui.training.options import changed, command
from tasnet_gui.training.presets import PRESETS, Recipe, preset
from tasnet_gui.training.trainer import BEST, Trainer
from tasnet_gui.training.validation import ValidationSet, improvement, validation_set

CPU = torch.device("cpu")


@pytest.fixture
def few(valid: Corpus) -> ValidationSet:
    return validation_set(valid, 3)


@pytest.fixture
def run(tiny: Recipe, train: Corpus, valid: Corpus, tmp_path: Path, few: ValidationSet) -> Path:
    """A short run, finished."""
    trainer = Trainer(replace(tiny, steps=4), train, valid, tmp_path / "run", CPU, bf16=False)
    trainer.valid = few
    list(trainer.run())
    return tmp_path / "run"


def test_the_best_weights_become_a_model_in_float16(
    run: Path, corpus_folder: Path, few: ValidationSet, tmp_path: Path
) -> None:
    card = finish(publish.publishing(run, tmp_path / "speech-noise", corpus_folder, few, CPU))
    whole, half = (checkpoint.load(c) for c in (read_card(run / BEST), card))
    assert card.name == "speech-noise"
    weights = card.folder / card.weights
    assert weights.stat().st_size < 0.7 * (run / BEST / card.weights).stat().st_size
    assert all(torch.equal(half.state_dict()[name], value.half().float()) for name, value in whole.state_dict().items())
    cost = improvement(whole, few, CPU) - improvement(half, few, CPU)
    assert card.training["float16_costs_db"] == pytest.approx(cost, abs=1e-4)
    assert cost < publish.HALF_MAY_COST


def test_where_float16_costs_too_much_float32_is_kept(
    run: Path, corpus_folder: Path, few: ValidationSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "HALF_MAY_COST", -1.0)
    card = finish(publish.publishing(run, tmp_path / "model", corpus_folder, few, CPU))
    whole, kept = (checkpoint.load(c) for c in (read_card(run / BEST), card))
    assert all(torch.equal(kept.state_dict()[name], value) for name, value in whole.state_dict().items())


def test_the_card_says_what_the_model_is_made_of(
    run: Path, corpus_folder: Path, few: ValidationSet, tmp_path: Path
) -> None:
    training = finish(publish.publishing(run, tmp_path / "model", corpus_folder, few, CPU)).training
    assert training["steps"] == 4
    assert training["wall_hours"] >= 0
    assert training["recipe"]["mixing"]["snr"] == [-6.0, 18.0]
    assert training["data"]["room_responses"] == 2
    assert {s["source"]: s["licences"] for s in training["data"]["sources"]}["speech-source"] == ["CC0"]
    assert str(tmp_path) not in (tmp_path / "model" / CARD).read_text()  # nobody's folders


def test_authors_are_named_beside_the_weights(
    run: Path, corpus_folder: Path, few: ValidationSet, tmp_path: Path
) -> None:
    named = tmp_path / "corpus"
    named.mkdir()
    (named / "manifest.csv").write_bytes((corpus_folder / "manifest.csv").read_bytes())
    (named / ATTRIBUTION).write_text("Spoken by Anna.")
    card = finish(publish.publishing(run, tmp_path / "model", named, few, CPU))
    assert (card.folder / ATTRIBUTION).read_text() == "Spoken by Anna."
    assert card.training["data"]["attribution"] == ATTRIBUTION


def test_a_run_without_weights_is_refused(corpus_folder: Path, few: ValidationSet, tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="no trained weights yet"):
        finish(publish.publishing(tmp_path, tmp_path / "model", corpus_folder, few, CPU))


def test_recording_scores_keeps_all_else_of_the_card(make_model: Callable[..., ModelCard]) -> None:
    card = make_model()
    path = card.folder / CARD
    values = json.loads(path.read_text()) | {"from": "elsewhere"}
    path.write_text(json.dumps(values))
    publish.record(card, {"si_sdr_improvement": 8.25})
    written = json.loads(path.read_text())
    assert written.pop("scores") == {"si_sdr_improvement": 8.25}
    values.pop("scores")
    assert written == values
    assert "| Speech: SI-SDR improvement, dB | 8.2 |" in (card.folder / publish.PAGE).read_text()


@pytest.mark.parametrize("causal", [False, True])
def test_the_page_can_be_made_of_any_card(make_model: Callable[..., ModelCard], causal: bool) -> None:
    text = page(make_model(causal=causal))
    assert ("Latency" in text) == causal
    assert "32, 8, 8, 8, 3, 2, 1" in text


def test_holdings_are_by_kind_and_source(corpus_folder: Path) -> None:
    found = {(h.kind, h.source): h for h in holdings(corpus_folder, "train")}
    assert found["speech", "speech-source"].files == 12
    assert found["noise", "noise-source"].hours == pytest.approx(2.4 / 3600, abs=1e-3)


def test_a_recipe_knows_its_command() -> None:
    assert command(PRESETS["base"]) == "tasnet train --corpus CORPUS --out RUN --preset base --steps 20000"
    faster = replace(preset("base-causal"), steps=5, batch=16, rate=2e-3)
    words = command(faster, "speech-noise")
    assert words.endswith("--preset base-causal --steps 5 --batch 16 --learning-rate 0.002 --start-from speech-noise")
    mixed = replace(PRESETS["base"], mixing=replace(Mixing(), hum=0.5, snr=(0.0, 5.0)))
    assert command(mixed).endswith("--mix snr=0.0:5.0 --mix hum=0.5")
    assert changed(PRESETS["base"], {}, ["snr=0.0:5.0", "hum=0.5"]) == mixed
    assert command(replace(PRESETS["base"], ema=0.5)) == ""


@pytest.mark.parametrize("words", ["hum=2", "hum=0.1:0.2", "hum", "snr=5", "snr=5:-5", "snr=a:b", "loudness=1"])
def test_a_mixing_that_makes_no_sense_is_refused(words: str) -> None:
    with pytest.raises(BadRequest):
        changed(PRESETS["base"], {}, [words])


def test_every_preset_can_be_built() -> None:
    for name in ("small", "small-causal"):
        assert sum(p.numel() for p in ConvTasNet(preset(name).net).parameters()) < 1.5e6


def test_a_card_tells_of_the_stages_before(
    run: Path, corpus_folder: Path, few: ValidationSet, tmp_path: Path, tiny: Recipe, train: Corpus, valid: Corpus
) -> None:
    first = finish(publish.publishing(run, tmp_path / "first", corpus_folder, few, CPU))
    trainer = Trainer(replace(tiny, steps=2), train, valid, tmp_path / "again", CPU, bf16=False)
    trainer.valid = few
    trainer.start_from(checkpoint.load(first).state_dict(), first.name, publish.stages(first.training))
    list(trainer.run())
    second = finish(publish.publishing(tmp_path / "again", tmp_path / "second", corpus_folder, few, CPU))
    assert [stage["steps"] for stage in publish.stages(second.training)] == [4, 2]
    assert "In stages, each from the weights of the one before" in page(second)
    assert "In stages" not in page(first)
