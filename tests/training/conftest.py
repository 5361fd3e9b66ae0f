"""A corpus in small: three voices that are tones, three noises that hiss, two rooms; and a network to match."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from tasnet_gui.domain import ModelCard, Samples, finish
from tasnet_gui.nets import checkpoint
from tasnet_gui.nets.config import ConvTasNetConfig
from tasnet_gui.nets.conv_tasnet import ConvTasNet
from tasnet_gui.training import corpus as corpora
from tasnet_gui.training import manifest
from tasnet_gui.training.corpus import Corpus
from tasnet_gui.training.presets import Recipe

RATE = 16_000
COLUMNS = ("path", "kind", "source", "speaker", "licence", "duration_s", "split", "recording")


def voice(pitch: float, seconds: float) -> Samples:
    """Harmonics of a pitch that swell and fade: float32 [frames]."""
    time = np.arange(round(seconds * RATE)) / RATE
    tone = sum(np.sin(2 * np.pi * pitch * n * time) / n for n in range(1, 5))
    return (0.1 * tone * (1 + np.sin(2 * np.pi * 3 * time))).astype(np.float32)


def noise(seed: int, seconds: float) -> Samples:
    return 0.05 * np.random.default_rng(seed).standard_normal(round(seconds * RATE), dtype=np.float32)


def room(seed: int) -> Samples:
    """Silence, the direct sound, an echo after 100 ms."""
    response = np.zeros(RATE // 4, np.float32)
    response[40], response[40 + RATE // 10] = 0.5, 0.2 + 0.05 * seed
    return response


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Tensors are so small here that a second thread would only be waited for."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def corpus_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a manifest. In the split "train" one voice has ten times as many files as each of the others."""
    folder = tmp_path_factory.mktemp("corpus")
    rows = []

    def add(kind: str, split: str, group: str, number: int, samples: Samples) -> None:
        path = f"{kind}-{split}-{group}-{number}.wav"
        soundfile.write(folder / path, samples, RATE, subtype="FLOAT")
        speaker, recording = (group, "") if kind == "speech" else ("", group)
        rows.append((path, kind, f"{kind}-source", speaker, "CC0", len(samples) / RATE, split, recording))

    for split in ("train", "valid", "test"):
        for index, name in enumerate(("anna", "bert", "carl")):
            files = 10 if split == "train" and name == "anna" else 1
            for number in range(files):
                add("speech", split, name, number, voice(150 + 70 * index + number, 0.6 + 0.2 * index))
            add("noise", split, f"hiss-{index}", 0, noise(index, 0.3 + 0.5 * index))
        for index in range(2):
            add("rir", split, f"room-{index}", 0, room(index))
    with (folder / manifest.MANIFEST).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    return folder


@pytest.fixture(scope="session")
def open_split(corpus_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Corpus]:
    """`open_split("train")`, decoded once for all tests."""
    cache = tmp_path_factory.mktemp("cache")
    return lambda split: finish(corpora.opening(corpus_folder, split, cache))


@pytest.fixture(scope="session")
def train(open_split: Callable[[str], Corpus]) -> Corpus:
    return open_split("train")


@pytest.fixture(scope="session")
def valid(open_split: Callable[[str], Corpus]) -> Corpus:
    return open_split("valid")


@pytest.fixture
def tiny() -> Recipe:
    """A network that takes a millisecond, and how to train it."""
    net = ConvTasNetConfig(filters=32, kernel=16, stride=8, bottleneck=8, hidden=8, skip=8, blocks=2, repeats=1)
    return Recipe(net, steps=40, batch=2, frames=4000, rate=1e-2, warm_up=2)


@pytest.fixture
def make_model(tmp_path: Path, tiny: Recipe) -> Callable[..., ModelCard]:
    """`make_model("name", causal=True)`: an untrained network on disk."""

    def make(name: str = "model", causal: bool = False, folder: Path = tmp_path) -> ModelCard:
        torch.manual_seed(1)
        config = replace(tiny.net, causal=True, norm="cLN") if causal else tiny.net
        net = ConvTasNet(config).start_from_phase_quadruples()
        return checkpoint.save(net, folder / name, title="A model", description="For tests.")

    return make
