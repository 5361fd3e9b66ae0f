"""Figures for papers and pages, drawn by matplotlib, which the extra `figures` installs; importing this needs none.

Heatmaps use perceptually uniform maps: magma for levels, viridis for masks, and a two-hue one around 0 for waveforms
and differences. Row 0 of an order is at the bottom, as the low end of a frequency axis.
"""

import io
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tasnet_gui.analysis.basis import Basis
from tasnet_gui.analysis.orders import ORDERS, Order
from tasnet_gui.analysis.pooling import Picture, Scale
from tasnet_gui.domain import TasnetError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAPS = {"w": "magma", "speech": "viridis", "noise": "viridis", "difference": "RdBu_r"}
TITLES = {
    "w": "Encoder output w",
    "speech": "Speech mask",
    "noise": "Noise mask",
    "difference": "Speech mask − noise mask",
}


def require_matplotlib() -> None:
    """Import matplotlib.

    Raises:
        TasnetError: it is not installed.
    """
    try:
        import matplotlib.figure  # noqa: F401 - the import is the test
    except ImportError as error:
        raise TasnetError(
            f"Figures are drawn by matplotlib, which cannot be loaded ({error}).",
            'Install it: pip install "tasnet-studio[figures]"; or write .npz or .csv.',
        ) from error


def basis_figure(basis: Basis, order: Order, title: str) -> "Figure":
    """Encoder and decoder functions as in Fig. 3 of the paper: waveforms and FFT magnitudes, all in one order.

    Raises:
        TasnetError: matplotlib is not installed.
    """
    figure = _figure(10.0, 6.5, title)
    axes = figure.subplots(2, 2, sharey=True)
    for row, name in enumerate(("Encoder", "Decoder")):
        functions, spectra = (
            (basis.encoder, basis.encoder_spectra) if name == "Encoder" else (basis.decoder, basis.decoder_spectra)
        )
        highest = float(np.abs(functions).max()) or 1.0
        length = basis.kernel / basis.rate * 1000
        waves = _heatmap(axes[row][0], order.apply(functions), (0.0, length), "RdBu_r", -highest, highest)
        figure.colorbar(waves, ax=axes[row][0], pad=0.01, label="Amplitude")
        high = float(spectra.magnitudes.max()) or 1.0
        half_bin = basis.rate / basis.kernel / 2000
        across = -half_bin, basis.rate / 2000 + half_bin
        levels = _heatmap(axes[row][1], order.apply(spectra.magnitudes), across, "magma", 0.0, high)
        figure.colorbar(levels, ax=axes[row][1], pad=0.01, label="Magnitude")
        axes[row][1].set_xlim(0, basis.rate / 2000)
        axes[row][0].set_title(f"{name} functions")
        axes[row][1].set_title(f"{name} FFT magnitudes")
        axes[row][0].set_ylabel(_rows(order))
    axes[1][0].set_xlabel("Time (ms)")
    axes[1][1].set_xlabel("Frequency (kHz)")
    return figure


def masks_figure(
    images: dict[str, Picture], scales: dict[str, Scale], start: float, stop: float, order: Order, title: str
) -> "Figure":
    """Pictures of one stretch of time below each other, each with its scale.

    Args:
        images: [N, columns] by kind: "w", "speech", "noise", "difference"; rows in the order's order.
        scales: what their bytes stand for.
        start: of the stretch, seconds.
        stop: of the stretch, seconds.
        order: of the rows.
        title: over all.

    Raises:
        TasnetError: matplotlib is not installed.
    """
    figure = _figure(9.0, 0.8 + 2.2 * len(images), title)
    axes = figure.subplots(len(images), 1, sharex=True, squeeze=False)[:, 0]
    for kind, axis in zip(images, axes, strict=True):
        scale = scales[kind]
        low, high = _shown(images[kind], scale) if kind == "w" else (scale.low, scale.high)
        drawn = _heatmap(axis, scale.decode(images[kind]), (start, stop), MAPS[kind], low, high)
        bar = figure.colorbar(drawn, ax=axis, pad=0.01)
        bar.set_label(f"{TITLES[kind]} ({scale.unit})" if scale.unit else TITLES[kind])
        axis.set_ylabel(_rows(order))
    axes[-1].set_xlabel("Time (s)")
    return figure


def rendered(figure: "Figure", suffix: str) -> bytes:
    """The figure as a file: ".png" with 150 dots per inch, or ".svg"."""
    from matplotlib import rc_context

    file = io.BytesIO()
    # The same figure gives the same bytes: no date, no random names.
    with rc_context({"svg.hashsalt": "tasnet-studio"}):
        metadata: dict[str, Any] = {"Date": None} if suffix == ".svg" else {}
        figure.savefig(file, format=suffix[1:], dpi=150, metadata=metadata)
    return file.getvalue()


def _figure(width: float, height: float, title: str) -> "Figure":
    require_matplotlib()
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    figure.suptitle(title.replace("$", r"\$"))
    return figure


def _heatmap(
    axis: "Axes", values: NDArray[np.floating], across: tuple[float, float], colours: str, low: float, high: float
) -> Any:
    """Rows upwards from 0, columns evenly over `across`."""
    extent = (*across, 0, len(values))
    return axis.imshow(values, cmap=colours, vmin=low, vmax=high, extent=extent, aspect="auto", origin="lower")


def _shown(picture: Picture, scale: Scale) -> tuple[float, float]:
    """The levels that colours are spread over: without silence, the quietest tenth and single peaks."""
    heard = picture[picture > 0]
    if not heard.size:
        return scale.low, scale.high
    low, high = (float(value) for value in scale.decode(np.percentile(heard, [10, 99.9]).astype(np.uint8)))
    return low, max(high, low + scale.step)


def _rows(order: Order) -> str:
    return f"Row of filters\n({ORDERS[order.name].lower()})"
