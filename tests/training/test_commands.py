import errno
import json
import os
import re
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tasnet_gui.analysis import perceptual
from tasnet_gui.cli import main
from tasnet_gui.domain import BadRequest, ModelCard, Samples
from tasnet_gui.nets.cards import read_card
from tasnet_gui.training import state, testset, trainer, validation
from tasnet_gui.training.corpus import Corpus
from tasnet_gui.training.logbook import LOG
from tasnet_gui.training.mixing import Batch, Mixer
from tasnet_gui.training.parallel import Team
from tasnet_gui.training.presets import PRESETS, Recipe
from tasnet_gui.training.trainer import BEST, RESUME

Command = Callable[..., int]


@pytest.fixture(autouse=True)
def _small(tiny: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    """A preset, a validation set and scores that take no time."""
    monkeypatch.setitem(PRESETS, "tiny", tiny)
    whole = validation.validation_set
    for module in (trainer, validation):
        monkeypatch.setattr(module, "validation_set", lambda corpus: whole(corpus, 2))
    monkeypatch.setattr(testset, "COUNT", 4)
    monkeypatch.setattr(perceptual, "missing", lambda: ["stoi", "pesq"])


@pytest.fixture
def train_it(corpus_folder: Path, tmp_path: Path, valid: Corpus) -> Command:
    """`train_it("--steps", 3)` trains the preset "tiny" in the folder "run"."""

    def command(*more: object, preset: str = "tiny") -> int:
        where = ["--corpus", corpus_folder, "--out", tmp_path / "run", "--device", "cpu", "--threads", 1]
        return main(["train", *map(str, where), *(["--preset", preset] if preset else []), *map(str, more)])

    return command


def step(tmp_path: Path) -> int:
    return int(state.numbers(tmp_path / "run" / RESUME)["step"])


def test_training_leaves_log_checkpoint_and_weights(
    train_it: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train_it("--steps", 3) == 0
    assert step(tmp_path) == 3
    assert read_card(tmp_path / "run" / BEST).training["steps"] == 3
    assert (tmp_path / "run" / LOG).exists()
    assert "polyline" in (tmp_path / "run" / "log.svg").read_text()
    said = capsys.readouterr()
    assert said.out == ""
    assert "Step 3: loss" in said.err


def test_a_run_goes_on_by_itself_and_says_so(
    train_it: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train_it("--steps", 4, "--minutes", 1e-9)
    assert step(tmp_path) == 1
    assert "Stopped and saved after step 1 of 4. Go on with: tasnet train --corpus" in capsys.readouterr().err
    assert train_it(preset="") == 0
    assert step(tmp_path) == 4
    assert "after step 1 of 4" in capsys.readouterr().err


def test_only_its_length_can_be_changed_when_a_run_goes_on(
    train_it: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train_it("--steps", 2)
    assert train_it("--batch", 3) == 2
    assert "holds a run with --batch 2" in capsys.readouterr().err
    assert train_it("--mix", "hum=1") == 2
    assert "holds a run with other mixtures" in capsys.readouterr().err
    assert train_it(preset="small") == 2
    assert "holds a run of another network" in capsys.readouterr().err
    assert train_it("--steps", 3) == 0
    assert step(tmp_path) == 3


def test_a_fresh_run_forgets_the_old_one(train_it: Command, tmp_path: Path) -> None:
    train_it("--steps", 3)
    (tmp_path / "run" / "notes.txt").write_text("mine")
    assert train_it("--steps", 2, "--fresh", "--batch", 1) == 0
    assert step(tmp_path) == 2
    assert [json.loads(line)["step"] for line in (tmp_path / "run" / LOG).read_text().splitlines()] == [2]
    assert (tmp_path / "run" / "notes.txt").exists()


def test_a_fresh_run_that_cannot_begin_leaves_the_old_one(
    train_it: Command,
    tiny: Recipe,
    make_model: Callable[..., ModelCard],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    train_it("--steps", 3)
    run = tmp_path / "run"
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    teacher = make_model("teacher").folder
    monkeypatch.setitem(PRESETS, "other", replace(tiny, net=replace(tiny.net, hidden=16, blocks=3)))
    assert train_it("--fresh", "--start-from", teacher, preset="other") == 2
    assert "teacher, whose network has hidden 8 instead of 16, blocks 2 instead of 3." in capsys.readouterr().err

    def refused(*_: object) -> int:
        raise BadRequest("3 mixtures per step cannot be shared evenly.")

    with monkeypatch.context() as patched:
        patched.setattr(Team, "share", refused)
        assert train_it("--fresh", "--batch", 3) == 2
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


def test_a_fresh_run_forgets_also_what_a_power_cut_left(
    train_it: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train_it("--steps", 3)
    (tmp_path / "run" / RESUME).rename(tmp_path / "run" / f"{RESUME}.old")
    monkeypatch.setattr(Mixer, "draw", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        train_it("--fresh")
    assert not state.exists(tmp_path / "run" / RESUME)


def test_ctrl_c_saves_and_says_how_to_go_on(
    train_it: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    draw, drawn = Mixer.draw, []

    def interrupted(self: Mixer, batch: int) -> Batch:
        drawn.append(batch)
        if len(drawn) == 3:
            os.kill(os.getpid(), signal.SIGINT)
        return draw(self, batch)

    monkeypatch.setattr(Mixer, "draw", interrupted)
    before = signal.getsignal(signal.SIGINT)
    assert train_it("--steps", 9) == 130
    assert signal.getsignal(signal.SIGINT) is before
    assert step(tmp_path) == 3  # the step under way was finished
    assert "Go on with: tasnet train" in capsys.readouterr().err
    assert train_it() == 0
    assert step(tmp_path) == 9


def test_weights_of_a_model_can_come_first(
    train_it: Command, make_model: Callable[..., ModelCard], tmp_path: Path
) -> None:
    train_it("--steps", 1, "--start-from", make_model("teacher").folder)
    assert state.numbers(tmp_path / "run" / RESUME)["started_from"] == "teacher"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--steps", "0"], "--steps 0 makes no sense"),
        (["--learning-rate", "-1"], "--learning-rate -1.0 makes no sense"),
        (["--start-from", "nobody"], "There is no model 'nobody'"),
        (["--preset", "huge"], "There is no preset 'huge'"),
        (["--mix", "fog=1"], "Nothing in a mixture is called 'fog'"),
        (["--mix", "speed=0.5:1"], "--mix speed=0.5:1 would have noise stand still"),
        (["--mix", "speed=1:inf"], "Say LOW:HIGH, as in speed=0.9:1.1"),
    ],
)
def test_what_makes_no_sense_is_refused(
    train_it: Command, arguments: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train_it(*arguments) == 2
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_a_file_in_the_place_of_a_run_is_told_of_before_anything_is_decoded(
    train_it: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "run").write_text("mine")
    monkeypatch.setattr("tasnet_gui.training.corpus.opening", lambda *_: pytest.fail("it was decoded"))
    assert train_it("--steps", 1) == 1
    assert "run is a file" in capsys.readouterr().err
    assert (tmp_path / "run").read_text() == "mine"


def test_a_run_is_shipped_with_its_scores(
    train_it: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train_it("--steps", 2)
    folder = tmp_path / "models" / "mine"
    assert train_it("--minutes", 0, "--ship", folder) == 0
    card = read_card(folder)
    assert card.scores["set"]["mixtures"] == 4
    assert "si_sdr_improvement" in card.scores
    assert "## Scores" in (folder / "README.md").read_text()
    assert "Speech: SI-SDR improvement, dB" in capsys.readouterr().out


def test_examples_of_what_training_hears_are_written(
    train_it: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train_it("--examples") == 0
    page = tmp_path / "run" / "examples" / "index.html"
    assert capsys.readouterr().out == f"{page}\n"
    links = re.findall(r'src="([^"]+)"', page.read_text())
    assert all((page.parent / link).stat().st_size > 100 for link in links)
    assert any("hum" in link for link in links)
    assert not (tmp_path / "run" / RESUME).exists()


@pytest.fixture
def evaluate_it(corpus_folder: Path, make_model: Callable[..., ModelCard]) -> Command:
    models = [make_model("quality"), make_model("live", causal=True)]

    def command(*more: object) -> int:
        chosen = [word for model in models for word in ("--model", str(model.folder))]
        return main(["evaluate", *chosen, "--device", "cpu", "--threads", "1", *map(str, more)])

    return command


def test_models_are_measured_side_by_side_and_reports_written(
    evaluate_it: Command, corpus_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    json_file, page = tmp_path / "scores.json", tmp_path / "scores.html"
    assert (
        evaluate_it("--corpus", corpus_folder, "--count", 2, "--json", json_file, "--html", page, "--write-card") == 0
    )
    first = capsys.readouterr().out.splitlines()[0]
    assert first.split() == ["quality", "median", "worst", "tenth", "live", "median", "worst", "tenth"]
    values = json.loads(json_file.read_text())
    assert values["set"]["of"].endswith("split test")
    assert page.exists()
    for model in values["models"]:
        card = read_card(tmp_path / model["name"])
        assert card.scores["si_sdr_improvement"] == pytest.approx(
            model["scores"]["si_sdr_improvement"]["mean"], abs=0.01
        )
        assert "rtf" not in card.scores


def test_a_pair_that_cannot_be_read_makes_a_failure_of_it(
    evaluate_it: Command,
    tmp_path: Path,
    hiss: Callable[..., Samples],
    sound_file: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    sound_file("mix.wav", hiss(48_000, 0.3), 48_000)
    sound_file("speech.wav", hiss(48_000, 0.3, seed=1), 48_000)
    (tmp_path / "pairs.csv").write_text("mixture,speech\nmix.wav,speech.wav\ngone.wav,speech.wav\n")
    assert evaluate_it("--pairs", tmp_path / "pairs.csv") == 1
    assert "Left out: gone.wav" in capsys.readouterr().out


def test_a_report_that_cannot_be_written_is_told_before_the_work(
    evaluate_it: Command, corpus_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate_it("--corpus", corpus_folder, "--json", tmp_path / "gone" / "scores.json") == 2
    assert "There is no folder" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["--json", "--html"])
def test_a_folder_in_the_place_of_a_report_is_told_before_the_work(
    evaluate_it: Command, corpus_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    (tmp_path / "report").mkdir()
    assert evaluate_it("--corpus", corpus_folder, kind, tmp_path / "report") == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "report is a folder" in said.err


@pytest.mark.parametrize("kind", ["--json", "--html"])
def test_scores_are_printed_though_a_report_cannot_be_written_of_which_nothing_stays(
    evaluate_it: Command,
    corpus_folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    replaced = os.replace

    def full(source: Path, target: Path) -> None:
        if target.parent.name == "reports":
            raise OSError(errno.ENOSPC, "No space left on device")
        replaced(source, target)

    (tmp_path / "reports").mkdir()
    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", full)
        assert evaluate_it("--corpus", corpus_folder, "--count", 2, kind, tmp_path / "reports" / "r") == 1
    said = capsys.readouterr()
    assert "Speech: SI-SDR improvement, dB" in said.out
    assert "reports" in said.err
    assert not list((tmp_path / "reports").iterdir())


def test_scores_of_a_card_stay_when_nothing_was_measured(
    evaluate_it: Command, corpus_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate_it("--corpus", corpus_folder, "--count", 2, "--write-card") == 0
    before = read_card(tmp_path / "live").scores
    (tmp_path / "pairs.csv").write_text("mixture,speech\ngone.wav,gone.wav\n")
    capsys.readouterr()
    assert evaluate_it("--pairs", tmp_path / "pairs.csv", "--write-card") == 1
    assert "live stays as it is" in capsys.readouterr().err
    assert read_card(tmp_path / "live").scores == before
