"""Training in two processes, started by torchrun as a person would, through the command itself."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from tasnet_gui.domain import BadRequest
from tasnet_gui.training import state
from tasnet_gui.training.corpus import Corpus
from tasnet_gui.training.logbook import LOG
from tasnet_gui.training.mixing import Mixer
from tasnet_gui.training.parallel import Team, joined
from tasnet_gui.training.presets import Recipe
from tasnet_gui.training.trainer import RESUME

SCRIPT = Path(__file__).parent / "together.py"
ROOT = Path(__file__).parents[2]
Seen = list[dict[str, Any]]


@pytest.fixture
def together(corpus_folder: Path, tmp_path: Path, tiny: Recipe) -> Callable[..., Seen]:
    """`together(2, "run", "--steps", "4", HALVES=file)`: what each of two processes saw while they trained in "run"."""

    def train(processes: int, out: str, *more: str, optimiser: str = "adamw", **watch: str) -> Seen:
        recipe = replace(tiny, batch=4, optimiser=optimiser)
        environment = {
            **{name: value for name, value in os.environ.items() if name not in ("RANK", "WORLD_SIZE", "LOCAL_RANK")},
            **watch,
            "TINY": json.dumps(recipe.as_dict()),
            "WATCH": str(tmp_path),
            "PYTHONPATH": str(ROOT),
            "OMP_NUM_THREADS": "1",
            "GLOO_SOCKET_IFNAME": "lo" if sys.platform == "linux" else "lo0",
        }
        launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
        where = ["--corpus", str(corpus_folder), "--cache", str(tmp_path / "cache"), "--out", str(tmp_path / out)]
        command = [sys.executable, *(launcher if processes > 1 else []), str(SCRIPT), *where, *more]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
        watched = [tmp_path / f"rank-{rank}.json" for rank in range(processes)]
        assert all(path.exists() for path in watched), done.stdout + done.stderr
        seen = [json.loads(path.read_text()) for path in watched]
        for path in watched:
            path.unlink()
        assert "".join(one["said"] for one in seen[1:]) == ""  # one speaks for all
        return seen

    return train


def tensors(folder: Path) -> dict[str, torch.Tensor]:
    return state.read(folder / RESUME).tensors


@pytest.mark.parametrize("optimiser", ["adamw", "muon"])
def test_two_half_batches_equal_one_whole(
    together: Callable[..., Seen], tiny: Recipe, train: Corpus, tmp_path: Path, optimiser: str
) -> None:
    if optimiser == "muon" and not hasattr(torch.optim, "Muon"):
        pytest.skip("this torch has no Muon")
    mixer = Mixer(train, tiny.frames, tiny.mixing, torch.Generator().manual_seed(3))
    batches = [mixer.draw(4) for _ in range(4)]
    save_file({str(i): torch.stack([b.speech, b.noise]) for i, b in enumerate(batches)}, tmp_path / "batches")
    whole, halves = (
        together(processes, out, "--steps", "4", optimiser=optimiser, HALVES=str(tmp_path / "batches"))
        for processes, out in ((1, "whole"), (2, "halves"))
    )
    assert [a + b for a, b in zip(*(one["drawn"] for one in halves), strict=True)] == whole[0]["drawn"]
    one, two = (tensors(tmp_path / out) for out in ("whole", "halves"))
    start = begun(tiny)
    moved = sum(float((one[f"net/{name}"] - value).square().sum()) for name, value in start.items())
    apart = sum(float((one[f"net/{name}"] - two[f"net/{name}"]).square().sum()) for name in start)
    assert apart < 1e-4 * moved  # 1 % of the way: rounding
    said = [json.loads((tmp_path / out / LOG).read_text()) for out in ("whole", "halves")]
    assert said[0]["loss"] == pytest.approx(said[1]["loss"], abs=1e-3)


def begun(recipe: Recipe) -> dict[str, torch.Tensor]:
    """The weights that a run of this recipe begins with."""
    from tasnet_gui.nets.conv_tasnet import ConvTasNet

    torch.manual_seed(recipe.seed)
    net = ConvTasNet(recipe.net)
    if recipe.net.filters >= 2 * recipe.net.kernel and recipe.net.stride * 2 == recipe.net.kernel:
        net.start_from_phase_quadruples()
    return net.state_dict()


def test_two_processes_draw_apart_stop_together_and_go_on_as_if_they_had_not(
    together: Callable[..., Seen], tmp_path: Path
) -> None:
    whole = together(2, "whole", "--steps", "6")
    assert [one["code"] for one in whole] == [0, 0]
    mixtures = [value for one in whole for step in one["drawn"] for value in step]
    assert len(set(mixtures)) == len(mixtures) == 6 * 4  # no two alike

    first = together(2, "parts", "--steps", "6", INTERRUPT="1")
    assert [one["code"] for one in first] == [130, 130]  # although only one of them was told
    assert state.numbers(tmp_path / "parts" / RESUME)["step"] == 3
    second = together(2, "parts", "--steps", "6")
    assert [a["drawn"] + b["drawn"] for a, b in zip(first, second, strict=True)] == [one["drawn"] for one in whole]
    expected, found = tensors(tmp_path / "whole"), tensors(tmp_path / "parts")
    assert expected.keys() == found.keys()
    assert all(torch.equal(expected[name], found[name]) for name in expected)

    for one in [*whole, *first, *second]:
        before, inside, after = one["threads"]
        assert before == after  # a thread of gloo that outlives its group can abort the process as Python ends
        assert inside > before or sys.platform != "linux"
    assert [json.loads(line)["step"] for line in (tmp_path / "whole" / LOG).read_text().splitlines()] == [6]


def test_one_process_alone_needs_no_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with joined("cpu") as team:
        assert (team.rank, team.size, team.leads) == (0, 1, True)
        assert not torch.distributed.is_initialized()
        random = torch.Generator()
        assert team.generator(random) is random


def test_a_batch_that_cannot_be_shared_evenly_is_refused() -> None:
    with pytest.raises(BadRequest, match="7 mixtures per step cannot be shared evenly among 2 processes"):
        Team(size=2).share(7)
