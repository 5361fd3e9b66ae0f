"""What can be trained by name: a network and how it is trained, as data."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from tasnet_gui.domain import BadRequest
from tasnet_gui.nets.config import ConvTasNetConfig
from tasnet_gui.training.mixing import Mixing


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a training run, apart from the corpus and the machine."""

    net: ConvTasNetConfig
    steps: int = 20_000
    batch: int = 8
    frames: int = 32_704  # samples per mixture; with L 128 just 512 frames, a multiple of the largest dilation
    optimiser: str = "adamw"  # one of training.optimisers.OPTIMISERS
    rate: float = 1e-3  # learning rate
    warm_up: int = 300  # steps
    decay: float = 0.5  # the last part of the steps over which the rate falls to 0
    weight_decay: float = 1e-2
    clip: float = 5.0  # gradient norm
    ema: float = 0.999  # decay of the averaged weights, which are validated and shipped
    loss: str = "snr"
    spectral: float = 0.0  # weight of the spectral loss, in dB per unit
    seed: int = 1
    mixing: Mixing = field(default_factory=Mixing)

    def learning_rate(self, step: int) -> float:
        """Linear warm-up, a plateau, linear decay to 0 at the last step."""
        warm = min(1.0, (step + 1) / self.warm_up)
        left = (self.steps - step) / max(1.0, self.decay * self.steps)
        return self.rate * warm * min(1.0, max(0.0, left))

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for a card or a checkpoint."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The recipe that `as_dict` wrote."""
        mixing: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in values["mixing"].items()
        }
        net = ConvTasNetConfig.from_dict(values["net"])
        return cls(**{**values, "net": net, "mixing": Mixing(**mixing)})


_SMALL = ConvTasNetConfig(
    filters=256, kernel=128, stride=64, bottleneck=96, hidden=256, skip=96, block_kernel=3, blocks=7, repeats=2
)
_BASE = ConvTasNetConfig(
    filters=384, kernel=128, stride=64, bottleneck=128, hidden=384, skip=128, block_kernel=3, blocks=7, repeats=2
)
_PAPER = ConvTasNetConfig()  # Table I of the paper, L doubled for 16 kHz

_NETS = {"small": _SMALL, "base": _BASE, "paper": _PAPER}


def _presets() -> dict[str, Recipe]:
    plain = {name: Recipe(net) for name, net in _NETS.items()}
    causal = {f"{name}-causal": Recipe(replace(net, causal=True, norm="cLN")) for name, net in _NETS.items()}
    return plain | causal


PRESETS: dict[str, Recipe] = _presets()


def preset(name: str) -> Recipe:
    """The recipe of that name.

    Raises:
        BadRequest: there is none; the message lists those there are.
    """
    if name not in PRESETS:
        raise BadRequest(f"There is no preset {name!r}. Choose one of {', '.join(PRESETS)}.")
    return PRESETS[name]
