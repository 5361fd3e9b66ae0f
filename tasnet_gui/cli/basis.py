"""`tasnet basis`: what a model's encoder and decoder have learned, as a figure or in numbers."""

import argparse
from typing import TYPE_CHECKING

from tasnet_gui.cli import results
from tasnet_gui.engine import library

if TYPE_CHECKING:
    from tasnet_gui.analysis.basis import Basis
    from tasnet_gui.analysis.orders import Order

NAME = "basis"
HELP = "Show the basis functions that a model has learned: waveforms and spectra of encoder and decoder."

ORDERS = ("similarity", "frequency", "network")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--model", default=library.DEFAULT, metavar="NAME|PATH", help="see `tasnet models` (default: %(default)s)"
    )
    results.configure(parser, "all basis functions, as Fig. 3 of the paper")
    parser.add_argument("--order", choices=ORDERS, default="similarity", help="of the rows (default: similarity)")


def run(arguments: argparse.Namespace) -> int:
    """Write the file and print its name.

    Raises:
        TasnetError: the model or matplotlib is missing, or the file cannot be written.
    """
    from tasnet_gui.analysis import figures, tables
    from tasnet_gui.engine.inside import basis_of

    model, kind = library.card(arguments.model), arguments.out.suffix.lower()
    results.check(arguments.out, arguments.overwrite)
    if kind in results.FIGURES:
        figures.require_matplotlib()
    basis = basis_of(model)
    order = order_of(arguments.order, basis)
    if kind == ".npz":
        content = tables.npz(tables.basis_arrays(basis, order))
    elif kind == ".csv":
        content = tables.basis_csv(basis, order)
    else:
        content = figures.rendered(figures.basis_figure(basis, order, f"Basis of {model.title} ({model.name})"), kind)
    results.write(arguments.out, content, arguments.overwrite)
    print(arguments.out)
    return 0


def order_of(name: str, basis: "Basis") -> "Order":
    """An order that needs no recording."""
    from tasnet_gui.analysis import orders

    if name == "similarity":
        return orders.by_similarity(basis)
    return orders.by_frequency(basis) if name == "frequency" else orders.in_network(basis.filters)
