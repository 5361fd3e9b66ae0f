import errno
import json
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from torch import Tensor

from tasnet_gui.domain import SOURCES, ModelCard, ModelError
from tasnet_gui.nets import checkpoint
from tasnet_gui.nets.cards import LARGEST_CARD, read_card
from tasnet_gui.nets.conv_tasnet import ConvTasNet

Nets = Callable[..., ConvTasNet]
Models = Callable[..., ModelCard]
MIXTURE = 0.3 * torch.randn(1, 777, generator=torch.Generator().manual_seed(0))
SUFFIX = ".safetensors"


@pytest.mark.parametrize("values", [{}, {"causal": True}, {"skip": 0}, {"sources": 1, "mixture_consistency": False}])
def test_what_is_loaded_says_exactly_what_was_saved(tiny_net: Nets, tmp_path: Path, values: dict[str, Any]) -> None:
    net = tiny_net(**values)
    card = checkpoint.save(net, tmp_path / "mine", title="Mine", licence="CC0-1.0", scores={"si_sdr": 9.5})
    loaded = checkpoint.load(card)
    assert torch.equal(loaded(MIXTURE), net(MIXTURE))
    assert loaded.config == net.config
    assert not loaded.training
    assert (card.name, card.title, card.licence, card.scores) == ("mine", "Mine", "CC0-1.0", {"si_sdr": 9.5})
    assert card.sources == SOURCES[: net.config.sources]
    assert card.parameters == sum(value.numel() for value in net.parameters())
    assert read_card(tmp_path / "mine") == card


def test_half_precision_is_half_as_large_and_close(tiny_net: Nets, tmp_path: Path) -> None:
    net = tiny_net(filters=128)
    whole = checkpoint.save(net, tmp_path / "whole", title="")
    half = checkpoint.save(net, tmp_path / "half", title="", dtype=torch.float16)
    sizes = [(card.folder / card.weights).stat().st_size for card in (whole, half)]
    assert sizes[1] < 0.7 * sizes[0]
    loaded = checkpoint.load(half)
    assert {value.dtype for value in loaded.parameters()} == {torch.float32}
    torch.testing.assert_close(loaded(MIXTURE), net(MIXTURE), rtol=0, atol=2e-3)


def test_saving_again_replaces_whole_files_only(tiny_net: Nets, tmp_path: Path) -> None:
    checkpoint.save(tiny_net(), tmp_path / "mine", title="First")
    card = checkpoint.save(tiny_net(seed=1), tmp_path / "mine", title="Second")
    assert sorted(path.name for path in card.folder.iterdir()) == ["card.json", "weights.safetensors"]
    assert torch.equal(checkpoint.load(card)(MIXTURE), tiny_net(seed=1)(MIXTURE))


def test_a_loaded_network_outlives_its_file(tiny_model: Models) -> None:
    card = tiny_model()
    net = checkpoint.load(card)
    before = net(MIXTURE)
    (card.folder / card.weights).write_bytes(b"")  # a map of the file would end the program here
    assert torch.equal(net(MIXTURE), before)


def test_a_loaded_network_can_learn_on(tiny_model: Models) -> None:
    net = checkpoint.load(tiny_model())
    net(MIXTURE).square().sum().backward()
    assert all(value.requires_grad and value.grad is not None for value in net.parameters())


def written(card: ModelCard, content: bytes) -> ModelCard:
    """The model with other bytes for weights, and a card that vouches for them."""
    (card.folder / card.weights).write_bytes(content)
    return replace(card, sha256=checkpoint.sha256_of(card.folder / card.weights))


def changed(card: ModelCard, change: Callable[[dict[str, Tensor]], object]) -> ModelCard:
    tensors = safetensors.torch.load_file(card.folder / card.weights)
    change(tensors)
    return written(card, safetensors.torch.save(tensors))


@pytest.mark.parametrize("place", [0, 8, 100, -1])
def test_one_flipped_bit_is_found(tiny_model: Models, place: int) -> None:
    card = tiny_model()
    content = bytearray((card.folder / card.weights).read_bytes())
    content[place] ^= 1
    (card.folder / card.weights).write_bytes(content)
    with pytest.raises(ModelError, match=f"damaged.*{card.sha256[:12]}"):
        checkpoint.load(card)


def test_weights_that_may_not_be_read_are_told_in_a_sentence(
    tiny_model: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = tiny_model()
    opened = Path.open

    def refused(path: Path, *how: Any, **more: Any) -> Any:
        if path == card.folder / card.weights:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return opened(path, *how, **more)

    monkeypatch.setattr(Path, "open", refused)  # root may read anything
    with pytest.raises(
        ModelError, match=r"weights of tiny cannot be read: .*safetensors \(Permission denied\)\. Allow"
    ):
        checkpoint.load(card)


def test_missing_weights_are_named(tiny_model: Models) -> None:
    card = tiny_model()
    (card.folder / card.weights).unlink()
    with pytest.raises(ModelError, match=f"missing: .*weights{SUFFIX}"):
        checkpoint.load(card)


def header(text: bytes) -> bytes:
    return struct.pack("<Q", len(text)) + text


def claiming(offsets: list[tuple[int, int]]) -> bytes:
    """Two float32 tensors of four numbers that lie where `offsets` say, in 32 bytes."""
    tensors = {
        name: {"dtype": "F32", "shape": [4], "data_offsets": pair} for name, pair in zip("ab", offsets, strict=True)
    }
    return header(json.dumps(tensors).encode()) + bytes(32)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 7,
        struct.pack("<Q", 1 << 62),
        struct.pack("<Q", 1 << 40) + b"{}",
        header(b"{"),
        header(b"[" * 10_000),
        header(b'{"a":{"dtype":"F32","shape":[1099511627776],"data_offsets":[0,4398046511104]}}'),
        claiming([(0, 16), (8, 24)]),
        claiming([(0, 16), (0, 16)]),
        claiming([(16, 32), (32, 48)]),
        b"PK\x03\x04" + bytes(100),
    ],
    ids=[
        "0 bytes",
        "shorter than its length",
        "a header of exabytes",
        "a header of terabytes",
        "half a header",
        "deep header",
        "a tensor of terabytes",
        "overlapping",
        "twice the same",
        "behind the end",
        "a zip",
    ],
)
def test_what_is_no_safetensors_is_refused_though_its_hash_is_right(tiny_model: Models, content: bytes) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        checkpoint.load(written(tiny_model(), content))


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.99])
def test_truncated_weights_are_refused_though_their_hash_is_right(tiny_model: Models, kept: float) -> None:
    card = tiny_model()
    content = (card.folder / card.weights).read_bytes()
    with pytest.raises(ModelError, match="cannot be read"):
        checkpoint.load(written(card, content[: int(kept * len(content))]))


