from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tasnet_gui.analysis.scores import level, snr
from tasnet_gui.domain import BadRequest, Samples, UnreadableAudio
from tasnet_gui.training.corpus import Corpus
from tasnet_gui.training.testset import LEVEL, SECONDS, SNR, CorpusMixtures, Pairs

SoundFile = Callable[..., Path]


def test_a_mixture_is_its_speech_and_noise_at_the_level_and_snr_that_were_drawn(train: Corpus) -> None:
    test = CorpusMixtures(train, "train", 20)
    ratios = []
    for index in range(len(test)):
        item = test.item(index)
        assert np.array_equal(item.mixture.samples, item.speech + item.noise)
        assert level(item.mixture.samples) == pytest.approx(LEVEL, abs=0.01)
        assert item.mixture.duration <= SECONDS
        ratio = snr(item.speech, item.noise)
        assert ratio is not None
        assert f"at {ratio:.1f} dB" in item.name
        ratios.append(ratio)
    assert SNR[0] <= min(ratios) < 0
    assert 10 < max(ratios) <= SNR[1]


def test_the_seed_and_the_number_decide_a_mixture(train: Corpus) -> None:
    long, short, other = (CorpusMixtures(train, "", count, seed) for count, seed in ((50, 1), (5, 1), (5, 2)))
    for index in range(5):
        assert np.array_equal(long.item(index).mixture.samples, short.item(index).mixture.samples)
        assert long.item(index).name == short.item(index).name
    assert not np.array_equal(long.item(0).mixture.samples[:, :100], other.item(0).mixture.samples[:, :100])


def test_every_voice_and_every_recording_has_its_turn(train: Corpus) -> None:
    test = CorpusMixtures(train, "", 12)
    names = [test.item(index).name for index in range(12)]
    voices = Counter(name.split()[1].split("-")[2] for name in names)
    noises = Counter(name.split(" + ")[1].split(" ")[0] for name in names)
    assert set(voices.values()) == {4}  # "anna" has ten times as many files
    assert set(noises.values()) == {4}


def test_silence_in_the_corpus_is_passed_over_or_refused(train: Corpus) -> None:
    silent = Corpus(train.sound * 0, train.rate, train.speech, train.noise, [])
    with pytest.raises(BadRequest, match="only silence"):
        CorpusMixtures(silent, "").item(0)


def test_no_mixtures_measure_nothing(train: Corpus) -> None:
    with pytest.raises(BadRequest, match="0 mixtures"):
        CorpusMixtures(train, "", 0)


def write_list(folder: Path, text: str) -> Pairs:
    path = folder / "pairs.csv"
    path.write_text(text, encoding="utf-8")
    return Pairs(path)


@pytest.fixture
def parts(hiss: Callable[..., Samples], sound_file: SoundFile) -> tuple[Samples, Samples]:
    """Speech and noise in stereo at 44.1 kHz, written as files with their mixture."""
    speech, noise = (hiss(44_100, 0.5, 2, seed=seed) for seed in (1, 2))
    for name, samples in (("mix.wav", speech + noise), ("speech.wav", speech), ("noise.wav", noise)):
        sound_file(name, samples, 44_100, "FLOAT")
    return speech, noise


def test_pairs_are_read_beside_their_list(tmp_path: Path, parts: tuple[Samples, Samples]) -> None:
    test = write_list(tmp_path, "mixture,speech,noise\nmix.wav,speech.wav,noise.wav\nmix.wav,speech.wav,\n")
    assert len(test) == 2
    given, left = test.item(0), test.item(1)
    assert (given.mixture.rate, given.mixture.channels) == (44_100, 2)
    assert np.array_equal(given.speech, parts[0])
    assert np.array_equal(given.noise, parts[1])
    assert np.allclose(left.noise, parts[1], atol=1e-6)  # what the speech leaves of the mixture


def test_files_that_do_not_belong_together_are_refused(
    tmp_path: Path, parts: tuple[Samples, Samples], sound_file: SoundFile
) -> None:
    sound_file("other.wav", parts[0][:, :-7], 44_100)
    test = write_list(tmp_path, "mixture,speech\nmix.wav,other.wav\n,speech.wav\nmix.wav,gone.wav\n")
    with pytest.raises(UnreadableAudio, match=r"other\.wav .*22043 samples.* does not fit its mixture mix\.wav"):
        test.item(0)
    with pytest.raises(BadRequest, match="Row 3"):
        test.item(1)
    with pytest.raises(UnreadableAudio, match=r"gone\.wav"):
        test.item(2)


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "mixture,speech\n"])
def test_a_list_without_pairs_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadRequest, match="lists no pairs"):
        write_list(tmp_path, text)
    with pytest.raises(BadRequest, match="cannot be read"):
        Pairs(tmp_path / "none.csv")
