import csv
import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest

from tasnet_gui.domain import BadRequest, finish
from tasnet_gui.training import manifest
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


@pytest.fixture
def own_corpus(corpus_folder: Path, tmp_path: Path) -> Path:
    """A corpus to be changed."""
    return Path(shutil.copytree(corpus_folder, tmp_path / "own"))


COLUMNS = ("path", "kind", "speaker", "recording", "split")  # that told caches apart before


def names(cache: Path) -> set[str]:
    return {path.name for path in cache.iterdir()}


def test_a_corpus_whose_files_changed_is_decoded_again_and_the_old_cache_goes(own_corpus: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    before = finish(opening(own_corpus, "test", cache))
    other = finish(opening(own_corpus, "valid", cache))
    kept = {name for name in names(cache) if name.startswith("valid")}
    shutil.copy(own_corpus / "speech-test-bert-0.wav", own_corpus / "speech-test-anna-0.wav")
    after = finish(opening(own_corpus, "test", cache))
    assert after.speech["anna"][0].length == before.speech["bert"][0].length
    assert names(cache) > kept
    assert len(names(cache)) == 4
    file = own_corpus / "speech-test-anna-0.wav"
    os.utime(file, (file.stat().st_atime, file.stat().st_mtime + 10))
    assert list(opening(own_corpus, "test", cache))
    assert len(names(cache)) == 4
    assert not list(opening(own_corpus, "valid", cache))
    assert other.sound.abs().max() > 0


def test_the_cache_of_an_older_version_goes_when_there_is_a_new_one(own_corpus: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    finish(opening(own_corpus, "valid", cache))
    rows = [{key: row[key] for key in COLUMNS} for row in manifest.read(own_corpus) if row["split"] == "test"]
    key = hashlib.sha256(json.dumps([str(own_corpus.resolve()), "test", 16_000, rows]).encode()).hexdigest()[:16]
    for suffix in ("json", "int16"):
        (cache / f"test-{key}.{suffix}").write_bytes(b"[]")
    finish(opening(own_corpus, "test", cache))
    assert not {f"test-{key}.json", f"test-{key}.int16"} & names(cache)
    assert len(names(cache)) == 4


@pytest.mark.parametrize("damage", ["gone", "cut"])
def test_an_index_without_its_sound_is_decoded_again(corpus_folder: Path, tmp_path: Path, damage: str) -> None:
    finish(opening(corpus_folder, "test", tmp_path))
    (sound,) = tmp_path.glob("*.int16")
    if damage == "gone":
        sound.unlink()
    else:
        os.truncate(sound, 1000)
    assert list(opening(corpus_folder, "test", tmp_path))


def test_a_manifest_may_begin_with_a_mark_and_say_nothing_of_recordings(own_corpus: Path, tmp_path: Path) -> None:
    with (own_corpus / manifest.MANIFEST).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with (own_corpus / manifest.MANIFEST).open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, ["path", "kind", "speaker", "split", "duration_s"], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    corpus = finish(opening(own_corpus, "train", tmp_path / "cache"))
    assert set(corpus.noise) == {f"noise-train-hiss-{n}-0.wav" for n in range(3)}
    assert set(corpus.speech) == {"anna", "bert", "carl"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "There is no corpus at"),
        ("path,kind\na.wav,speech\n", "lacks the columns speaker, split"),
        ("path,kind,speaker,recording,split\na.wav,speech,anna,,test\n", "lists no speech or no noise"),
        ("path,kind,speaker,split\na.wav,speech,anna,train\nb.wav,music,,test\n", "Line 3 of .* 'music'.* Choose from"),
        ("path,kind,speaker,split\na.wav,speech,anna,train\n,noise,,train\n", "Line 3 of .* names no file"),
        ("path,kind,speaker,split\na.wav\n", "Line 2 of .* a.wav is of the kind ''"),
        ("path,kind,speaker,split\na.wav,speech,Zo\udceb,train\n", "is not written in UTF-8"),
        ("path,kind,speaker,split\na.wav," + 200_000 * "x", "is no table"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_refused_in_a_sentence(
    tmp_path: Path, text: str | None, sentence: str
) -> None:
    if text:
        (tmp_path / manifest.MANIFEST).write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(BadRequest, match=sentence):
        finish(opening(tmp_path, "train", tmp_path))
