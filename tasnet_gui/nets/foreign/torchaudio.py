"""torchaudio's `ConvTasNet`: a bare state dict, and the constructor's arguments beside it as JSON."""

from collections.abc import Mapping
from typing import Any

from tasnet_gui.domain import ModelError
from tasnet_gui.nets.config import ConvTasNetConfig
from tasnet_gui.nets.foreign.layout import Layout, network
from tasnet_gui.nets.foreign.plain import Foreign, config_of, quoted, rate_of, whole_number

_LAYOUT = Layout(
    modules={
        "encoder": "encoder",
        "decoder": "decoder",
        "separator.norm": "mask_generator.input_norm",
        "separator.bottleneck": "mask_generator.input_conv",
        "separator.activation": "mask_generator.output_prelu",
        "separator.to_masks": "mask_generator.output_conv",
    },
    block="mask_generator.conv_layers.{}",
    parts={
        "expand": "conv_layers.0",
        "activation_1": "conv_layers.1",
        "norm_1": "conv_layers.2",
        "depthwise": "conv_layers.3",
        "activation_2": "conv_layers.4",
        "norm_2": "conv_layers.5",
        "residual": "res_out",
        "skip": "skip_out",
    },
)
_DEFAULTS: dict[str, Any] = {  # of torchaudio's constructor, for arguments that are not given
    "num_sources": 2,
    "enc_kernel_size": 16,
    "enc_num_feats": 512,
    "msk_kernel_size": 3,
    "msk_num_feats": 128,
    "msk_num_hidden_feats": 512,
    "msk_num_layers": 8,
    "msk_num_stacks": 3,
    "msk_activate": "sigmoid",
}
_ABOUT = {"sample_rate", "licence", "license"}  # may stand among the arguments
_WRAPPERS = ("module.", "model.")  # put before all names by DataParallel and by training loops


def state_of(contents: Any) -> dict[str, Any] | None:
    """The state dict in the contents of a file, if they are torchaudio's."""
    state = contents.get("state_dict", contents) if isinstance(contents, dict) else None
    if not isinstance(state, dict) or not all(isinstance(key, str) for key in state):
        return None
    for wrapper in _WRAPPERS:
        if state and all(key.startswith(wrapper) for key in state):
            state = {key.removeprefix(wrapper): value for key, value in state.items()}
    return state if any(key.startswith("mask_generator.") for key in state) else None


def read(state: Mapping[str, Any], arguments: Mapping[str, Any] | None, name: str, rate: int | None) -> Foreign:
    """The network of a state dict.

    Args:
        state: what `state_of` found.
        arguments: of the constructor; those that are not there have torchaudio's defaults.
        name: of the file, for messages.
        rate: Hz; when there is no "sample_rate" among the arguments.

    Raises:
        ModelError: the arguments are missing or impossible, or the weights do not fit them.
    """
    if arguments is None:
        raise ModelError(
            f"{name} is a state dict of torchaudio, which does not say how many blocks and repeats there are.",
            "Write the constructor's arguments into a JSON file beside it, or name one with --arguments.",
        )
    config = _config(arguments, name, rate)
    licence = arguments.get("licence", arguments.get("license"))
    return Foreign(network(config, _LAYOUT, state, name), "torchaudio", str(licence)[:200] if licence else None)


def _config(arguments: Mapping[str, Any], name: str, rate: int | None) -> ConvTasNetConfig:
    if unknown := sorted(map(str, arguments.keys() - _DEFAULTS.keys() - _ABOUT)):
        raise ModelError(
            f"The arguments of {name} have {quoted(unknown[0])}, which torchaudio's ConvTasNet does not take."
        )
    told = {**_DEFAULTS, **arguments}
    numbers = {key: whole_number(told[key], f"{key} of {name}") for key in _DEFAULTS if key != "msk_activate"}
    if numbers["msk_kernel_size"] != 3:
        raise ModelError(f"{name} has msk_kernel_size {numbers['msk_kernel_size']}; torchaudio itself runs 3 only.")
    if told["msk_activate"] not in ("sigmoid", "relu"):
        raise ModelError(f"{name} has msk_activate {quoted(told['msk_activate'])}; torchaudio knows sigmoid and relu.")
    kernel = numbers["enc_kernel_size"]
    return config_of(
        {
            "filters": numbers["enc_num_feats"],
            "kernel": kernel,
            "stride": kernel // 2,
            "bottleneck": numbers["msk_num_feats"],
            "hidden": numbers["msk_num_hidden_feats"],
            "skip": numbers["msk_num_feats"],
            "block_kernel": numbers["msk_kernel_size"],
            "blocks": numbers["msk_num_layers"],
            "repeats": numbers["msk_num_stacks"],
            "sources": numbers["num_sources"],
            "norm": "gLN",
            "encoder_activation": "linear",
            "mask_activation": told["msk_activate"],
            "mixture_consistency": False,  # as it was trained; the engine makes the outputs sum to the mixture
            "rate": rate_of(told.get("sample_rate"), rate, name),
            "padding": "centred",
        },
        name,
    )
