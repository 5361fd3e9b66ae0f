"""What cannot be imported is refused with the reason, and nothing in a file is ever run."""

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import torch

from tasnet_gui.domain import ModelError
from tasnet_gui.nets import foreign
from tasnet_gui.nets.foreign import weights_only

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
FILTERS = "encoder.filterbank._filters"
Change = Callable[[dict[str, Any]], object]


def arguments(**values: Any) -> Change:
    return lambda contents: contents["model_args"].update(values)


def weight(name: str, value: Any) -> Change:
    return lambda contents: contents["state_dict"].update({name: value})


def without(part: str, key: str) -> Change:
    return lambda contents: contents[part].pop(key)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (arguments(norm_type="cLN"), "asteroid's norm cLN, which normalises every frame by itself"),
        (arguments(norm_type="BN"), "the norm 'BN'; only gLN and cgLN"),
        (arguments(norm_type=["gLN"]), "only gLN and cgLN"),
        (arguments(fb_name="STFTFB"), "the filterbank 'STFTFB'; only learned ones"),
        (arguments(mask_act="prelu"), "has 'prelu' masks"),
        (arguments(encoder_activation="sigmoid"), "the encoder activation 'sigmoid'"),
        (arguments(causal=True), "A causal network cannot use gLN"),
        (arguments(n_src=3), "speech and noise, not 3"),
        (arguments(n_src=1, mask_act="softmax"), "A softmax over one source"),
        (arguments(out_chan=8), "has '8' as out_chan"),
        (arguments(window="hann"), "have 'window', whose meaning is not known"),
        (arguments(bn_chan=16.5), "bn_chan in model.pth must be a whole number"),
        (arguments(bn_chan=1 << 70), "bn_chan in model.pth must be a whole number"),
        (arguments(hid_chan=None), "hidden must be a whole number of at least 1"),
        (arguments(n_blocks=1_000_000), "blocks must be at most"),
        (arguments(sample_rate=None), "does not say its sample rate. Add it"),
        (without("model_args", "mask_act"), "lack mask_act"),
        (lambda contents: contents.update(model_args=None), "has no model_args"),
        (lambda contents: contents.update(model_name="DPRNNTasNet"), "holds asteroid's 'DPRNNTasNet'"),
        (lambda contents: contents.update(model_name="\x1b[2J" + "x" * 1000), "only ConvTasNet"),
        (lambda contents: contents.update(task="sep_noisy"), "takes two voices apart"),
        (arguments(n_blocks=4), "lacks masker.TCN.6"),
        (arguments(n_repeats=1), "has 'masker.TCN.3"),
        (arguments(hid_chan=25), r"has shape \(24, 16, 1\), which does not fit .* 25 x 16"),
        (without("state_dict", FILTERS), f"lacks {FILTERS}"),
        (weight("masker.dense.weight", torch.ones(2)), "has 'masker.dense.weight', which no Conv-TasNet"),
        (weight("masker.TCN.0.shared_block.1.weight", torch.ones(24)), r"has shape \(24,\)"),  # one slope per channel
        (weight(FILTERS, torch.full((32, 1, 32), torch.nan)), "not finite"),
        (weight(FILTERS, torch.ones(32, 1, 32, dtype=torch.int64)), "holds int64 values"),
        (weight(FILTERS, torch.ones(32, 1, 32).to_sparse()), "is no plain tensor"),
        (weight(FILTERS, torch.ones(1).expand(32, 1, 32)), "claims 1024 numbers and holds fewer"),
        (weight(FILTERS, "filters"), "is no plain tensor"),
        (weight(7, torch.ones(1)), "has '7'"),  # type: ignore[arg-type]
    ],
)
def test_an_asteroid_model_that_ours_cannot_be_is_refused_with_the_reason(
    tmp_path: Path, change: Change, sentence: str
) -> None:
    contents = dict(weights_only.read(GOLDEN / "asteroid_gln_relu.pth"))
    change(contents)
    torch.save(contents, tmp_path / "model.pth")
    with pytest.raises(ModelError, match=sentence) as refusal:
        foreign.read(tmp_path / "model.pth")
    assert str(refusal.value).isprintable()
    assert len(str(refusal.value)) < 500


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"msk_activate": "softmax"}, "torchaudio knows sigmoid and relu"),
        ({"msk_kernel_size": 5}, "torchaudio itself runs 3 only"),
        ({"msk_num_layers": 2}, "which no Conv-TasNet of ours has"),
        ({"msk_num_stacks": 3}, "lacks mask_generator.conv_layers"),
        ({"enc_num_feats": 33}, "has shape"),
        ({"enc_num_feats": "32"}, "must be a whole number"),
        ({"num_sources": 3}, "speech and noise, not 3"),
        ({"enc_kernel_size": 1}, "stride must be"),
        ({"dropout": 0.1}, "'dropout', which torchaudio's ConvTasNet does not take"),
        ({"sample_rate": 44100}, "its sample rate is 44100 Hz, not 8000 Hz"),
    ],
)
def test_torchaudio_arguments_that_do_not_fit_are_refused(
    tmp_path: Path, change: dict[str, Any], sentence: str
) -> None:
    values = json.loads((GOLDEN / "torchaudio_relu.json").read_text()) | change
    (tmp_path / "other.json").write_text(json.dumps(values))
    with pytest.raises(ModelError, match=sentence):
        foreign.read(GOLDEN / "torchaudio_relu.pt", rate=8000, arguments=tmp_path / "other.json")


