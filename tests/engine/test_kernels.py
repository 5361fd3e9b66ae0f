from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor

from tasnet_gui.domain import BadRequest
from tasnet_gui.engine import kernels
from tasnet_gui.engine.kernels import VARIABLE, Fused, Plain, Setting


@pytest.fixture(autouse=True)
def _tried_afresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv(VARIABLE, raising=False)
    _forget()
    yield
    _forget()


def _forget() -> None:
    kernels._tried.cache_clear()
    kernels._chosen.cache_clear()


class Rounding(Plain):
    """Multiplies in bfloat16, as some processors do when they are allowed to."""

    name, about = "rounding", "for tests"

    def product(self, x: Tensor, weight: Tensor, out: Tensor) -> Tensor:
        return out.copy_(x.bfloat16() @ weight.bfloat16())


class Missing(Plain):
    name, about = "missing", "for tests"

    def __init__(self) -> None:
        torch.ops.tasnet.no_such_operator.default  # noqa: B018 - the look-up is what fails


class Refusing(Plain):
    name, about = "refusing", "for tests"

    def affine(self, *_: Any) -> Tensor:
        raise RuntimeError("could not create a primitive\nwith details")


@pytest.mark.parametrize(
    ("kind", "trouble"),
    [(Rounding, "off by"), (Missing, "no_such_operator"), (Refusing, "could not create a primitive")],
)
def test_a_kernel_that_is_missing_or_wrong_is_never_used(
    monkeypatch: pytest.MonkeyPatch, kind: type[Plain], trouble: str
) -> None:
    monkeypatch.setattr(kernels, "KERNELS", (kind, Plain))
    assert type(kernels.best()) is Plain
    first, second = kernels.trials()
    assert trouble in first.trouble
    assert "\n" not in first.trouble
    assert not second.trouble


def test_plain_products_work_everywhere() -> None:
    trial = next(trial for trial in kernels.trials() if trial.name == "plain")
    assert not trial.trouble
    assert trial.error <= kernels.EXACT
    assert trial.gflops > 0


@pytest.mark.parametrize(("slow", "chosen"), [(1.05, "fused"), (2.0, "plain")])
def test_the_fastest_is_used_but_not_for_a_hair(monkeypatch: pytest.MonkeyPatch, slow: float, chosen: str) -> None:
    class Similar(Plain):
        name = "fused"

    monkeypatch.setattr(kernels, "KERNELS", (Similar, Plain))
    monkeypatch.setattr(kernels, "_speed", lambda kernel: 100.0 if type(kernel) is Plain else 100.0 / slow)
    assert kernels.best().name == chosen


def test_the_environment_forces_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "_speed", lambda kernel: 1.0 if type(kernel) is Plain else 100.0)
    monkeypatch.setenv(VARIABLE, "plain")
    assert kernels.best().name == "plain"


def test_a_forced_kernel_that_does_not_work_is_refused_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "KERNELS", (Rounding, Plain))
    monkeypatch.setenv(VARIABLE, "rounding")
    with pytest.raises(BadRequest, match="off by"):
        kernels.best()
    monkeypatch.setenv(VARIABLE, "abacus")
    with pytest.raises(BadRequest, match=r"abacus.*rounding, plain"):
        kernels.best()


def test_the_setting_is_left_as_it_was() -> None:
    if any(trial.name == "onednn" and trial.trouble for trial in kernels.trials()):
        return  # this torch has none
    matmul: Any = torch.backends.mkldnn.matmul  # type: ignore[attr-defined]
    before = matmul.fp32_precision
    x, out = torch.ones(32, 8), torch.empty(32, 4)
    Setting().affine(x, torch.ones(8, 4), torch.zeros(4), out, 0.5)
    assert matmul.fp32_precision == before
    with pytest.raises(RuntimeError):
        Setting().product(x, torch.ones(9, 4), out)
    assert matmul.fp32_precision == before


def test_the_names_are_those_that_may_be_forced() -> None:
    assert kernels.names() == (Setting.name, Fused.name, Plain.name)
