"""The palette: neutral greys for the frame, one accent, and the source colours that hold in every view."""

from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QPalette
from PySide6.QtWidgets import QApplication

CHOICES = ("system", "light", "dark")
GRID = 4  # px: every distance is a multiple of it
BODY = 9.75  # pt: 13 px on a screen of 96 dpi


@dataclass(frozen=True)
class Palette:
    """Colours as #RRGGBB. Text and muted text keep a contrast of 4.5 on background, surface and raised."""

    dark: bool
    background: str  # behind everything
    surface: str  # where waveforms and plots are drawn
    text: str
    muted: str  # secondary text, ticks
    grid: str  # lines that must hardly be seen
    accent: str  # playhead, focus, the primary button
    selection: str  # tinted at 12 %
    mixture: str
    speech: str
    noise: str
    remix: str
    raised: str  # buttons and fields
    pressed: str  # a button under the pointer's weight; the groove of a slider
    groove: str  # what chosen segments lie in
    chosen: str  # the chosen segment
    border: str  # the edge of what can be pressed
    disabled: str  # text of what cannot be used now
    on_accent: str  # text on the accent
    accent_hover: str
    danger: str  # text of an error's first words, the edge of its banner
    danger_tint: str  # its ground
    calm_tint: str  # the ground of a banner that says that all is well

    def source(self, name: str) -> str:
        """The colour of "mixture", "speech", "noise" or "remix"."""
        return {"mixture": self.mixture, "speech": self.speech, "noise": self.noise, "remix": self.remix}[name]


LIGHT = Palette(
    dark=False,
    background="#F4F5F7",
    surface="#FFFFFF",
    text="#111827",
    muted="#5B6472",
    grid="#E6E8EC",
    accent="#7C3AED",
    selection="#7C3AED",
    mixture="#64748B",
    speech="#2563EB",
    noise="#D97706",
    remix="#0F766E",
    raised="#FFFFFF",
    pressed="#E4E7EC",
    groove="#E4E7EC",
    chosen="#FFFFFF",
    border="#CDD2DA",
    disabled="#A0A7B3",
    on_accent="#FFFFFF",
    accent_hover="#6D28D9",
    danger="#B42318",
    danger_tint="#FDF0EE",
    calm_tint="#EFEAFC",
)

DARK = Palette(
    dark=True,
    background="#16181D",
    surface="#1E2127",
    text="#E8EAED",
    muted="#9BA3AF",
    grid="#2C3038",
    accent="#C084FC",
    selection="#C084FC",
    mixture="#94A3B8",
    speech="#60A5FA",
    noise="#FBBF24",
    remix="#2DD4BF",
    raised="#272B33",
    pressed="#363B46",
    groove="#22262D",
    chosen="#3D434E",
    border="#3D434E",
    disabled="#646C79",
    on_accent="#1B1226",
    accent_hover="#D0A2FD",
    danger="#FDA29B",
    danger_tint="#33201F",
    calm_tint="#28213A",
)


def qt_palette(palette: Palette) -> QPalette:
    """The same colours where Qt draws by itself: menus, dialogs, text cursors."""
    role = QPalette.ColorRole
    qt = QPalette(QColor(palette.raised), QColor(palette.background))
    for which, colour in {
        role.Window: palette.background,
        role.Base: palette.surface,
        role.AlternateBase: palette.background,
        role.Button: palette.raised,
        role.ToolTipBase: palette.raised,
        role.ToolTipText: palette.text,
        role.Text: palette.text,
        role.WindowText: palette.text,
        role.ButtonText: palette.text,
        role.PlaceholderText: palette.muted,
        role.Highlight: palette.accent,
        role.Accent: palette.accent,
        role.HighlightedText: palette.on_accent,
        role.Link: palette.accent,
        role.LinkVisited: palette.accent,
        role.Mid: palette.border,
    }.items():
        qt.setColor(which, QColor(colour))
    for which in (role.Text, role.WindowText, role.ButtonText):
        qt.setColor(QPalette.ColorGroup.Disabled, which, QColor(palette.disabled))
    return qt


def body_font(percent: int = 100) -> QFont:
    """The system's own font; where the system has no opinion (bare X11 says "Sans Serif"), Inter if it is there."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    if font.family() in ("Sans Serif", "Sans", ""):
        if "Inter" in QFontDatabase.families():
            font.setFamilies(["Inter", font.family()])
        font.setPointSizeF(BODY)
    font.setPointSizeF(QFontInfo(font).pointSizeF() * percent / 100)
    return font


class Theme(QObject):
    """The palette now in use. Follows the system live as long as the choice is "system"."""

    changed = Signal(object)  # Palette

    def __init__(self, app: QApplication, choice: str = "system", text_size: int = 100) -> None:
        super().__init__()
        self._app, self._choice = app, choice
        self._shown = LIGHT
        if app.style().name() != "fusion":
            app.setStyle("Fusion")  # the one that looks the same, and takes a palette, on every system
        app.setFont(body_font(text_size))
        # Queued: Qt tells this in the midst of its own change of every widget.
        app.styleHints().colorSchemeChanged.connect(self._system_changed, Qt.ConnectionType.QueuedConnection)
        self.choose(choice)

    @property
    def choice(self) -> str:
        return self._choice

    @property
    def palette(self) -> Palette:
        if self._choice == "system":
            return DARK if self._app.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT
        return DARK if self._choice == "dark" else LIGHT

    def choose(self, choice: str) -> None:
        """Use "system", "light" or "dark" from now on."""
        self._choice = choice
        scheme = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}.get(choice, Qt.ColorScheme.Unknown)
        self._app.styleHints().setColorScheme(scheme)  # native title bars and file dialogs follow where they can
        self._apply()

    def resize_text(self, percent: int) -> None:
        """Write everything larger, or as the system does at 100."""
        self._app.setFont(body_font(percent))
        self._apply()

    @Slot()
    def _system_changed(self) -> None:
        if self.palette != self._shown:
            self._apply()

    def _apply(self) -> None:
        from tasnet_gui.desktop.style import sheet

        self._shown = palette = self.palette
        self._app.setPalette(qt_palette(palette))
        self._app.setStyleSheet(sheet(palette, self._app.font()))
        self.changed.emit(palette)
