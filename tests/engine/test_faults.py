"""A GPU that runs out of memory or fails, played by the CPU under another name."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tasnet_gui.domain import DeviceError, ModelCard, ModelError, Recording, Samples
from tasnet_gui.engine import device, fast, library, stream
from tasnet_gui.engine.codec import Codec
from tasnet_gui.engine.device import Device
from tasnet_gui.engine.folding import FoldedNet, fold
from tasnet_gui.engine.separate import separate, separating
from tasnet_gui.nets.conv_tasnet import ConvTasNet

Models = Callable[..., ModelCard]
Sounds = Callable[..., Samples]
Fault = Callable[[Tensor, int], Tensor]  # what the encoder says, how often it was asked -> what arrives
BOTH = pytest.mark.parametrize("causal", [False, True], ids=["non-causal", "causal"])


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`faulty(fault)`: there is a GPU, and this happens to what its encoder says."""

    def install(fault: Fault, where: str = "cuda") -> None:
        load, encode = library.load, Codec.encode
        faults: dict[Any, Callable[[Tensor], Tensor]] = {}  # by encoder, by folded network

        def load_faulty(model: ModelCard, name: str = "cpu") -> ConvTasNet:
            net, asked = copy.deepcopy(load(model, "cpu")), 0

            def hook(_module: Any, _given: Any, w: Tensor) -> Tensor:
                nonlocal asked
                asked += 1
                return fault(w, asked)

            if name == where:
                net.encoder.register_forward_hook(hook)
                faults[net.encoder] = lambda w: hook(None, None, w[None])[0]
            return net

        def fold_faulty(net: ConvTasNet) -> FoldedNet:
            folded = fold(net)
            faults[id(folded)] = faults.get(net.encoder, lambda w: w)
            return folded

        monkeypatch.setattr(library, "load", load_faulty)
        for module in (fast, stream):
            monkeypatch.setattr(module, "fold", fold_faulty)
        monkeypatch.setattr(Codec, "encode", lambda codec, sound: faults[id(codec.net)](encode(codec, sound)))
        monkeypatch.setattr(device, "choose", lambda wanted: Device("cuda" if wanted == "auto" else wanted))

    return install


def out_of_memory(_: Tensor, __: int) -> Tensor:
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.")


def too_long(seconds: float) -> Fault:
    def fault(w: Tensor, asked: int) -> Tensor:
        return w if w.shape[1] * 8 <= seconds * 16_000 else out_of_memory(w, asked)

    return fault


def from_the(nth: int, fault: Fault) -> Fault:
    return lambda w, asked: fault(w, asked) if asked >= nth else w


def broken(_: Tensor, __: int) -> Tensor:
    raise RuntimeError("CUDA error: unspecified launch failure\nCompile with TORCH_USE_CUDA_DSA.")


def not_a_number(w: Tensor, _: int) -> Tensor:
    return torch.full_like(w, torch.nan)


def of_another_kind(_: Tensor, __: int) -> Tensor:
    raise TypeError("Cannot convert a MPS Tensor to float64 dtype")


@BOTH
def test_a_healthy_gpu_is_used_and_needs_no_note(
    tiny_model: Models, hiss: Sounds, faulty: Callable[..., None], causal: bool
) -> None:
    faulty(lambda w, _: w)
    result = separate(Recording(hiss(), 16_000), tiny_model(causal))
    assert (result.device, result.device_note) == ("cuda", "")


@BOTH
def test_a_gpu_with_little_memory_gets_shorter_pieces(
    tiny_model: Models, hiss: Sounds, faulty: Callable[..., None], causal: bool
) -> None:
    given, card = Recording(hiss(16_000, 40.0), 16_000), tiny_model(causal)
    expected = separate(given, card, device="cpu").speech
    faulty(too_long(13.0))
    result = separate(given, card)
    assert (result.device, result.device_note) == ("cuda", "")
    difference = np.std(result.speech - expected) / np.std(expected)
    assert difference < (1e-5 if causal else 0.01)


