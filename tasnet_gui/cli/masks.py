"""`tasnet masks`: what a model multiplied the encoder's output of a recording by, as a figure or in numbers."""

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING

from tasnet_gui.audio.names import shown
from tasnet_gui.cli import basis as basis_command
from tasnet_gui.cli import results
from tasnet_gui.cli.terminal import Bar
from tasnet_gui.domain import BadRequest, ModelCard, Recording, finish
from tasnet_gui.engine import device, library

if TYPE_CHECKING:
    from tasnet_gui.analysis.basis import Basis
    from tasnet_gui.analysis.orders import Order
    from tasnet_gui.analysis.pooling import Picture
    from tasnet_gui.engine.inside import Inside

NAME = "masks"
HELP = "Show the encoder's output and the masks of a recording: basis function x time."

ORDERS = (*basis_command.ORDERS, "energy", "speech")
WIDTH = 2000  # columns of a figure


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("input", type=Path, metavar="IN", help="a sound file")
    parser.add_argument(
        "--model", default=library.DEFAULT, metavar="NAME|PATH", help="see `tasnet models` (default: %(default)s)"
    )
    results.configure(parser, "encoder output, both masks and their difference over time")
    parser.add_argument("--order", choices=ORDERS, default="similarity", help="of the rows (default: similarity)")
    parser.add_argument("--channel", type=int, default=1, metavar="N", help="of the recording (default: 1)")
    parser.add_argument("--start", type=float, metavar="S", help="seconds: this stretch at full resolution")
    parser.add_argument("--stop", type=float, metavar="S", help="seconds")
    parser.add_argument("--device", choices=device.CHOICES, default="auto", help="where to compute (default: auto)")
    parser.add_argument("--threads", type=int, metavar="N", help="of the CPU (default: one less than there are cores)")


def run(arguments: argparse.Namespace) -> int:
    """Write the file and print its name.

    Raises:
        TasnetError: something is missing, unreadable or cannot be written.
    """
    from tasnet_gui.analysis import figures
    from tasnet_gui.audio.files import reading
    from tasnet_gui.engine.inside import basis_of, looking

    model = library.card(arguments.model)
    device.choose(arguments.device)
    results.check(arguments.out, arguments.overwrite, [arguments.input])
    if arguments.out.suffix.lower() in results.FIGURES:
        figures.require_matplotlib()
    with Bar(shown(arguments.input)) as bar:
        recording = finish(reading(arguments.input), bar.phase(0.0, 0.05))
        _check(arguments, recording, model)
        work = looking(recording, model, device=arguments.device, threads=arguments.threads)
        _, inside = finish(work, bar.phase(0.05, 0.8))
        basis = basis_of(model)
        order = _order(arguments, basis, inside)
        content = _content(arguments, inside, order, bar)
        results.write(arguments.out, content, arguments.overwrite)
    print(arguments.out)
    return 0


def _check(arguments: argparse.Namespace, recording: Recording, model: ModelCard) -> None:
    """Refuse what cannot be shown before the long work begins."""
    from tasnet_gui.engine.spans import longest_span, too_long

    if not 1 <= arguments.channel <= recording.channels:
        raise BadRequest(f"The recording has {recording.channels} channels, and none numbered {arguments.channel}.")
    if not _is_span(arguments):
        return
    start, stop = _span(arguments, recording)
    if not (math.isfinite(start) and math.isfinite(stop) and 0 <= start < stop <= recording.duration):
        raise BadRequest(f"From {start:g} to {stop:g} s there is nothing: it lasts {recording.duration:.3f} s.")
    if too_long(model, start, stop):
        raise BadRequest(f"{stop - start:g} s at full resolution are too many.", f"At most {longest_span(model):g} s.")


def _content(arguments: argparse.Namespace, inside: "Inside", order: "Order", bar: Bar) -> bytes:
    from tasnet_gui.analysis import tables
    from tasnet_gui.analysis.pooling import span_image
    from tasnet_gui.engine.spans import inspecting

    kind, channel, recording = arguments.out.suffix.lower(), arguments.channel - 1, inside.recording
    pictures = inside.pictures
    if not _is_span(arguments):
        if kind == ".npz":
            return tables.npz(tables.picture_arrays(pictures, inside.activity, order))
        if kind == ".csv":
            return tables.picture_csv(pictures, order, channel)
        start, stop = 0.0, recording.duration
        images = {name: pictures.image(name, start, stop, WIDTH, channel, order) for name in pictures.kinds}
        return _figure(arguments, images, inside, start, stop, order)
    start, stop = _span(arguments, recording)
    work = inspecting(
        recording, inside.model, start, stop,
        inside=inside, channel=channel, device=arguments.device, threads=arguments.threads,
    )  # fmt: skip
    span = finish(work, bar.phase(0.8, 0.95))
    if kind == ".npz":
        return tables.npz(tables.span_arrays(span, order))
    if kind == ".csv":
        return tables.span_csv(span, order)
    images = {name: span_image(span, pictures.scales, name, start, stop, WIDTH, 0, order) for name in pictures.kinds}
    return _figure(arguments, images, inside, start, stop, order)


def _figure(
    arguments: argparse.Namespace,
    images: "dict[str, Picture]",
    inside: "Inside",
    start: float,
    stop: float,
    order: "Order",
) -> bytes:
    from tasnet_gui.analysis import figures

    channel = f", channel {arguments.channel}" if inside.recording.channels > 1 else ""
    title = f"{shown(inside.recording.name)}{channel} - {inside.model.title} ({inside.model.name})"
    figure = figures.masks_figure(images, inside.pictures.scales, start, stop, order, title)
    return figures.rendered(figure, arguments.out.suffix.lower())


def _order(arguments: argparse.Namespace, basis: "Basis", inside: "Inside") -> "Order":
    from tasnet_gui.analysis import orders

    channel = arguments.channel - 1
    if arguments.order == "energy":
        return orders.by_energy(inside.activity.w[channel])
    if arguments.order == "speech":
        return orders.by_speech(inside.activity.speech_share(channel))
    return basis_command.order_of(arguments.order, basis)


def _is_span(arguments: argparse.Namespace) -> bool:
    return arguments.start is not None or arguments.stop is not None


def _span(arguments: argparse.Namespace, recording: Recording) -> tuple[float, float]:
    start = 0.0 if arguments.start is None else arguments.start
    return start, recording.duration if arguments.stop is None else arguments.stop
