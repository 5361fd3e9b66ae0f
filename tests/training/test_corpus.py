from pathlib import Path

import pytest

from tasnet_gui.domain import BadRequest, finish
from tasnet_gui.training import corpus as corpora
from tasnet_gui.training.corpus import Corpus, opening


def test_every_file_is_found_under_who_speaks_or_what_was_recorded(train: Corpus) -> None:
    assert {name: len(clips) for name, clips in train.speech.items()} == {"anna": 10, "bert": 1, "carl": 1}
    assert {name: len(clips) for name, clips in train.noise.items()} == {"hiss-0": 1, "hiss-1": 1, "hiss-2": 1}
    assert len(train.rooms) == 2


def test_samples_are_those_of_the_files(train: Corpus) -> None:
    clip = train.speech["bert"][0]
    stored = train.sound[clip.start : clip.start + clip.length].numpy() / 32767
    assert stored.shape == (round(0.8 * 16_000),)
    assert abs(float(stored.max()) - 0.3) < 0.1


def test_hours_are_those_of_the_files(train: Corpus) -> None:
    assert train.hours["noise"] == pytest.approx((0.3 + 0.8 + 1.3) / 3600)


def test_a_second_opening_decodes_nothing(corpus_folder: Path, tmp_path: Path) -> None:
    assert list(opening(corpus_folder, "test", tmp_path))
    assert not list(opening(corpus_folder, "test", tmp_path))


def test_a_half_written_cache_is_never_used(corpus_folder: Path, tmp_path: Path) -> None:
    work = opening(corpus_folder, "test", tmp_path)
    next(work)
    work.close()  # as Ctrl-C does
    assert not list(tmp_path.glob("*.json"))
    assert not list(tmp_path.glob("*.part"))
    again = finish(opening(corpus_folder, "test", tmp_path))
    assert again.sound.abs().max() > 0


def test_sound_without_an_index_is_decoded_again(corpus_folder: Path, tmp_path: Path) -> None:
    finish(opening(corpus_folder, "test", tmp_path))
    (index,) = tmp_path.glob("*.json")
    index.unlink()
    assert list(opening(corpus_folder, "test", tmp_path))


@pytest.mark.parametrize(
    ("manifest", "sentence"),
    [
        (None, "There is no corpus at"),
        ("path,kind\na.wav,speech\n", "lacks the columns recording, speaker, split"),
        ("path,kind,speaker,recording,split\na.wav,speech,anna,,test\n", "lists no speech or no noise"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_refused_in_a_sentence(
    tmp_path: Path, manifest: str | None, sentence: str
) -> None:
    if manifest:
        (tmp_path / corpora.MANIFEST).write_text(manifest)
    with pytest.raises(BadRequest, match=sentence):
        finish(opening(tmp_path, "train", tmp_path))
