import json
import math
import os
from dataclasses import replace
from pathlib import Path

import pytest
import safetensors.torch
import torch

from tasnet_gui.domain import ModelError
from tasnet_gui.nets import checkpoint
from tasnet_gui.nets.cards import read_card
from tasnet_gui.nets.config import ConvTasNetConfig
from tasnet_gui.training import state, trainer
from tasnet_gui.training.corpus import Corpus
from tasnet_gui.training.logbook import LOG
from tasnet_gui.training.mixing import Batch, Mixer
from tasnet_gui.training.presets import PRESETS, Recipe, preset
from tasnet_gui.training.trainer import BEST, RESUME, Report, Trainer


@pytest.fixture(autouse=True)
def _short_validation(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = trainer.validation_set
    monkeypatch.setattr(trainer, "validation_set", lambda corpus: whole(corpus, 3))


def new(recipe: Recipe, train: Corpus, valid: Corpus, folder: Path) -> Trainer:
    return Trainer(recipe, train, valid, folder, torch.device("cpu"), bf16=False)


def everything(trainer: Trainer) -> dict[str, torch.Tensor]:
    """All tensors that a run consists of."""
    trainer.save()
    return state.read(trainer.folder / RESUME).tensors


def test_the_loss_falls_and_the_speech_gets_better(tiny: Recipe, train: Corpus, valid: Corpus, tmp_path: Path) -> None:
    reports = list(new(tiny, train, valid, tmp_path).run(report_every=5))
    assert reports[-1].step == 40
    assert reports[-1].loss < reports[0].loss - 1
    assert reports[-1].valid is not None
    assert reports[-1].valid > 0.5


@pytest.mark.parametrize(("causal", "optimiser"), [(False, "adamw"), (True, "adamw"), (False, "muon")])
def test_a_resumed_run_is_the_same_bit_for_bit(
    tiny: Recipe, train: Corpus, valid: Corpus, tmp_path: Path, causal: bool, optimiser: str
) -> None:
    net = replace(tiny.net, causal=True, norm="cLN") if causal else tiny.net
    recipe = replace(tiny, steps=6, net=net, optimiser=optimiser)
    whole = new(recipe, train, valid, tmp_path / "whole")
    list(whole.run(report_every=1))

    first = new(recipe, train, valid, tmp_path / "parts")
    running = first.run(report_every=1)
    assert [next(running).step for _ in range(3)] == [1, 2, 3]
    running.close()
    second = new(recipe, train, valid, tmp_path / "parts")
    assert second.resume()
    assert second.step == 3
    list(second.run(report_every=1))

    expected, found = everything(whole), everything(second)
    assert expected.keys() == found.keys()
    assert all(torch.equal(expected[name], found[name]) for name in expected)
    assert second.best == whole.best


def test_there_is_nothing_to_resume_in_an_empty_folder(
    tiny: Recipe, train: Corpus, valid: Corpus, tmp_path: Path
) -> None:
    assert not new(tiny, train, valid, tmp_path).resume()


def test_a_step_that_is_not_finite_is_left_out_and_counted(
    tiny: Recipe, train: Corpus, valid: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = Mixer.draw
    drawn = 0

    def sometimes_broken(self: Mixer, batch: int) -> Batch:
        nonlocal drawn
        drawn += 1
        made = draw(self, batch)
        return replace(made, mixture=made.mixture * math.nan) if drawn == 2 else made

    monkeypatch.setattr(Mixer, "draw", sometimes_broken)
    training = new(replace(tiny, steps=3), train, valid, tmp_path)
    running = training.run(report_every=1)
    next(running)
    before = {name: value.clone() for name, value in training.net.state_dict().items()}
    broken = next(running)
    assert broken.skipped == 1
    assert math.isnan(broken.loss)
    assert all("NaN" not in line for line in (tmp_path / LOG).read_text().splitlines())
    assert all(torch.equal(before[name], value) for name, value in training.net.state_dict().items())
    assert list(running)[-1].skipped == 1
    assert all(torch.isfinite(value).all() for value in training.averaged().state_dict().values())


def test_the_minutes_end_a_run_which_is_validated_and_saved(
    tiny: Recipe, train: Corpus, valid: Corpus, tmp_path: Path
) -> None:
    (report,) = new(tiny, train, valid, tmp_path).run(minutes=0)
    assert report.step == 1
    assert report.valid is not None
    again = new(tiny, train, valid, tmp_path)
    assert again.resume()
    assert again.step == 1


def test_a_run_that_is_told_to_stop_is_saved_where_it_stands(
    tiny: Recipe, train: Corpus, valid: Corpus, tmp_path: Path
) -> None:
    training = new(tiny, train, valid, tmp_path)
    list(training.run(stop=lambda: training.step == 7))
    again = new(tiny, train, valid, tmp_path)
    assert again.resume()
    assert again.step == 7


def test_an_error_in_the_middle_of_a_step_spoils_no_checkpoint(
    tiny: Recipe, train: Corpus, valid: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = new(tiny, train, valid, tmp_path)
    list(training.run(stop=lambda: training.step == 2))
    monkeypatch.setattr(training, "_follow", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        list(training.run())
    again = new(tiny, train, valid, tmp_path)
    assert again.resume()
    assert again.step == 2


def test_the_best_weights_are_shipped_with_their_score(
    tiny: Recipe, train: Corpus, valid: Corpus, tmp_path: Path
) -> None:
    training = new(tiny, train, valid, tmp_path)
    reports = list(training.run(validate_every=10))
    scores = [report.valid for report in reports if report.valid is not None]
    card = read_card(tmp_path / BEST)
    assert card.training["valid_si_sdri"] == training.best
    assert training.best == pytest.approx(max(scores), abs=1e-3)
    assert checkpoint.load(card).config == tiny.net


def test_the_log_has_a_line_per_report(tiny: Recipe, train: Corpus, valid: Corpus, tmp_path: Path) -> None:
    reports: list[Report] = list(new(tiny, train, valid, tmp_path).run())
    lines = [json.loads(line) for line in (tmp_path / LOG).read_text().splitlines()]
    assert [line["step"] for line in lines] == [report.step for report in reports] == [20, 40]
    assert lines[-1]["valid"] == reports[-1].valid


def test_a_best_score_from_other_mixtures_is_measured_again(
    tiny: Recipe, train: Corpus, valid: Corpus, tmp_path: Path
) -> None:
    training = new(replace(tiny, steps=10), train, valid, tmp_path)
    list(training.run())
    true = training.best
    training.best, training.valid = 99.0, replace(training.valid, key="other mixtures")
    training.save()
    again = new(tiny, train, valid, tmp_path)
    again.resume()
    assert again.best == pytest.approx(true, abs=1e-4)


def test_a_checkpoint_is_written_in_small_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "LARGEST", 10_000)
    tensors = {f"w{number}": torch.randn(500) for number in range(20)}
    state.write(tmp_path / "resume", state.State(tensors, {"step": 5}))
    sizes = [path.stat().st_size for path in (tmp_path / "resume").glob("*.safetensors")]
    assert len(sizes) > 4
    assert max(sizes) <= 10_000
    read = state.read(tmp_path / "resume")
    assert read.numbers == {"step": 5}
    assert all(torch.equal(read.tensors[name], value) for name, value in tensors.items())


def test_no_tensor_of_any_preset_is_larger_than_a_file_may_be() -> None:
    for recipe in PRESETS.values():
        net: ConvTasNetConfig = recipe.net
        largest = max(net.filters * net.kernel, net.hidden * net.bottleneck, net.sources * net.filters * net.skip)
        assert 4 * largest + 1024 < state.LARGEST < 15e6 + 1


def test_a_checkpoint_survives_a_crash_while_the_next_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "resume"
    state.write(folder, state.State({"w": torch.ones(3)}, {"step": 1}))
    folder.rename(tmp_path / "resume.old")  # the power failed between two renames
    assert state.exists(folder)
    assert state.read(folder).numbers == {"step": 1}


def test_the_only_checkpoint_is_kept_while_the_next_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "resume"
    state.write(folder, state.State({"w": torch.ones(3)}, {"step": 1}))
    folder.rename(tmp_path / "resume.old")  # the power failed between two renames
    with monkeypatch.context() as patched:
        patched.setattr(safetensors.torch, "save_file", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            state.write(folder, state.State({"w": torch.zeros(3)}, {"step": 2}))
    assert state.read(folder).numbers == {"step": 1}
    state.write(folder, state.State({"w": torch.zeros(3)}, {"step": 3}))
    assert state.read(folder).numbers == {"step": 3}
    assert [path.name for path in tmp_path.iterdir()] == ["resume"]


def test_a_checkpoint_is_on_the_disk_before_it_takes_the_place_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "resume"
    synced: set[int] = set()
    fsync, rename = os.fsync, Path.rename

    def watched(handle: int) -> None:
        synced.add(os.fstat(handle).st_ino)
        fsync(handle)

    def renamed(path: Path, target: Path) -> Path:
        if target == folder:
            assert {file.stat().st_ino for file in path.iterdir()} <= synced
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", watched)
    monkeypatch.setattr(Path, "rename", renamed)
    for step in (1, 2):
        state.write(folder, state.State({"w": torch.ones(3)}, {"step": step}))
    assert state.read(folder).numbers == {"step": 2}


@pytest.mark.parametrize("damage", ["index", "shard", "format"])
def test_a_damaged_checkpoint_is_refused_in_a_sentence(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "resume"
    state.write(folder, state.State({"w": torch.ones(3)}))
    index = folder / "state.json"
    if damage == "index":
        index.write_text("{")
    elif damage == "shard":
        (folder / "00.safetensors").write_bytes(b"12")
    else:
        index.write_text(index.read_text().replace('"format": 1', '"format": 2'))
    with pytest.raises(ModelError, match="The checkpoint"):
        state.read(folder)


def test_weights_of_another_network_can_come_first(tiny: Recipe, train: Corpus, valid: Corpus, tmp_path: Path) -> None:
    one = new(tiny, train, valid, tmp_path / "one")
    list(one.run(stop=lambda: one.step == 3))
    causal = replace(tiny, net=replace(tiny.net, causal=True, norm="cLN"))
    two = new(causal, train, valid, tmp_path / "two")
    two.start_from(one.average, "one", [{"steps": 3}])
    assert all(torch.equal(two.average[name], value) for name, value in one.average.items())
    two.save()
    again = new(causal, train, valid, tmp_path / "two")
    assert again.resume()
    assert again.started_from == "one"
    assert again.before == [{"steps": 3}]


@pytest.mark.parametrize("name", PRESETS)
def test_a_recipe_survives_its_checkpoint(name: str) -> None:
    recipe = preset(name)
    assert Recipe.from_dict(json.loads(json.dumps(recipe.as_dict()))) == recipe
    assert recipe.net.causal == name.endswith("-causal")


def test_the_learning_rate_rises_stays_and_falls() -> None:
    recipe = Recipe(ConvTasNetConfig(), steps=1000, warm_up=100, decay=0.5)
    rates = [recipe.learning_rate(step) for step in range(1001)]
    assert rates[0] == pytest.approx(1e-5)
    assert rates[100:500] == [1e-3] * 400
    assert rates[750] == pytest.approx(5e-4)
    assert rates[1000] == 0