def test_a_gpu_separates_several_pieces_at_once_and_says_the_same(
    tiny_model: Models, hiss: Sounds, faulty: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasnet_gui.engine.separate.length", lambda *_: 4)
    given, card, sizes = Recording(hiss(48_000, 40.0, 2), 48_000), tiny_model(), []
    expected = separate(given, card, device="cpu")
    faulty(lambda w, _: sizes.append(len(w)) or w)
    result = separate(given, card)
    assert result.device == "cuda"
    assert result.notes == expected.notes
    assert sizes == [2, 2 * 8, 2]  # two channels of the first piece, of eight in the middle, and of the last
    np.testing.assert_allclose(result.speech, expected.speech, rtol=0, atol=1e-5)


def test_a_gpu_too_small_for_several_pieces_gets_fewer_at_once(
    tiny_model: Models, hiss: Sounds, faulty: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasnet_gui.engine.separate.length", lambda *_: 4)
    given, card = Recording(hiss(16_000, 40.0), 16_000), tiny_model()
    expected = separate(given, card, device="cpu").speech
    sizes: list[int] = []

    def fault(w: Tensor, asked: int) -> Tensor:
        sizes.append(len(w))
        return w if len(w) <= 3 else out_of_memory(w, asked)

    faulty(fault)
    result = separate(given, card)
    assert (result.device, result.device_note) == ("cuda", "")
    assert sizes == [1, 8, 4, 2, 2, 2, 2, 1]
    np.testing.assert_allclose(result.speech, expected, rtol=0, atol=1e-5)


def test_bfloat16_on_a_gpu_is_nearly_the_same_and_ends_with_the_job(
    tiny_model: Models, hiss: Sounds, faulty: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    autocast = torch.autocast
    monkeypatch.setattr(torch, "autocast", lambda _, dtype: autocast("cpu", dtype=dtype))  # the CPU plays the GPU
    given, card = Recording(hiss(), 16_000), tiny_model()
    expected = separate(given, card, device="cpu").speech
    faulty(lambda w, _: w)
    for _ in separating(given, card, bf16=True):
        assert not torch.is_autocast_enabled("cpu")
    result = separate(given, card, bf16=True).speech
    error = 20 * np.log10(np.std(result - expected) / np.std(expected))
    assert -80 < error < -30


@BOTH
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (out_of_memory, "memory is too small"),
        (from_the(2, out_of_memory), "memory is too small"),
        (broken, "unspecified launch failure)"),
        (from_the(3, broken), "unspecified launch failure)"),
        (not_a_number, "not numbers"),
        (from_the(2, not_a_number), "not numbers"),
        (of_another_kind, "float64"),
    ],
)
def test_when_the_gpu_fails_the_cpu_takes_over_and_says_why(
    tiny_model: Models,
    hiss: Sounds,
    faulty: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    causal: bool,
    fault: Fault,
    reason: str,
) -> None:
    monkeypatch.setattr("tasnet_gui.engine.separate.length", lambda *_: 4)
    given, card = Recording(hiss(16_000, 15.0), 16_000), tiny_model(causal)
    expected = separate(given, card, device="cpu").speech
    faulty(fault)
    result = separate(given, card)
    assert result.device == "cpu"
    assert reason in result.device_note
    np.testing.assert_allclose(result.speech, expected, rtol=0, atol=1e-6)


class Lost(Tensor):
    """A tensor on a GPU that answers no more: every touch of it is an error."""

    @classmethod
    def __torch_function__(cls, *_: object) -> Any:
        raise RuntimeError("CUDA error: an illegal memory access was encountered")


def lose(streamer: stream.Streamer) -> None:
    """All that a streamer holds is lost, as after the errors that CUDA repeats until the process ends."""
    streamer._pending, streamer._overlap = (part.as_subclass(Lost) for part in (streamer._pending, streamer._overlap))
    streamer._causal.sums = streamer._causal.sums.as_subclass(Lost)
    for past in streamer._causal.pasts:
        past.rows = past.rows.as_subclass(Lost)


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_gpu_that_is_lost_takes_nothing_along_that_a_causal_model_remembers(
    tiny_model: Models, hiss: Sounds, faulty: Callable[..., None], monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    made: list[stream.Streamer] = []

    class Noted(stream.Streamer):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            made.append(self)

    def lost(w: Tensor, asked: int) -> Tensor:
        lose(made[-1])
        return broken(w, asked)

    monkeypatch.setattr("tasnet_gui.engine.separate.length", lambda *_: 4)
    monkeypatch.setattr("tasnet_gui.engine.compute.Streamer", Noted)
    given, card = Recording(hiss(16_000, 15.0), 16_000), tiny_model(causal=True)
    expected = separate(given, card, device="cpu").speech
    faulty(from_the(nth, lost))
    result = separate(given, card)
    assert result.device == "cpu"
    assert "unspecified launch failure" in result.device_note
    np.testing.assert_allclose(result.speech, expected, rtol=0, atol=1e-6)


@BOTH
def test_a_model_that_does_not_fit_onto_the_gpu_runs_on_the_cpu(
    tiny_model: Models, hiss: Sounds, faulty: Callable[..., None], monkeypatch: pytest.MonkeyPatch, causal: bool
) -> None:
    faulty(broken)
    load = library.load

    def too_large(model: ModelCard, name: str = "cpu") -> ConvTasNet:
        return load(model) if name == "cpu" else out_of_memory(torch.zeros(1), 1)

    monkeypatch.setattr(library, "load", too_large)
    result = separate(Recording(hiss(), 16_000), tiny_model(causal))
    assert result.device == "cpu"
    assert "does not fit" in result.device_note


@BOTH
def test_an_answer_that_is_no_number_on_the_cpu_is_the_models_fault(
    tiny_model: Models, hiss: Sounds, faulty: Callable[..., None], causal: bool
) -> None:
    faulty(not_a_number, where="cpu")
    with pytest.raises(ModelError, match=r"tiny.*not numbers.*another model"):
        separate(Recording(hiss(), 16_000), tiny_model(causal), device="cpu")


@BOTH
def test_a_cpu_without_memory_is_told_in_a_sentence(
    tiny_model: Models, hiss: Sounds, faulty: Callable[..., None], causal: bool
) -> None:
    def exhausted(_: Tensor, __: int) -> Tensor:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes.")

    faulty(exhausted, where="cpu")
    with pytest.raises(DeviceError, match="not enough memory"):
        separate(Recording(hiss(), 16_000), tiny_model(causal), device="cpu")


def test_an_error_of_the_programs_own_is_not_dressed_up(
    tiny_model: Models, hiss: Sounds, faulty: Callable[..., None]
) -> None:
    faulty(broken, where="cpu")
    with pytest.raises(RuntimeError, match="launch failure"):
        separate(Recording(hiss(), 16_000), tiny_model(), device="cpu")
