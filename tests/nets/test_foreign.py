import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tasnet_gui.engine.stream import Streamer
from tasnet_gui.nets import foreign
from tasnet_gui.nets.config import MaskActivation
from tasnet_gui.nets.foreign import weights_only
from tests.nets import reference

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
ASTEROID = ["asteroid_gln_relu", "asteroid_gln_sigmoid_k16", "asteroid_causal_cgln", "asteroid_enhsingle"]
TORCHAUDIO = ["torchaudio_relu", "torchaudio_sigmoid_k16"]
MASKS = MaskActivation.__args__  # type: ignore[attr-defined]


def golden(name: str) -> Path:
    return GOLDEN / f"{name}.{'pth' if name in ASTEROID else 'pt'}"


def read(path: Path, **options: Any) -> foreign.Foreign:
    return foreign.read(path, rate=None if path.suffix == ".pth" else 8000, **options)


@pytest.mark.parametrize("name", ASTEROID + TORCHAUDIO)
def test_what_was_imported_says_what_the_original_said(name: str) -> None:
    model, told = read(golden(name)), np.load(GOLDEN / f"{name}.npz")
    with torch.inference_mode():
        found = model.net(torch.from_numpy(told["mixture"])[None])[0].numpy()
    np.testing.assert_allclose(found, told["estimates"], rtol=0, atol=1e-5 * np.abs(told["estimates"]).max())
    assert model.origin == name.split("_")[0]
    assert not model.net.training


def test_an_imported_causal_net_streams() -> None:
    told = np.load(GOLDEN / "asteroid_causal_cgln.npz")
    streamer = Streamer(read(golden("asteroid_causal_cgln")).net)
    parts = [streamer.feed(block) for block in np.array_split(told["mixture"], 23)]
    found = np.concatenate([*parts, streamer.flush()[:, 0]], -1)
    np.testing.assert_allclose(found, told["estimates"], rtol=0, atol=1e-5 * np.abs(told["estimates"]).max())


def test_asteroids_cumulative_norm_is_the_papers_and_the_file_says_the_rest() -> None:
    causal, sigmoid = (read(golden(name)).net.config for name in ("asteroid_causal_cgln", "asteroid_gln_sigmoid_k16"))
    assert (causal.norm, causal.causal, causal.rate) == ("cLN", True, 16_000)
    assert (sigmoid.rate, sigmoid.skip, sigmoid.bottleneck, sigmoid.kernel) == (8_000, 14, 12, 16)
    assert not sigmoid.mixture_consistency


# ------------------------------------------------------------------ kinds of network that no golden file has


def contents(name: str = "asteroid_gln_relu") -> dict[str, Any]:
    """What is in an asteroid file, free to be changed."""
    return dict(weights_only.read(golden(name)))


def saved(tmp_path: Path, values: Any, name: str = "model.pth") -> Path:
    torch.save(values, tmp_path / name)
    return tmp_path / name


def random(*shape: int) -> Tensor:
    return 0.4 * torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)))


def as_asteroid(values: dict[str, Any], mixture: Tensor) -> Tensor:
    """The sources that asteroid would give: whole frames only, and silence behind them."""
    arguments = values["model_args"]
    state = {name.replace("block.3.0.", "block.3."): value for name, value in values["state_dict"].items()}
    kind = reference.Kind(
        stride=arguments["stride"],
        blocks=arguments["n_blocks"],
        repeats=arguments["n_repeats"],
        sources=arguments["n_src"],
        causal=arguments["causal"],
        cumulative=arguments["norm_type"] == "cgLN",
        mask=arguments["mask_act"],
        encoder=arguments["encoder_activation"] or "linear",
        skips=bool(arguments["skip_chan"]),
    )
    sources = reference.separate(state, reference.ASTEROID, kind, mixture)
    return torch.nn.functional.pad(sources, (0, mixture.shape[1] - sources.shape[2]))


@pytest.mark.parametrize("name", ASTEROID)
def test_the_second_implementation_is_asteroids(name: str) -> None:
    told = np.load(GOLDEN / f"{name}.npz")
    wanted = as_asteroid(contents(name), torch.from_numpy(told["mixture"])[None])[0]
    np.testing.assert_allclose(wanted, told["estimates"], rtol=0, atol=1e-5 * np.abs(told["estimates"]).max())


def without_skips(values: dict[str, Any]) -> None:
    values["model_args"] |= {"skip_chan": 0}
    values["state_dict"] = {name: value for name, value in values["state_dict"].items() if "skip_conv" not in name}


def with_masks(activation: str) -> Callable[[dict[str, Any]], None]:
    return lambda values: values["model_args"].update(mask_act=activation)


