import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tasnet_gui import cli, places
from tasnet_gui.domain import ModelCard
from tasnet_gui.engine import library

Models = Callable[..., ModelCard]
GOLDEN = Path(__file__).resolve().parents[1] / "golden"
ASTEROID, TORCHAUDIO = str(GOLDEN / "asteroid_gln_relu.pth"), str(GOLDEN / "torchaudio_relu.pt")


@pytest.fixture(autouse=True)
def _one_shipped(tiny_model: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tiny_model(causal=True, name="came-along").folder.parent
    monkeypatch.setattr(places, "shipped", lambda _: folder)


@pytest.fixture
def tasnet(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """`tasnet("models", ...)`: exit code, standard output, standard error."""

    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(["models", *arguments])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


Tasnet = Callable[..., tuple[int, str, str]]


def test_import_prints_the_new_name_and_what_one_should_know(tasnet: Tasnet) -> None:
    code, out, err = tasnet("import", ASTEROID)
    assert (code, out) == (0, "asteroid_gln_relu\n")
    assert "licence" in err
    assert "first output is taken for speech" in err
    assert all(line.startswith("tasnet: ") for line in err.splitlines())
    assert tasnet("list") == tasnet()
    assert "asteroid_gln_relu" in tasnet("list")[1]


def test_import_takes_what_the_file_does_not_say(tasnet: Tasnet) -> None:
    options = ["--name", "theirs", "--title", "Theirs", "--rate", "8000", "--licence", "CC0-1.0"]
    code, out, _ = tasnet("import", TORCHAUDIO, *options, "--order", "noise,speech", "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["model"]["name"], told["model"]["title"]) == ("theirs", "Theirs")
    assert (told["model"]["rate"], told["model"]["licence"]) == (8000, "CC0-1.0")
    assert told["notes"] == []
    assert library.card("theirs").config["padding"] == "centred"


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["import", TORCHAUDIO], 1, "--rate"),
        (["import", ASTEROID, "--rate", "8000"], 1, "not 8000 Hz"),
        (["import", ASTEROID, "--name", "../x"], 2, "cannot be named"),
        (["import", ASTEROID, "--name", "came-along"], 2, "came with the program"),
        (["import", "gone.pth"], 1, "There is no file gone.pth"),
        (["import", ASTEROID, "--order", "noise"], 2, "usage"),
        (["import"], 2, "usage"),
        (["show", "nope"], 2, "There is no model 'nope'"),
        (["remove", "nope", "--yes"], 2, "You have no model 'nope'"),
        (["remove", "came-along", "--yes"], 2, "came with the program and stays"),
        (["dance"], 2, "usage"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    tasnet: Tasnet, arguments: list[str], code: int, sentence: str
) -> None:
    found, out, err = tasnet(*arguments)
    assert (found, out) == (code, "")
    assert sentence in err
    assert "Traceback" not in err
    assert not list(places.user_models().glob("*"))


class Payload:
    """A pickle of this touches a file when it is opened without care."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.trace,)


@pytest.mark.parametrize("name", ["model.pt", "model.pth", "model.bin", "model.ckpt"])
def test_a_malicious_checkpoint_is_refused_and_does_not_run(tasnet: Tasnet, tmp_path: Path, name: str) -> None:
    import torch

    trace = tmp_path / "it-ran"
    torch.save({"state_dict": {}, "model_name": Payload(trace)}, tmp_path / name)
    code, out, err = tasnet("import", str(tmp_path / name))
    assert (code, out) == (1, "")
    assert "program code and not weights. It was not run" in err
    assert len(err.splitlines()) == 1
    assert not trace.exists()
    assert library.problems() == []


def test_show_prints_the_card_with_the_papers_letters(tasnet: Tasnet) -> None:
    code, out, err = tasnet("show", "came-along")
    lines = {line.split("  ")[1].strip(): line for line in out.splitlines() if line.startswith("  ")}
    assert (code, err) == (0, "")
    assert out.startswith("came-along\n")
    assert "causal, 16 kHz, speech and noise" in lines["kind"]
    for name, value in {"N, filters": 32, "L, kernel": 16, "Sc, skip": 8, "X, blocks": 3, "C, sources": 2}.items():
        assert lines[name].split()[-1] == str(value)
    config = library.card("came-along")
    assert lines["receptive field"].endswith(" 15 ms")  # 2 * 2 * 7 * 8 + 16 samples at 16 kHz
    assert "0.938 ms" in lines["latency"]  # 15 samples
    assert lines["licence"].endswith("MIT")
    assert config.sha256 in out


def test_show_tells_scores_and_training_and_that_the_whole_recording_is_heard(
    tasnet: Tasnet, tiny_model: Models
) -> None:
    folder = tiny_model(name="plain").folder
    values = json.loads((folder / "card.json").read_text())
    values["scores"] = {"si_sdr_improvement": 9.4321, "by_snr": [{"from": -5, "files": 3}], "set": {"split": "test"}}
    values["training"] = {"command": "tasnet train --preset base", "colour": "\x1b[31mred"}
    (folder / "card.json").write_text(json.dumps(values))
    _, out, _ = tasnet("show", str(folder))
    assert "the whole recording" in out
    assert "si_sdr_improvement" in out
    assert "9.432" in out
    assert "from -5, files 3" in out
    assert "set.split" in out
    assert "tasnet train --preset base" in out
    assert "\x1b" not in out  # a card must not paint the terminal


def test_show_engine_tells_what_models_are_run_with_here(tasnet: Tasnet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASNET_KERNEL", "plain")
    code, out, err = tasnet("show", "--engine")
    assert (code, err) == (0, "")
    assert "forced by TASNET_KERNEL" in out
    assert "* plain" in out
    told = json.loads(tasnet("show", "--engine", "--json")[1])
    assert (told["kernel"], told["kernel_forced"]) == ("plain", True)
    assert told["threads"] >= 1
    plain = next(kernel for kernel in told["kernels"] if kernel["name"] == "plain")
    assert plain["gflops"] > 0
    assert 0 < plain["error"] < 1e-5
    monkeypatch.setenv("TASNET_KERNEL", "abacus")
    code, _, err = tasnet("show", "--engine")
    assert (code, len(err.splitlines())) == (2, 1)
    assert "abacus" in err


def test_show_speaks_json(tasnet: Tasnet) -> None:
    told = json.loads(tasnet("show", "came-along", "--json")[1])
    assert told["config"] == dict(library.card("came-along").config)
    assert told["look_ahead"] == 15 / 16_000
    assert told["receptive_field"] == 240 / 16_000


@pytest.mark.parametrize("arguments", [["--json"], ["list", "--json"], ["--json", "list"]])
def test_the_list_speaks_json_wherever_it_is_asked(tasnet: Tasnet, arguments: list[str]) -> None:
    assert [model["name"] for model in json.loads(tasnet(*arguments)[1])["models"]] == ["came-along"]


def test_remove_asks_and_heeds_the_answer(tasnet: Tasnet, monkeypatch: pytest.MonkeyPatch) -> None:
    tasnet("import", ASTEROID, "--name", "mine")
    for answer, code in (("\n", 1), ("n\n", 1), ("", 1), ("Yes\n", 0)):
        assert library.card("mine")
        monkeypatch.setattr(sys, "stdin", Terminal(answer))
        found, out, err = tasnet("remove", "mine")
        assert (found, out) == (code, "")
        assert str(places.user_models() / "mine") in err
    assert not (places.user_models() / "mine").exists()


class Terminal:
    """Somebody who types one line."""

    def __init__(self, answer: str) -> None:
        self.answer = answer

    def isatty(self) -> bool:
        return True

    def readline(self) -> str:
        return self.answer


def test_remove_does_not_wait_for_an_answer_where_nobody_is(tasnet: Tasnet, monkeypatch: pytest.MonkeyPatch) -> None:
    tasnet("import", ASTEROID, "--name", "mine")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    code, _, err = tasnet("remove", "mine")
    assert code == 2
    assert "--yes" in err
    assert tasnet("remove", "mine", "--yes")[0] == 0
    assert list(places.user_models().iterdir()) == []
