"""The hyper-parameters of Conv-TasNet, as data. Needs no torch, so that the window can read them at once."""

from dataclasses import asdict, dataclass, fields
from math import isfinite
from typing import Any, Literal, Self, get_args

from tasnet_gui.domain import ModelError

Norm = Literal["gLN", "cLN"]
EncoderActivation = Literal["linear", "relu"]
MaskActivation = Literal[
    "sigmoid", "relu", "softmax",  # the paper's; what follows occurs in networks of other projects
    "linear", "leaky_relu", "log_sigmoid", "tanh", "gelu", "swish", "mish",
]  # fmt: skip
Padding = Literal["framed", "centred", "none"]

LETTERS = {  # the paper's
    "filters": "N",
    "kernel": "L",
    "bottleneck": "B",
    "hidden": "H",
    "skip": "Sc",
    "block_kernel": "P",
    "blocks": "X",
    "repeats": "R",
    "sources": "C",
}


@dataclass(frozen=True)
class ConvTasNetConfig:
    """One Conv-TasNet (Luo & Mesgarani 2019, Table I); the paper's letter stands behind each field.

    Raises:
        ModelError: the values contradict each other; the message names them.
    """

    filters: int = 512  # N, basis functions of the encoder and of the decoder
    kernel: int = 32  # L, their length in samples
    stride: int = 16  # L/2 in the paper
    bottleneck: int = 128  # B
    hidden: int = 512  # H, channels inside a block
    skip: int = 128  # Sc; 0: no skip connections, the masks come from the residual path
    block_kernel: int = 3  # P
    blocks: int = 8  # X, per repeat; dilations 1, 2, ... 2^(X-1)
    repeats: int = 3  # R
    sources: int = 2  # C: speech, noise
    causal: bool = False
    norm: Norm = "gLN"
    encoder_activation: EncoderActivation = "relu"
    mask_activation: MaskActivation = "sigmoid"
    mixture_consistency: bool = True  # the outputs are projected so that they sum to the mixture
    rate: int = 16_000  # Hz
    eps: float = 1e-8  # inside the norms' square roots
    padding: Padding = "framed"  # where the frames lie over the mixture; see `frames`

    def __post_init__(self) -> None:
        """Refuse what cannot be built, rather than quietly change it."""
        self._check_values()
        if self.causal and self.norm == "gLN":
            raise ModelError("A causal network cannot use gLN, which looks at the whole recording. Choose norm cLN.")
        if self.stride > self.kernel:
            raise ModelError(f"stride {self.stride} is longer than kernel {self.kernel}: samples would be skipped.")
        if not self.causal and self.block_kernel % 2 == 0:
            raise ModelError(f"A non-causal network needs an odd block_kernel, not {self.block_kernel}.")
        if self.mask_activation == "softmax" and self.sources < 2:
            raise ModelError("A softmax over one source is always 1. Choose sigmoid or relu masks.")
        if self.mixture_consistency and self.sources < 2:
            raise ModelError("One source that sums to the mixture is the mixture. Choose no mixture_consistency.")
        if self.sources > 2:
            raise ModelError(f"The sources are speech and noise, not {self.sources}.")

    def _check_values(self) -> None:
        """Each field by itself."""
        for item in fields(self):
            value = getattr(self, item.name)
            if item.type is int:
                least, most = _LEAST.get(item.name, 1), _MOST.get(item.name, 1 << 20)
                if not isinstance(value, int) or isinstance(value, bool) or value < least:
                    raise ModelError(f"{item.name} must be a whole number of at least {least}, not {value!r}.")
                if value > most:
                    raise ModelError(f"{item.name} must be at most {most}, not {value!r}.")
            if item.type is bool and not isinstance(value, bool):
                raise ModelError(f"{item.name} must be true or false, not {value!r}.")
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise ModelError(f"{name} must be one of {', '.join(choices)}, not {getattr(self, name)!r}.")
        if not isinstance(self.eps, (float, int)) or not isfinite(self.eps) or self.eps <= 0:
            raise ModelError(f"eps must be a positive number, not {self.eps!r}.")

    @property
    def dilations(self) -> tuple[int, ...]:
        """The dilation of every block, in order, in frames."""
        return tuple(2**block for block in range(self.blocks)) * self.repeats

    @property
    def receptive_field_frames(self) -> int:
        """Frames of w that one frame of the masks depends on through the convolutions (norms see more)."""
        return 1 + (self.block_kernel - 1) * sum(self.dilations)

    @property
    def receptive_field(self) -> float:
        """The same in seconds of sound."""
        return ((self.receptive_field_frames - 1) * self.stride + self.kernel) / self.rate

    @property
    def look_ahead(self) -> float:
        """Seconds of future that one output sample depends on, the norms of a non-causal network left aside."""
        future = 0 if self.causal else (self.receptive_field_frames - 1) // 2
        return (future * self.stride + self.kernel - 1) / self.rate

    @property
    def before(self) -> int:
        """Zeros that are put before the mixture, in samples."""
        return {"framed": self.kernel - self.stride, "centred": self.kernel // 2, "none": 0}[self.padding]

    def frames(self, length: int) -> int:
        """K, the frames over a mixture of `length` samples, at least 1. The first begins `before` it.

        Framed: every sample lies under every frame that can hold it. Centred, as in torchaudio: the last frame's centre
        is at the last sample or behind it (the same for kernel = 2 stride). None, as in asteroid: whole frames of the
        mixture only; what is left of it behind them, fewer than `stride` samples, is silent in the sources.
        """
        latest = {  # how far behind the first frame the last one may begin
            "framed": length - 1 + self.before,
            "centred": length - self.kernel % 2 + self.stride - 1,
            "none": max(length, self.kernel) - self.kernel,
        }[self.padding]
        return latest // self.stride + 1

    def as_dict(self) -> dict[str, Any]:
        """Plain values for the card."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """The config of a card.

        Raises:
            ModelError: a field is unknown or its value impossible.
        """
        if unknown := set(values) - {item.name for item in fields(cls)}:
            raise ModelError(f"The model's config has unknown fields: {', '.join(sorted(map(str, unknown)))}.")
        return cls(**values)


_CHOICES: dict[str, tuple[str, ...]] = {
    "norm": get_args(Norm),
    "encoder_activation": get_args(EncoderActivation),
    "mask_activation": get_args(MaskActivation),
    "padding": get_args(Padding),
}
_LEAST = {"skip": 0, "rate": 1_000}
_MOST = {"blocks": 16, "repeats": 32, "rate": 768_000}  # a card must not ask for millions of modules
