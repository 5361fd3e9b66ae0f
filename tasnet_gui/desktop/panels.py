"""The views of the inside, as one table: docks, menu entries, pictures and tests follow from it."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt

from tasnet_gui.desktop.views.at_playhead import AtPlayheadView
from tasnet_gui.desktop.views.basis import BasisView
from tasnet_gui.desktop.views.compare import CompareView
from tasnet_gui.desktop.views.filter_card import FilterCardView
from tasnet_gui.desktop.views.masks import MasksView
from tasnet_gui.desktop.views.model_card import ModelCardView
from tasnet_gui.desktop.views.spectrograms import SpectrogramsView
from tasnet_gui.desktop.widgets.panel import Panel

RIGHT, BELOW = Qt.DockWidgetArea.RightDockWidgetArea, Qt.DockWidgetArea.BottomDockWidgetArea


@dataclass(frozen=True)
class View:
    """One view: how it is called, where it goes, what makes it, and what the person reads behind the question mark."""

    key: str
    title: str
    place: Qt.DockWidgetArea
    make: Callable[[], Panel]
    explanation: tuple[str, ...]  # what you see; how to read it


VIEWS = (
    View("masks", "Masks", BELOW, MasksView, MasksView.EXPLANATION),
    View("spectrograms", "Spectrograms", BELOW, SpectrogramsView, SpectrogramsView.EXPLANATION),
    View("compare", "Compare Models", BELOW, CompareView, CompareView.EXPLANATION),
    View("basis", "Basis", RIGHT, BasisView, BasisView.EXPLANATION),
    View("filter", "Filter", RIGHT, FilterCardView, FilterCardView.EXPLANATION),
    View("playhead", "Playhead", RIGHT, AtPlayheadView, AtPlayheadView.EXPLANATION),
    View("model", "Model", RIGHT, ModelCardView, ModelCardView.EXPLANATION),
)
