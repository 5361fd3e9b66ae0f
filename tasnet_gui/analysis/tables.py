"""Basis and masks to take along: named arrays for NPZ files, and CSV. docs/DATA.md tells what every key means."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasnet_gui.analysis.basis import Basis
from tasnet_gui.analysis.frames import FrameSpan
from tasnet_gui.analysis.orders import Order
from tasnet_gui.analysis.pooler import Activity
from tasnet_gui.analysis.pooling import MaskPictures

Arrays = dict[str, NDArray[np.generic]]


def basis_arrays(basis: Basis, order: Order) -> Arrays:
    """The learned basis, in the network's own order, and the order of the rows."""
    return {
        "encoder": basis.encoder,
        "decoder": basis.decoder,
        "rate": np.array(basis.rate),
        "order": order.forward,
        "centre_hz": basis.centres,
        "bandwidth_hz": basis.bandwidths,
        "frequencies_hz": basis.encoder_spectra.frequencies,
        "encoder_magnitude": basis.encoder_spectra.magnitudes,
        "decoder_magnitude": basis.decoder_spectra.magnitudes,
    }


def picture_arrays(pictures: MaskPictures, activity: Activity, order: Order) -> Arrays:
    """Pooled pictures of a whole recording: bytes, with what they stand for."""
    arrays: Arrays = {
        "w": pictures.w[0],
        **{f"mask_{name}": levels[0] for name, levels in pictures.masks.items()},
        "times": pictures.times,
        "frames_per_column": np.array(pictures.pool),
        "order": order.forward,
        "energy_w": activity.w,
        "energy_speech": activity.speech,
        "energy_noise": activity.noise,
    }
    for name, kind in (("w", "w"), *((f"mask_{name}", name) for name in pictures.masks)):
        arrays[f"{name}_range"] = np.array([pictures.scales[kind].low, pictures.scales[kind].high])
    return arrays


def span_arrays(span: FrameSpan, order: Order) -> Arrays:
    """A stretch at full resolution."""
    return {
        "w": span.w,
        **{f"mask_{name}": span.masks[:, index] for index, name in enumerate(span.sources)},
        "times": span.times,
        "mixture": span.mixture,
        "mixture_start": np.array(span.origin / span.grid.rate),
        "rate": np.array(span.grid.rate),
        "order": order.forward,
    }


def npz(arrays: Arrays) -> bytes:
    """An NPZ file with these arrays."""
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def basis_csv(basis: Basis, order: Order) -> bytes:
    """One line per filter, in the order of the rows."""
    samples = range(basis.kernel)
    names = ["row", "filter", "centre_hz", "bandwidth_hz"]
    names += [f"{which}_{index}" for which in ("encoder", "decoder") for index in samples]
    lines = (
        [row, number, basis.centres[number], basis.bandwidths[number], *basis.encoder[number], *basis.decoder[number]]
        for row, number in enumerate(order.forward)
    )
    return _csv(names, lines)


def picture_csv(pictures: MaskPictures, order: Order, channel: int = 0) -> bytes:
    """One line per column of the pooled pictures of a channel; filters by their numbers, in the order of the rows."""
    kinds = ("w", *pictures.masks)
    tables = [
        pictures.scales[kind].decode((pictures.w if kind == "w" else pictures.masks[kind])[0][channel])
        for kind in kinds
    ]
    times = pictures.times
    return _csv(_names(kinds, order), ([times[k], *_column(tables, order, k)] for k in range(len(times))))


def span_csv(span: FrameSpan, order: Order, channel: int = 0) -> bytes:
    """One line per frame of a channel of a stretch; w as it is, not in dB."""
    tables = [span.w[channel], *span.masks[channel]]
    kinds = ("w", *span.sources)
    return _csv(_names(kinds, order), ([span.times[k], *_column(tables, order, k)] for k in range(span.frames)))


def _names(kinds: Sequence[str], order: Order) -> list[str]:
    return ["seconds", *(f"{kind}_{number}" for kind in kinds for number in order.forward)]


def _column(tables: Sequence[NDArray[np.float32]], order: Order, k: int) -> Iterable[float]:
    return (value for table in tables for value in order.apply(table[:, k]))


def _csv(names: Sequence[str], lines: Iterable[Iterable[float]]) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(names)
    writer.writerows([_text(value) for value in line] for line in lines)
    return file.getvalue().encode()


def _text(value: Any) -> str:
    """A number with a dot in every locale: float32 so that it comes back the same, seconds to 1 us within a day."""
    return f"{value:.9g}" if isinstance(value, np.float32) else f"{value:.12g}"