def test_a_pickle_with_another_name_is_refused_and_not_run(tiny_model: Models, tmp_path: Path) -> None:
    trace = tmp_path / "it-ran"
    program = f"cpathlib\nPath.touch\n(cpathlib\nPath\n(S{str(trace)!r}\ntRtR.".encode()  # Path(trace).touch()
    with pytest.raises(ModelError, match="cannot be read"):
        checkpoint.load(written(tiny_model(), program))
    torch.save(_Touching(trace), tmp_path / "saved.pt")
    with pytest.raises(ModelError, match="cannot be read"):
        checkpoint.load(written(tiny_model(), (tmp_path / "saved.pt").read_bytes()))
    assert not trace.exists()


class _Touching:
    """A pickle of this touches a file when it is opened."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.trace,)


NAME = "separator.bottleneck.weight"  # 8 x 32


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda t: t.pop(NAME), f"lack {NAME}"),
        (lambda t: t.update(extra=torch.ones(2)), "hold extra, unknown to its config"),
        (lambda t: t.update({NAME: torch.ones(32, 8)}), r"shape \(32, 8\); its config asks for \(8, 32\)"),
        (lambda t: t.update({NAME: torch.ones(8, 32, dtype=torch.int32)}), "holds int32 values"),
        (lambda t: t.update({NAME: torch.ones(8, 32, dtype=torch.bool)}), "holds bool values"),
        (lambda t: t[NAME].view(-1)[7].fill_(torch.nan), "not finite"),
        (lambda t: t[NAME].view(-1)[7].fill_(-torch.inf), "not finite"),
        (lambda t: t.update({NAME: torch.full((8, 32), 1e300, dtype=torch.float64)}), "not finite"),  # in float32
    ],
)
def test_weights_that_disagree_with_the_card_are_refused_with_the_reason(
    tiny_model: Models, change: Callable[[dict[str, Tensor]], object], sentence: str
) -> None:
    with pytest.raises(ModelError, match=sentence):
        checkpoint.load(changed(tiny_model(), change))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_weights_of_every_floating_kind_load_as_float32(tiny_model: Models, dtype: torch.dtype) -> None:
    def convert(tensors: dict[str, Tensor]) -> None:
        tensors.update({name: value.to(dtype) for name, value in tensors.items()})

    net = checkpoint.load(changed(tiny_model(), convert))
    assert {value.dtype for value in net.parameters()} == {torch.float32}


def test_a_card_cannot_make_the_memory_burst(tiny_model: Models) -> None:
    card = tiny_model()
    for size in ("filters", "hidden", "kernel"):  # together 4 TiB of weights
        card = replace(card, config={**card.config, size: 1 << 20})
    with pytest.raises(ModelError, match="shape"):
        checkpoint.load(card)


def test_weights_larger_than_any_of_its_config_are_not_even_read(tiny_model: Models) -> None:
    card = tiny_model()
    with (card.folder / card.weights).open("r+b") as file:
        file.truncate(1 << 36)  # a sparse file: hashing it would take minutes
    with pytest.raises(ModelError, match=f"{1 << 36} bytes"):
        checkpoint.load(card)


def test_a_card_of_another_config_is_refused(tiny_model: Models) -> None:
    causal, plain = tiny_model(causal=True, blocks=2), tiny_model(blocks=3)
    with pytest.raises(ModelError, match=r"separator\.blocks"):
        checkpoint.load(replace(causal, config=plain.config))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"config": {"kernel": -3}}, "kernel must be"),
        ({"config": {"rate": 8000}}, "says 16000 Hz, its config 8000 Hz"),
        ({"rate": "16000"}, "no usable field 'rate'"),
        ({"title": None}, "no usable field 'title'"),
        ({"parameters": []}, "no usable field 'parameters'"),
        ({"scores": "good"}, "no usable field 'scores'"),
        ({"weights": "../weights.safetensors"}, "points outside its folder"),
        ({"weights": "/weights.safetensors"}, "points outside its folder"),
        ({"weights": ""}, "points outside its folder"),
    ],
)
def test_a_card_that_says_something_impossible_is_refused(
    tiny_model: Models, change: dict[str, Any], sentence: str
) -> None:
    path = tiny_model().folder / "card.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ModelError, match=sentence):
        read_card(path.parent)


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100_000, '{"name": 1e999}', " " * (LARGEST_CARD + 1)])
def test_what_is_no_card_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "card.json").write_text(text)
    with pytest.raises(ModelError, match=r"card\.json"):
        read_card(tmp_path)
