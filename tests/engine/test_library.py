import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from tasnet_gui import places
from tasnet_gui.domain import BadRequest, ModelCard, ModelError
from tasnet_gui.engine import library

Models = Callable[..., ModelCard]


@pytest.fixture
def own(tiny_model: Models) -> Callable[..., ModelCard]:
    """`own(name)`: a model among the person's own."""

    def make(name: str, **config: object) -> ModelCard:
        shutil.copytree(tiny_model(name=name, **config).folder, places.user_models() / name)
        return library.card(name)

    return make


@pytest.fixture(autouse=True)
def _nothing_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "shipped", lambda folder: tmp_path / "shipped" / folder)


def test_without_any_folder_there_are_no_models_and_no_problems() -> None:
    assert library.cards() == []
    assert library.problems() == []


def test_shipped_models_come_before_the_persons_own(tiny_model: Models, own: Models) -> None:
    own("a-mine")
    shutil.copytree(tiny_model(name="z-shipped").folder, places.shipped("models") / "z-shipped")
    assert [card.name for card in library.cards()] == ["z-shipped", "a-mine"]


def test_a_folder_without_a_model_is_nobodys_business(own: Models) -> None:
    own("good")
    (places.user_models() / "resume").mkdir()
    (places.user_models() / "notes.txt").write_text("not a model")
    assert [card.name for card in library.cards()] == ["good"]
    assert library.problems() == []


@pytest.mark.parametrize(
    "damage",
    [
        {"config": {"kernel": -3}},
        {"config": {"eps": "small"}},
        {"config": {"mask_activation": ["sigmoid"]}},
        {"parameters": []},
        {"title": None},
        {"weights": "../elsewhere.safetensors"},
        {"weights": "gone.safetensors"},
    ],
)
def test_one_bad_model_never_hides_the_others(own: Models, damage: dict[str, object]) -> None:
    own("good")
    path = own("bad").folder / "card.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | damage))
    assert [card.name for card in library.cards()] == ["good"]
    assert len(library.problems()) == 1
    with pytest.raises(ModelError):
        library.card("bad")


@pytest.mark.parametrize("text", ["", "{", "[1]", "null", '"card"', "{}"])
def test_a_card_that_is_no_card_is_a_problem(own: Models, text: str) -> None:
    (own("bad").folder / "card.json").write_text(text)
    assert library.cards() == []
    assert str(places.user_models() / "bad") in library.problems()[0]


def test_weights_without_a_card_or_without_a_byte_are_a_problem(own: Models) -> None:
    (own("no-card").folder / "card.json").unlink()
    (own("no-weights").folder / "weights.safetensors").write_bytes(b"")
    assert library.cards() == []
    assert len(library.problems()) == 2


def test_of_two_models_with_one_name_the_shipped_one_counts(tiny_model: Models, own: Models) -> None:
    own("twin", blocks=2)
    shutil.copytree(tiny_model(name="twin").folder, places.shipped("models") / "twin", dirs_exist_ok=True)
    (only,) = library.cards()
    assert only.folder == places.shipped("models") / "twin"
    assert library.card("twin").folder == only.folder
    assert "hidden" in library.problems()[0]


@pytest.mark.parametrize("part", ["", "card.json", "weights.safetensors"])
def test_a_model_is_found_by_its_folder_or_a_file_in_it(tiny_model: Models, part: str) -> None:
    card = tiny_model()
    assert library.card(card.folder / part).sha256 == card.sha256


def test_an_unknown_model_is_refused_with_the_names_that_there_are(own: Models) -> None:
    own("good")
    for wanted in ("nope", "", ".", "/", "no/where"):
        with pytest.raises(BadRequest, match="good"):
            library.card(wanted)


def test_the_second_load_costs_nothing_until_unloaded(tiny_model: Models) -> None:
    card = tiny_model()
    first = library.load(card)
    assert library.load(card) is first
    library.unload()
    assert library.load(card) is not first


def test_a_loaded_network_is_ready_to_compute(tiny_model: Models) -> None:
    net = library.load(tiny_model())
    assert not net.training
    assert not any(weight.requires_grad for weight in net.parameters())
    assert net(torch.zeros(1, 100)).shape == (1, 2, 100)


def test_damaged_weights_do_not_load_and_are_not_remembered(tiny_model: Models) -> None:
    card = tiny_model()
    weights = card.folder / card.weights
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(ModelError, match="damaged"):
        library.load(card)
    weights.write_bytes(whole)
    library.load(card)


def test_listing_models_needs_no_torch() -> None:
    code = (
        "import sys; from tasnet_gui.engine import device, library, separate;"
        "library.cards(); library.problems(); print('torch' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
