import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from tasnet_gui import places
from tasnet_gui.domain import BadRequest, ModelCard, ModelError, Recording, UnwritableOutput
from tasnet_gui.engine import library, own_models
from tasnet_gui.engine.imports import UNKNOWN_LICENCE, Request, bring_in
from tasnet_gui.engine.separate import separate
from tasnet_gui.nets import checkpoint

Models = Callable[..., ModelCard]
GOLDEN = Path(__file__).resolve().parents[1] / "golden"
ASTEROID, ONE_SOURCE = GOLDEN / "asteroid_gln_relu.pth", GOLDEN / "asteroid_enhsingle.pth"


@pytest.fixture(autouse=True)
def _one_shipped(tiny_model: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tiny_model(name="came-along").folder.parent
    monkeypatch.setattr(places, "shipped", lambda _: folder)


def on_disk() -> dict[str, bytes]:
    """Every file among the person's own models."""
    root = places.user_models()
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_an_imported_model_is_listed_and_says_where_it_is_from() -> None:
    imported = bring_in(Request(ASTEROID, name="mine", title="Mine"))
    assert library.card("mine") == imported.card
    assert imported.card.folder == places.user_models() / "mine"
    assert imported.card.licence == UNKNOWN_LICENCE
    assert imported.card.training["imported"] == {
        "file": ASTEROID.name,
        "sha256": checkpoint.sha256_of(ASTEROID),
        "from": "asteroid",
    }
    assert "asteroid" in imported.card.description
    assert any("licence" in note for note in imported.notes)
    assert sorted(on_disk()) == ["mine/card.json", "mine/weights.safetensors"]


def test_the_weights_lose_nothing_on_the_way_to_disk() -> None:
    card = bring_in(Request(ASTEROID)).card
    told = np.load(ASTEROID.with_suffix(".npz"))
    with torch.inference_mode():
        found = library.load(card)(torch.from_numpy(told["mixture"])[None])[0].numpy()
    np.testing.assert_allclose(found, told["estimates"], rtol=0, atol=1e-5 * np.abs(told["estimates"]).max())


def test_a_model_of_speech_only_leaves_the_rest_to_the_noise() -> None:
    imported = bring_in(Request(ONE_SOURCE, licence="CC0-1.0"))
    assert imported.card.sources == ("speech",)
    assert imported.card.licence == "CC0-1.0"
    assert imported.notes == ("The model gives speech only; noise is what remains of the mixture.",)
    told = np.load(ONE_SOURCE.with_suffix(".npz"))
    recording = Recording(told["mixture"][None], imported.card.rate)
    separation = separate(recording, imported.card)
    np.testing.assert_allclose(
        separation.speech, told["estimates"], rtol=0, atol=1e-3 * np.abs(told["estimates"]).max()
    )
    np.testing.assert_allclose(separation.noise, recording.samples - separation.speech, rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", ["asteroid_gln_relu.pth", "asteroid_causal_cgln.pth", "torchaudio_relu.pt"])
def test_every_imported_model_takes_recordings_apart(name: str, recording: Callable[..., Recording]) -> None:
    card = bring_in(Request(GOLDEN / name, rate=8000 if name.endswith(".pt") else None)).card
    mixture = recording(rate=11_025, seconds=0.7, channels=2)
    separation = separate(mixture, card)
    np.testing.assert_allclose(separation.speech + separation.noise, mixture.samples, rtol=0, atol=1e-6)


def test_a_model_of_ours_that_may_not_be_read_is_to_blame_itself(
    tiny_model: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tiny_model(name="theirs").folder

    def refused(path: Path) -> str:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(checkpoint, "sha256_of", refused)
    with pytest.raises(ModelError, match=r"The weights of theirs cannot be read: .*Permission denied"):
        bring_in(Request(folder, name="mine"))
    assert on_disk() == {}


def test_names_that_no_disk_takes_are_told_in_a_sentence() -> None:
    with pytest.raises(ModelError, match=r"aaa cannot be read \(File name too long\)"):
        bring_in(Request(Path("a" * 300)))
    with pytest.raises(ModelError, match="There is no file"):
        bring_in(Request(Path("a\0b.pth")))


def test_a_name_may_be_as_long_as_it_can_though_none_fits_beside_it(tmp_path: Path) -> None:
    long = tmp_path / ("a" * 252 + ".pt")  # with .json in the place of .pt it is two too long
    long.write_bytes((GOLDEN / "torchaudio_relu.pt").read_bytes())
    with pytest.raises(ModelError, match="arguments"):
        bring_in(Request(long, rate=8000))


def test_a_folder_of_models_that_may_not_be_looked_into_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    bring_in(Request(ASTEROID, name="mine"))
    listed = os.listdir

    def refused(folder: Path) -> list[str]:
        if Path(folder) == places.user_models():
            raise PermissionError(errno.EACCES, "Permission denied", str(folder))
        return listed(folder)

    monkeypatch.setattr(os, "listdir", refused)
    for attempt in (lambda: own_models.check_name("new"), lambda: own_models.find("none")):
        with pytest.raises(ModelError, match=r"cannot be read \(Permission denied\)\. Allow"):
            attempt()
    assert [card.name for card in library.cards()] == ["came-along"]
    assert "cannot be read (Permission denied)" in library.problems()[0]


@pytest.mark.parametrize("part", ["", "card.json", "weights.safetensors"])
def test_a_model_of_ours_is_copied_under_its_new_name(tiny_model: Models, part: str) -> None:
    source = tiny_model(name="given")
    (source.folder / "resume.bin").write_bytes(b"not a part of the model")
    card = bring_in(Request(source.folder / part, name="copy", licence="another")).card
    assert (card.name, card.title, card.sha256, card.licence) == ("copy", source.title, source.sha256, source.licence)
    assert json.loads((card.folder / "card.json").read_text())["name"] == "copy"
    assert sorted(on_disk()) == ["copy/card.json", "copy/weights.safetensors"]


def test_a_damaged_model_of_ours_is_not_copied(tiny_model: Models) -> None:
    source = tiny_model(name="given")
    weights = source.folder / source.weights
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(ModelError, match="damaged"):
        bring_in(Request(source.folder, name="copy"))
    with pytest.raises(BadRequest, match="says all"):
        bring_in(Request(source.folder, name="copy", rate=8000))
    assert on_disk() == {}


def test_a_copy_that_went_wrong_is_not_put_into_place(tiny_model: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tiny_model(name="given")
    monkeypatch.setattr("shutil.copyfile", lambda _, target: Path(target).write_bytes(b"half"))
    with pytest.raises(ModelError, match="damaged"):
        bring_in(Request(source.folder, name="copy"))
    assert on_disk() == {}


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("My Model (2).pth", "my-model-2"),
        ("模型.pth", "imported"),
        ("best_model.v1.pth", "best_model.v1"),
        ("x" * 90 + ".pth", "x" * 64),
        ("-rf.pth", "rf"),
    ],
)
def test_a_name_is_made_from_the_files(tmp_path: Path, file: str, name: str) -> None:
    (tmp_path / file).write_bytes(ASTEROID.read_bytes())
    assert bring_in(Request(tmp_path / file)).card.name == name


@pytest.mark.parametrize(
    "name", ["..", ".hidden", "a/b", "a\\b", "", " ", "a b", "-rf", "nul", "CON.x", "a.", "x" * 65, "ä", "a\n", "a\0"]
)
def test_a_name_that_no_folder_should_have_is_refused(name: str) -> None:
    with pytest.raises(BadRequest, match="cannot be named"):
        own_models.check_name(name)
    with pytest.raises(BadRequest, match="You have no model"):
        own_models.remove(name)
    assert on_disk() == {}


@pytest.mark.parametrize("name", ["came-along", "Came-Along"])
def test_what_came_with_the_program_can_be_neither_hidden_nor_removed(name: str) -> None:
    with pytest.raises(BadRequest, match="came with the program"):
        bring_in(Request(ASTEROID, name=name, overwrite=True))
    with pytest.raises(BadRequest, match="came with the program"):
        own_models.remove(name)
    assert library.card("came-along")


@pytest.mark.parametrize("name", ["mine", "Mine"])
def test_a_taken_name_is_refused_and_the_model_stays_as_it_was(name: str) -> None:
    bring_in(Request(ASTEROID, name="mine"))
    before = on_disk()
    with pytest.raises(BadRequest, match="'mine' already"):
        bring_in(Request(ONE_SOURCE, name=name))
    assert on_disk() == before


def test_overwriting_replaces_the_whole_model() -> None:
    old = library.load(bring_in(Request(ASTEROID, name="mine")).card)
    card = bring_in(Request(ONE_SOURCE, name="mine", overwrite=True)).card
    assert library.card("mine").sources == ("speech",)
    assert library.load(card) is not old
    assert sorted(on_disk()) == ["mine/card.json", "mine/weights.safetensors"]


def test_a_failed_import_leaves_nothing_and_harms_nothing(tmp_path: Path) -> None:
    bring_in(Request(ASTEROID, name="mine"))
    before = on_disk()
    (tmp_path / "bad.pth").write_bytes(ASTEROID.read_bytes()[:-100])
    for name, overwrite in (("mine", True), ("other", False)):
        with pytest.raises(ModelError):
            bring_in(Request(tmp_path / "bad.pth", name=name, overwrite=overwrite))
    assert on_disk() == before
    assert [path.name for path in places.user_models().iterdir()] == ["mine"]


def test_when_the_last_step_fails_the_old_model_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    bring_in(Request(ASTEROID, name="mine"))
    before, rename = on_disk(), Path.rename

    def full(self: Path, target: Path) -> Path:
        if target == places.user_models() / "mine" and self.name == "mine":
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(UnwritableOutput, match="No space left"):
        bring_in(Request(ONE_SOURCE, name="mine", overwrite=True))
    assert on_disk() == before


def test_a_place_that_cannot_be_written_is_named() -> None:
    places.user_models().parent.mkdir(parents=True)
    places.user_models().write_text("a file where the folder should be")
    with pytest.raises(UnwritableOutput, match="cannot be changed"):
        bring_in(Request(ASTEROID, name="mine"))


def test_only_what_killed_programs_left_behind_is_swept() -> None:
    root = places.user_models()
    for name in (".staging-old", ".staging-new", ".other"):
        (root / name / "x").mkdir(parents=True)
    os.utime(root / ".staging-old", (0, 0))
    os.utime(root / ".other", (0, 0))
    bring_in(Request(ASTEROID, name="mine"))
    assert sorted(path.name for path in root.iterdir()) == [".other", ".staging-new", "mine"]
    assert [card.name for card in library.cards()] == ["came-along", "mine"]


def test_a_removed_model_is_gone_even_if_it_was_broken() -> None:
    bring_in(Request(ASTEROID, name="mine"))
    (places.user_models() / "mine" / "card.json").write_text("{")
    own_models.remove("mine")
    assert list(places.user_models().iterdir()) == []
    assert library.problems() == []


def test_removing_a_linked_model_leaves_what_it_links_to(tiny_model: Models) -> None:
    source = tiny_model(name="elsewhere").folder
    places.user_models().mkdir(parents=True)
    (places.user_models() / "linked").symlink_to(source)
    own_models.remove("linked")
    assert not (places.user_models() / "linked").exists()
    assert (source / "card.json").is_file()
