"""The model card: what kind of network this is, in the paper's letters, what it learned from, and how good it is."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from tasnet_gui.desktop import verdict, words
from tasnet_gui.desktop.theme import Palette
from tasnet_gui.desktop.widgets.network import Network
from tasnet_gui.desktop.widgets.panel import Panel
from tasnet_gui.desktop.widgets.parts import Elided, label
from tasnet_gui.desktop.widgets.reach import Reach
from tasnet_gui.desktop.widgets.scrolling import Scrolling
from tasnet_gui.desktop.widgets.table import Table, wrapped
from tasnet_gui.domain import ModelCard
from tasnet_gui.nets.config import LETTERS, ConvTasNetConfig

NAMES = {
    "filters": "basis functions",
    "kernel": "samples in a basis function",
    "stride": "samples from frame to frame",
    "bottleneck": "channels between blocks",
    "hidden": "channels inside a block",
    "skip": "channels of the skip paths",
    "block_kernel": "kernel of a block",
    "blocks": "blocks in a repeat",
    "repeats": "repeats",
    "sources": "sources",
}
_LONGEST = 160  # letters of one value; the card itself holds all of it


class ModelCardView(Panel):
    """Everything on one scrolling page."""

    EXPLANATION: ClassVar = (
        "The network that takes the recording apart, drawn from top to bottom: the encoder multiplies every short "
        "window of sound with N basis functions, the separator finds a mask for each source, the decoder turns what "
        "the masks let through back into sound.",
        "The numbers in the separator are the dilations of its blocks: how many frames apart the samples are that a "
        "block compares. Together they give the receptive field, which is also drawn below the time axis of the "
        "lanes, around the playhead. The letters are those of the Conv-TasNet paper (Luo and Mesgarani, 2019).",
    )

    def __init__(self) -> None:
        super().__init__()
        self._shown: ModelCard | None = None
        self._rows: list[tuple[str, str]] = []
        self._name = Elided("", "strong", Qt.TextElideMode.ElideRight, "Model")
        self.tools.addWidget(self._name, 1)
        self._network, self._reach = Network(), Reach()
        self._page = Scrolling("Model card", "Scrolls through all that is known of the model")
        self._head, self._here, self._facts = QVBoxLayout(), QVBoxLayout(), QVBoxLayout()
        column = self._page.column
        column.setSpacing(4)
        column.addLayout(self._head)
        column.addLayout(self._here)
        column.addSpacing(8)
        column.addWidget(self._network)
        column.addSpacing(8)
        column.addWidget(label("Receptive field", "heading"))
        column.addWidget(self._reach)
        column.addLayout(self._facts)
        column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._page)

    def show_active(self, active: bool) -> None:
        super().show_active(active)
        self.reach_asked.emit(active)

    def draw(self) -> None:
        self._draw_scores()
        if self.inspection.model is self._shown or self.inspection.model is None:
            return
        self._shown = card = self.inspection.model
        config = ConvTasNetConfig.from_dict(dict(card.config))
        self._network.show_config(config)
        self._reach.show_config(config)
        _empty(self._head)
        _empty(self._facts)
        self._name.setText(card.title)
        self._head.addWidget(wrapped(card.description, "muted"))
        self._add("In numbers", _numbers(card, config))
        self._add("Hyper-parameters", _letters(config))
        self._add("Scores", list(_flat(card.scores)) or [("", "Not measured yet")])
        self._add("Training", list(_flat(card.training)))
        self._add("Origin", [("Licence", card.licence), ("Folder", card.folder.name), ("SHA-256", card.sha256[:16])])

    def _draw_scores(self) -> None:
        """How good it was on this very recording, where the truth is known."""
        if (rows := verdict.rows(self.inspection)) == self._rows:
            return
        self._rows = rows
        _empty(self._here)
        self._add("On this recording", rows, self._here)

    def picture(self) -> QWidget:
        return self._page.page

    def show_palette(self, palette: Palette) -> None:
        super().show_palette(palette)
        self._network.show_palette(palette)
        self._reach.show_palette(palette)

    def _add(self, title: str, rows: list[tuple[str, str]], place: QVBoxLayout | None = None) -> None:
        place = place or self._facts
        if rows:
            heading = label(title, "heading")
            heading.setContentsMargins(0, 16, 0, 2)
            table = Table()
            table.show_rows(rows)
            place.addWidget(heading)
            place.addWidget(table)


def _numbers(card: ModelCard, config: ConvTasNetConfig) -> list[tuple[str, str]]:
    latency = words.span(config.look_ahead)
    return [
        ("Parameters", f"{words.number(card.parameters / 1e6, 2)} million"),
        ("Sample rate", words.rate(card.rate)),
        ("Kind", "causal: never looks ahead" if card.causal else "non-causal: looks ahead"),
        ("Receptive field", words.span(config.receptive_field)),
        ("Look-ahead", latency),
        ("Latency", latency if card.causal else "the whole recording, because its norms hear all of it"),
    ]


def _letters(config: ConvTasNetConfig) -> list[tuple[str, str]]:
    rows = []
    for field, name in NAMES.items():
        letter = LETTERS.get(field, "S" if field == "stride" else "")
        value = getattr(config, field)
        inside = f" ({words.span(value / config.rate)})" if field in ("kernel", "stride") else ""
        rows.append((f"{letter}  {name}", f"{value}{inside}"))
    rows += [
        ("Norm", "global (gLN)" if config.norm == "gLN" else "cumulative (cLN)"),
        ("Encoder", "rectified" if config.encoder_activation == "relu" else config.encoder_activation),
        ("Masks", config.mask_activation),
        ("Speech + noise", "add up to the mixture" if config.mixture_consistency else "are made to add up afterwards"),
    ]
    return rows


def _flat(values: Mapping[str, Any], before: str = "") -> Iterable[tuple[str, str]]:
    """Values within values as rows; lists of things are counted."""
    for key, value in values.items():
        name = f"{before}{str(key).replace('_', ' ')}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{name} \N{MIDDLE DOT} ")
        elif isinstance(value, (list, tuple)):
            yield name, ", ".join(map(_plain, value))[:_LONGEST]
        elif value not in ("", None):
            yield name, _plain(value)[:_LONGEST]


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return str(value.get("name", next(iter(value.values()), "")))
    if isinstance(value, float):
        return words.number(value, 2)
    return str(value)


def _empty(layout: QVBoxLayout) -> None:
    while item := layout.takeAt(0):
        if widget := item.widget():
            widget.hide()
            widget.deleteLater()
