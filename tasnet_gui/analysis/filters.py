"""One filter by itself: what it listens for, and what it did in this recording."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasnet_gui.analysis.basis import Basis
from tasnet_gui.analysis.pooler import Activity
from tasnet_gui.analysis.pooling import MaskPictures

Vector = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class FilterCard:
    """All that is known of a filter. F is L/2 + 1."""

    number: int  # in the network
    times: Vector  # [L], ms
    encoder: Vector  # [L]
    decoder: Vector  # [L]
    frequencies: Vector  # [F], Hz
    encoder_magnitude: Vector  # [F], linear
    decoder_magnitude: Vector  # [F], linear
    centre: float  # Hz, of the encoder's function
    bandwidth: float  # Hz, equivalent rectangular


@dataclass(frozen=True, eq=False)
class FilterActivity:
    """What a filter did in one channel of a recording."""

    seconds: Vector  # [columns], the middle of every pooled column
    w: Vector  # [columns], dB
    speech_mask: Vector  # [columns]
    share_of_mixture: float  # its part of the energy of w, 0..1
    share_of_speech: float  # of the energy of M_speech * w
    share_of_noise: float  # of the energy of M_noise * w
    speech_share: float  # how much of what it passes on goes to speech, 0..1


def filter_card(basis: Basis, number: int) -> FilterCard:
    """What a filter is.

    Raises:
        IndexError: the network has no such filter.
    """
    return FilterCard(
        number=number,
        times=basis.times,
        encoder=basis.encoder[number],
        decoder=basis.decoder[number],
        frequencies=basis.encoder_spectra.frequencies,
        encoder_magnitude=basis.encoder_spectra.magnitudes[number],
        decoder_magnitude=basis.decoder_spectra.magnitudes[number],
        centre=float(basis.centres[number]),
        bandwidth=float(basis.bandwidths[number]),
    )


def filter_activity(pictures: MaskPictures, activity: Activity, number: int, channel: int = 0) -> FilterActivity:
    """What a filter did.

    Raises:
        IndexError: there is no such filter or channel.
    """
    w, speech = (pictures.scales[kind].decode(pictures.activity(number, kind, channel)) for kind in ("w", "speech"))
    return FilterActivity(
        seconds=pictures.times,
        w=w,
        speech_mask=speech,
        share_of_mixture=float(activity.share_of("w", channel)[number]),
        share_of_speech=float(activity.share_of("speech", channel)[number]),
        share_of_noise=float(activity.share_of("noise", channel)[number]),
        speech_share=float(activity.speech_share(channel)[number]),
    )
