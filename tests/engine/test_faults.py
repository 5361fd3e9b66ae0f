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
from tasnet_gui.engine.separate import separate
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
