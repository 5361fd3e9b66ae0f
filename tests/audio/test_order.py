"""Which channel is which in Ogg: FFmpeg, which names them, is the judge."""

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from tasnet_gui.audio import order
from tasnet_gui.audio.exports import ExportPlan, exporting
from tasnet_gui.audio.files import read
from tasnet_gui.audio.formats import EXPORTS
from tasnet_gui.domain import ModelCard, Recording, Samples, Separation, finish

RATE = 48_000
CARD = ModelCard("none", "None", "", {"causal": False}, 16_000, "", "", Path())
WAV_ORDER = ["FL", "FR", "FC", "LFE", "BL", "BR", "BC", "SL", "SR"]  # of the loudspeakers' bits in WAV's mask
FORMS = pytest.mark.parametrize("form", ["ogg", "opus"])
CHANNELS = pytest.mark.parametrize("channels", range(1, 9))


def tones(channels: int) -> Samples:
    """A tone for each channel, low enough for an LFE."""
    pitches = 30.0 + 10 * np.arange(channels)[:, None]
    return (0.25 * np.sin(2 * np.pi * pitches * np.arange(2 * RATE) / RATE)).astype(np.float32)


def heard(samples: Samples) -> list[int]:
    """Which of the tones each channel has."""
    spectra = np.abs(np.fft.rfft(samples[:, RATE // 2 : RATE // 2 + RATE]))
    return [round((int(spectrum.argmax()) - 30) / 10) for spectrum in spectra]


def named(path: Path) -> dict[str, int]:
    """The same by the names that FFmpeg gives to the channels."""
    with av.open(path) as file:
        layout = file.streams.audio[0].layout
        packed = av.AudioResampler("flt", layout, RATE)
        frames = [part for frame in file.decode(audio=0) for part in packed.resample(frame)]
        found = np.concatenate([frame.to_ndarray().reshape(-1, layout.nb_channels) for frame in frames])
        return dict(zip([channel.name for channel in layout.channels], heard(found.T), strict=True))


@FORMS
@CHANNELS
def test_players_find_every_channel_at_its_loudspeaker(form: str, channels: int, tmp_path: Path) -> None:
    sound = tones(channels)
    separation = Separation(Recording(sound, RATE), CARD, sound, np.zeros_like(sound))
    (path,) = finish(exporting(separation, ExportPlan(tmp_path, ("speech",), form))).paths
    found = named(path)
    assert [found[name] for name in sorted(found, key=WAV_ORDER.index)] == list(range(channels))
    assert heard(read(path).samples) == list(range(channels))  # and it comes back as it was


@FORMS
@CHANNELS
def test_a_file_of_another_program_is_read_in_the_order_of_wav(form: str, channels: int, tmp_path: Path) -> None:
    path = tmp_path / "x.ogg"
    soundfile.write(path, tones(channels).T, RATE, format="OGG", subtype=EXPORTS[form].subtype)
    found, by_name = heard(read(path).samples), named(path)
    assert sorted(found) == list(range(channels))
    assert found == [by_name[name] for name in sorted(by_name, key=WAV_ORDER.index)]


@CHANNELS
def test_there_and_back_is_where_it_was(channels: int, hiss: Callable[..., Samples]) -> None:
    block = hiss(channels=channels).T
    back = order.to_stream(block).copy()
    order.from_stream(back)
    np.testing.assert_array_equal(back, block)


@pytest.mark.parametrize(
    ("container", "subtype", "head", "ordered"),
    [
        ("OGG", "VORBIS", b"OggS\1vorbis", True),
        ("OGG", "OPUS", b"OggS" + b"OpusHead" + bytes(10) + b"\1", True),
        ("OGG", "OPUS", b"OggS" + b"OpusHead" + bytes(10) + b"\2", False),  # ambisonics
        ("OGG", "OPUS", b"OggS" + b"OpusHead" + bytes(10) + b"\xff", False),  # nobody knows what these are
        ("OGG", "PCM_16", b"OggS\x7fFLAC", False),
        ("MKV", "OPUS", b"", False),  # FFmpeg has put them in order
        ("WAV", "PCM_16", b"RIFF", False),
    ],
)
def test_only_channels_that_ogg_names_are_moved(container: str, subtype: str, head: bytes, ordered: bool) -> None:
    assert order.ordered(container, subtype, head) is ordered
