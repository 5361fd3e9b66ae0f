import builtins
import sys
import warnings
from typing import Any

import pytest
import torch

from tasnet_gui.domain import BadRequest, DeviceError
from tasnet_gui.engine import device


@pytest.fixture
def cuda(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`cuda(built=..., available=..., warning=..., works=...)`: what torch will say of CUDA."""

    def pretend(built: bool = True, available: bool = True, warning: str = "", works: bool = True) -> None:
        def is_available() -> bool:
            if warning:
                warnings.warn(warning, stacklevel=1)
            return available

        def ones(*_: object, **__: object) -> torch.Tensor:
            if works:
                return torch.zeros(1)
            raise RuntimeError("CUDA error: no kernel image is available.\nMore lines.")

        monkeypatch.setattr(sys, "platform", "linux")
        monkeypatch.setattr(torch.backends.cuda, "is_built", lambda: built)
        monkeypatch.setattr(torch.cuda, "is_available", is_available)
        monkeypatch.setattr(torch, "ones", ones)

    return pretend


def test_the_cpu_is_always_there_and_needs_no_reason() -> None:
    assert device.choose("cpu") == device.Device("cpu")


def test_auto_takes_a_gpu_that_works(cuda: Any) -> None:
    cuda()
    assert device.choose("auto") == device.Device("cuda")
    assert device.choose("cuda") == device.Device("cuda")


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ({"built": False}, "without CUDA"),
        ({"available": False}, "No NVIDIA GPU"),
        ({"available": False, "warning": "The NVIDIA driver on your system is too old (found 10010)"}, "too old"),
        ({"works": False}, "no kernel image is available)"),
    ],
)
def test_without_a_usable_gpu_auto_says_why_and_cuda_is_refused(cuda: Any, state: Any, reason: str) -> None:
    cuda(**state)
    chosen = device.choose("auto")
    assert chosen.name == "cpu"
    assert reason in chosen.note
    with pytest.raises(DeviceError, match="cpu, or auto"):
        device.choose("cuda")


def test_auto_looks_for_apples_gpu_on_a_mac(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(torch.backends.mps, "is_built", lambda: True)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert device.choose("auto") == device.Device("mps")


def test_an_unknown_device_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadRequest, match="auto, cpu, cuda, mps"):
        device.choose("gpu")


@pytest.mark.parametrize("error", [ImportError("No module named 'torch'"), OSError("libc10.so: cannot open")])
def test_a_missing_or_broken_torch_is_named_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    true_import = builtins.__import__

    def failing(name: str, *rest: Any, **more: Any) -> Any:
        if name == "torch":
            raise error
        return true_import(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", failing)
    with pytest.raises(DeviceError, match="pip install"):
        device.choose("cpu")


def test_one_physical_core_is_left_to_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    for cores, threads in ((1, 1), (2, 1), (8, 7)):
        monkeypatch.setattr(device, "physical_cores", lambda cores=cores: cores)
        assert device.thread_count() == threads
    assert device.thread_count(5) == 5


def test_hyper_threads_of_one_core_count_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    monkeypatch.setattr(device, "_siblings", lambda cpu: f"{cpu % 2},{cpu % 2 + 2}")
    assert device.physical_cores() == 2


@pytest.mark.parametrize("threads", [0, -1])
def test_less_than_one_thread_is_refused(threads: int) -> None:
    with pytest.raises(BadRequest):
        device.thread_count(threads)