def test_a_state_dict_without_arguments_or_rate_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "model.pt").write_bytes((GOLDEN / "torchaudio_relu.pt").read_bytes())
    with pytest.raises(ModelError, match="--arguments"):
        foreign.read(tmp_path / "model.pt", rate=8000)
    with pytest.raises(ModelError, match="--rate"):
        foreign.read(GOLDEN / "torchaudio_relu.pt")


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, " " * (1 << 21)])
def test_arguments_that_cannot_be_read_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "model.json").write_text(text)
    with pytest.raises(ModelError, match="arguments"):
        foreign.read(GOLDEN / "torchaudio_relu.pt", rate=8000, arguments=tmp_path / "model.json")


def test_a_rate_that_contradicts_the_file_is_refused() -> None:
    with pytest.raises(ModelError, match="16000 Hz, not 8000 Hz"):
        foreign.read(GOLDEN / "asteroid_gln_relu.pth", rate=8000)


def test_one_output_has_no_other_order() -> None:
    with pytest.raises(ModelError, match="one output, which must be the speech"):
        foreign.read(GOLDEN / "asteroid_enhsingle.pth", noise_first=True)


@pytest.mark.parametrize("values", [{}, [], 3, None, "text", {"a": torch.ones(2)}, {1: 2}, {"state_dict": {}}])
def test_a_file_of_something_else_is_refused(tmp_path: Path, values: Any) -> None:
    torch.save(values, tmp_path / "model.pth")
    with pytest.raises(ModelError, match=r"model\.pth holds neither"):
        foreign.read(tmp_path / "model.pth")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"RIFF",
        b"PK\x03\x04" + bytes(60),
        b"\x80\x02}q\x00.",
        b"\x80\x02.",
        b"(" * 1000,
        b"\x80\x02" + b"]" + b"\x94]" * 50_000 + b".",
        b"\x80\x02\x8a\xff" + b"\x01" * 255 + b".",
        struct.pack("<Q", 1 << 60) * 4,
    ],
)
def test_a_file_of_nothing_useful_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.pth").write_bytes(content)
    with pytest.raises(ModelError, match="no file of PyTorch weights, or damaged"):
        foreign.read(tmp_path / "model.pth")


@pytest.mark.parametrize("kept", [0.2, 0.7, 0.999])
def test_a_truncated_file_is_refused(tmp_path: Path, kept: float) -> None:
    content = (GOLDEN / "asteroid_gln_relu.pth").read_bytes()
    (tmp_path / "model.pth").write_bytes(content[: int(kept * len(content))])
    with pytest.raises(ModelError, match="or damaged"):
        foreign.read(tmp_path / "model.pth")


def test_folders_and_what_is_not_there_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "gone.pth"):
        with pytest.raises(ModelError, match="There is no file"):
            foreign.read(path)


def test_a_file_that_unpacks_to_more_than_any_network_has_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights_only, "LARGEST", 1 << 20)
    with ZipFile(tmp_path / "model.pth", "w", ZIP_DEFLATED) as archive:
        archive.writestr("model/data.pkl", bytes(1 << 21))  # 2 MiB of zeros in 2 kB
    assert (tmp_path / "model.pth").stat().st_size < 1 << 14
    with pytest.raises(ModelError, match="holds more than 1 MiB"):
        foreign.read(tmp_path / "model.pth")
    (tmp_path / "plain.pth").write_bytes(bytes((1 << 20) + 1))
    with pytest.raises(ModelError, match="holds more than 1 MiB"):
        foreign.read(tmp_path / "plain.pth")


class Payload:
    """A pickle of this calls a function when it is opened without care."""

    def __init__(self, *call: Any) -> None:
        self.call = call

    def __reduce__(self) -> tuple[Any, ...]:
        return self.call[0], self.call[1:]


@pytest.mark.parametrize("zipped", [True, False])
def test_a_program_in_a_file_is_named_and_not_run(tmp_path: Path, zipped: bool) -> None:
    trace = tmp_path / "it-ran"
    contents = dict(weights_only.read(GOLDEN / "asteroid_gln_relu.pth"))
    contents["infos"] = Payload(exec, f"open({str(trace)!r}, 'w')")
    torch.save(contents, tmp_path / "model.pth", _use_new_zipfile_serialization=zipped)
    with pytest.raises(ModelError, match=r"asks for (\w+\.)?exec, .* It was not run"):
        foreign.read(tmp_path / "model.pth")
    assert not trace.exists()


def test_a_whole_network_object_is_no_state_dict(tmp_path: Path) -> None:
    torch.save(torch.nn.Linear(2, 2), tmp_path / "model.pth")
    with pytest.raises(ModelError, match=r"torch\.nn\.modules\.linear\.Linear.* state dict by itself"):
        foreign.read(tmp_path / "model.pth")