@pytest.mark.parametrize(
    "change",
    [
        without_skips,
        lambda values: values["model_args"].update(norm_type="cgLN"),  # cumulative although not causal
        lambda values: values["model_args"].update(encoder_activation="relu"),
        lambda values: values["model_args"].update(sample_rate=16000.0),
        *map(with_masks, MASKS),
    ],
)
@pytest.mark.parametrize("frames", [500, 509])
def test_every_kind_of_asteroids_network_is_imported_as_it_was(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], frames: int
) -> None:
    values = contents()
    change(values)
    values["state_dict"] = {name: value + random(*value.shape) for name, value in values["state_dict"].items()}
    net, mixture = read(saved(tmp_path, values)).net, random(1, frames)
    wanted = as_asteroid(values, mixture)
    torch.testing.assert_close(net(mixture).double(), wanted, rtol=0, atol=1e-5 * float(wanted.abs().max()))


@pytest.mark.parametrize("kernel", [16, 17, 20, 21])
@pytest.mark.parametrize("frames", [1, 9, 240, 247, 248])
def test_torchaudios_kernels_may_be_even_or_odd(tmp_path: Path, kernel: int, frames: int) -> None:
    state = weights_only.read(golden("torchaudio_sigmoid_k16"))
    state |= {name: random(24, 1, kernel) for name in ("encoder.weight", "decoder.weight")}
    arguments = json.loads((GOLDEN / "torchaudio_sigmoid_k16.json").read_text()) | {"enc_kernel_size": kernel}
    (tmp_path / "model.json").write_text(json.dumps(arguments))
    net, mixture, stride = read(saved(tmp_path, state, "model.pt")).net, random(1, frames), kernel // 2
    kind = reference.Kind(stride=stride, blocks=4, repeats=1)
    aligned = -(frames - kernel % 2) % stride  # zeros that torchaudio puts behind the mixture, and cuts off again
    padded = torch.nn.functional.pad(mixture, (stride, aligned + stride))
    wanted = reference.separate(state, reference.TORCHAUDIO, kind, padded)[..., stride : stride + frames]
    torch.testing.assert_close(net(mixture).double(), wanted, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", ["asteroid_gln_relu", "torchaudio_relu"])
def test_the_outputs_can_be_exchanged(name: str) -> None:
    mixture = random(1, 700)
    straight, crossed = read(golden(name)).net(mixture), read(golden(name), noise_first=True).net(mixture)
    torch.testing.assert_close(crossed, straight.flip(1))


# ------------------------------------------------------------------ what the file says of itself


def test_what_asteroids_recipes_write_beside_the_weights_goes_into_the_card(tmp_path: Path) -> None:
    values = contents() | {"dataset": "Libri1Mix", "task": "enh_both"}
    values["infos"] = {
        "software_versions": {"torch_version": torch.__version__, "asteroid_version": "0.7.0"},  # no plain string
        "final_metrics": {"si_sdr": np.float64(14.75), "stoi": 0.9, "other": np.float32(1)},  # no plain numbers
        "uploader": "Somebody",
        "license_note": 'This work "M" is a derivative of <a href="x">L</a> by A, used under <a href="y">CC BY</a>. '
        '"M" is licensed under <a href="z">Attribution-ShareAlike 3.0 Unported</a> by Somebody.',
    }
    model = read(saved(tmp_path, values))
    assert model.licence == "Attribution-ShareAlike 3.0 Unported"
    assert model.facts["dataset"] == "Libri1Mix"
    assert model.facts["scores_there"] == {"si_sdr": 14.75, "stoi": 0.9, "other": None}
    assert "<" not in model.facts["licence_note"]
    json.dumps(model.facts, allow_nan=False)


def test_a_file_that_says_no_licence_has_none() -> None:
    assert read(golden("asteroid_gln_relu")).licence is None
    assert read(golden("torchaudio_relu")).licence is None


def test_torchaudios_arguments_may_say_rate_and_licence_and_leave_defaults_out(tmp_path: Path) -> None:
    state = weights_only.read(golden("torchaudio_relu"))
    arguments = json.loads((GOLDEN / "torchaudio_relu.json").read_text())
    del arguments["msk_kernel_size"], arguments["num_sources"]
    elsewhere = tmp_path / "arguments.json"
    elsewhere.write_text(json.dumps(arguments | {"sample_rate": 16000, "license": "CC0-1.0"}))
    model = foreign.read(saved(tmp_path, state, "model.pt"), arguments=elsewhere)
    assert (model.licence, model.net.config.rate) == ("CC0-1.0", 16_000)


@pytest.mark.parametrize("wrapper", ["module.", "model."])
def test_what_wraps_torchaudios_names_is_taken_off(tmp_path: Path, wrapper: str) -> None:
    state = {wrapper + name: value for name, value in weights_only.read(golden("torchaudio_relu")).items()}
    path = saved(tmp_path, {"state_dict": state, "epoch": 7}, "model.pt")
    model = read(path, arguments=GOLDEN / "torchaudio_relu.json")
    torch.testing.assert_close(model.net(random(1, 300)), read(golden("torchaudio_relu")).net(random(1, 300)))


def test_files_of_old_versions_of_pytorch_are_read(tmp_path: Path) -> None:
    torch.save(contents(), tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    torch.testing.assert_close(
        read(tmp_path / "old.pth").net(random(1, 300)), read(golden("asteroid_gln_relu")).net(random(1, 300))
    )
