"""asteroid's `ConvTasNet`, as its `serialize()` and its recipes write it: weights and arguments in one file.

Two names mean something else there: asteroid's "cgLN" is the paper's cLN (cumulative), and its "cLN" normalises every
frame by itself, which is neither of the paper's norms.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tasnet_gui.domain import ModelError
from tasnet_gui.nets.config import ConvTasNetConfig
from tasnet_gui.nets.foreign.layout import Layout, network
from tasnet_gui.nets.foreign.plain import Foreign, config_of, plain, quoted, rate_of, whole_number

_LAYOUT = Layout(
    modules={
        "encoder": "encoder.filterbank",
        "decoder": "decoder.filterbank",
        "separator.norm": "masker.bottleneck.0",
        "separator.bottleneck": "masker.bottleneck.1",
        "separator.activation": "masker.mask_net.0",
        "separator.to_masks": "masker.mask_net.1",
    },
    block="masker.TCN.{}",
    parts={
        "expand": "shared_block.0",
        "activation_1": "shared_block.1",
        "norm_1": "shared_block.2",
        "depthwise": "shared_block.3",
        "activation_2": "shared_block.4",
        "norm_2": "shared_block.5",
        "residual": "res_conv",
        "skip": "skip_conv",
    },
    filters="_filters",
    gain="gamma",
    bias="beta",
)
_NORMS = {"gLN": "gLN", "GlobLN": "gLN", "cgLN": "cLN", "CumLN": "cLN"}
_MASKS = ("sigmoid", "relu", "softmax", "linear", "leaky_relu", "log_sigmoid", "tanh", "gelu", "swish", "mish")
_NUMBERS = {
    "n_filters": "filters",
    "kernel_size": "kernel",
    "stride": "stride",
    "bn_chan": "bottleneck",
    "hid_chan": "hidden",
    "skip_chan": "skip",
    "conv_kernel_size": "block_kernel",
    "n_blocks": "blocks",
    "n_repeats": "repeats",
    "n_src": "sources",
}
_OTHERS = {
    "fb_name", "sample_rate", "in_chan", "out_chan", "norm_type", "mask_act", "causal", "encoder_activation",
}  # fmt: skip


def fits(contents: Any) -> bool:
    """Whether the file is asteroid's, whatever model it holds."""
    return isinstance(contents, dict) and "state_dict" in contents and "model_name" in contents


def read(contents: Mapping[str, Any], name: str, rate: int | None) -> Foreign:
    """The network in the contents of such a file.

    Args:
        contents: what `weights_only.read` gave.
        name: of the file, for messages.
        rate: Hz; for old files, which do not say it.

    Raises:
        ModelError: it is another model, or a kind of Conv-TasNet that cannot be imported; the message says why.
    """
    arguments, tensors = contents.get("model_args"), contents["state_dict"]
    if contents["model_name"] != "ConvTasNet":
        raise ModelError(f"{name} holds asteroid's {quoted(contents['model_name'])}; only ConvTasNet can be imported.")
    if not isinstance(arguments, dict) or not isinstance(tensors, Mapping):
        raise ModelError(f"{name} has no model_args.", "Save it with torch.save(model.serialize(), file) in asteroid.")
    task = contents.get("task")
    if isinstance(task, str) and task.startswith("sep_"):
        raise ModelError(f"{name} was trained on {quoted(task)}: it takes two voices apart, not speech and noise.")
    config = _config(arguments, name, rate)
    depthwise = "shared_block.3.0" if config.causal else "shared_block.3"  # there the causal one is followed by a cut
    layout = replace(_LAYOUT, parts={**_LAYOUT.parts, "depthwise": depthwise})
    unused = f"masker.TCN.{len(config.dilations) - 1}.res_conv." if config.skip else ""
    return Foreign(network(config, layout, tensors, name, unused), "asteroid", _licence(contents), _facts(contents))


def _config(arguments: dict[str, Any], name: str, rate: int | None) -> ConvTasNetConfig:
    _check(arguments, name)
    numbers = {ours: whole_number(arguments[theirs] or 0, f"{theirs} in {name}") for theirs, ours in _NUMBERS.items()}
    return config_of(
        {
            **numbers,
            "causal": bool(arguments.get("causal", False)),
            "norm": _NORMS[arguments["norm_type"]],
            "encoder_activation": arguments.get("encoder_activation") or "linear",
            "mask_activation": arguments["mask_act"],
            "mixture_consistency": False,  # as it was trained; the engine makes the outputs sum to the mixture
            "rate": rate_of(arguments.get("sample_rate"), rate, name),
            "padding": "none",
        },
        name,
    )


def _check(arguments: dict[str, Any], name: str) -> None:
    """Refuse what ours cannot be, with the reason."""
    if missing := [key for key in (*_NUMBERS, "norm_type", "mask_act") if key not in arguments]:
        raise ModelError(f"The model_args in {name} lack {missing[0]}.")
    if unknown := sorted(map(str, arguments.keys() - _NUMBERS.keys() - _OTHERS)):
        raise ModelError(f"The model_args in {name} have {quoted(unknown[0])}, whose meaning is not known here.")
    bank, norm, mask = arguments.get("fb_name", "free"), arguments["norm_type"], arguments["mask_act"]
    if bank not in ("free", "FreeFB"):
        raise ModelError(f"{name} has the filterbank {quoted(bank)}; only learned ones (free) can be imported.")
    if norm in ("cLN", "ChanLN"):
        raise ModelError(
            f"{name} has asteroid's norm cLN, which normalises every frame by itself; gLN and cgLN can be imported."
        )
    if norm not in list(_NORMS):
        raise ModelError(f"{name} has the norm {quoted(norm)}; only gLN and cgLN can be imported.")
    if mask not in _MASKS:
        raise ModelError(f"{name} has {quoted(mask)} masks; {', '.join(_MASKS)} can be imported.")
    if (activation := arguments.get("encoder_activation")) not in (None, "linear", "relu"):
        raise ModelError(f"{name} has the encoder activation {quoted(activation)}; linear and relu can be imported.")
    for key in ("in_chan", "out_chan"):
        if arguments.get(key) not in (None, arguments["n_filters"]):
            raise ModelError(
                f"{name} has {quoted(arguments[key])} as {key}; only as many as n_filters can be imported."
            )


def _licence(contents: Mapping[str, Any]) -> str | None:
    """The licence of the weights, from the sentence that asteroid adds when a model is published."""
    found = re.search(r" is licensed under (.+?) by ", _note(contents))
    return found[1] if found else None


def _note(contents: Mapping[str, Any]) -> str:
    infos = contents.get("infos")
    note = infos.get("license_note", "") if isinstance(infos, dict) else ""
    return re.sub(r"<[^<>]*>", "", str(note)[:10_000])


def _facts(contents: Mapping[str, Any]) -> dict[str, Any]:
    """What the file says of the model's making, as plain values."""
    infos = contents.get("infos")
    infos = infos if isinstance(infos, dict) else {}
    told = {
        "dataset": contents.get("dataset"),
        "task": contents.get("task"),
        "recipe": infos.get("recipe_name"),
        "published_as": infos.get("upload_name"),
        "author": infos.get("uploader"),
        "licence_note": _note(contents),
        "software": infos.get("software_versions"),
        "scores_there": infos.get("final_metrics"),
    }
    return {key: plain(value) for key, value in told.items() if value}
