"""Colours can be read, icons are drawn, and the system's choice is followed live."""

from itertools import product

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QIcon

from tasnet_gui.desktop import icons
from tasnet_gui.desktop.style import sheet
from tasnet_gui.desktop.theme import DARK, LIGHT, Palette, Theme, body_font


def luminance(colour: str) -> float:
    channels = (QColor(colour).redF(), QColor(colour).greenF(), QColor(colour).blueF())
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """As WCAG 2 defines it: 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read_on_every_ground(palette: Palette) -> None:
    p = palette
    pairs = [
        *product((p.text, p.muted), (p.background, p.surface, p.raised, p.groove, p.calm_tint, p.danger_tint)),
        *((p.text, ground) for ground in (p.pressed, p.chosen)),
        *((p.on_accent, ground) for ground in (p.accent, p.accent_hover)),
        *((p.danger, ground) for ground in (p.background, p.danger_tint)),
    ]
    assert not [(a, b, contrast(a, b)) for a, b in pairs if contrast(a, b) < 4.5]


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_the_sources_and_the_focus_stand_out_from_the_ground(palette: Palette) -> None:
    for colour in (palette.mixture, palette.speech, palette.noise, palette.remix, palette.accent):
        assert contrast(colour, palette.surface) >= 3.0


@pytest.fixture
def theme(qapp):
    look = qapp.styleSheet(), qapp.palette(), qapp.font()
    yield Theme(qapp, "light")
    qapp.styleHints().setColorScheme(Qt.ColorScheme.Unknown)
    qapp.setStyleSheet(look[0])
    qapp.setPalette(look[1])
    qapp.setFont(look[2])


def test_a_choice_is_shown_at_once(theme: Theme, qapp) -> None:
    told = []
    theme.changed.connect(told.append)
    theme.choose("dark")
    assert told == [DARK]
    assert qapp.palette().window().color().name().upper() == DARK.background
    assert DARK.accent in qapp.styleSheet()
    theme.choose("light")
    assert told == [DARK, LIGHT]


def test_the_system_is_followed_while_it_is_the_choice(theme: Theme, qapp, monkeypatch: pytest.MonkeyPatch) -> None:
    class Hints:
        scheme = Qt.ColorScheme.Dark

        def colorScheme(self):
            return self.scheme

        def setColorScheme(self, scheme) -> None: ...

    told, hints = [], Hints()
    theme.changed.connect(told.append)
    monkeypatch.setattr(type(qapp), "styleHints", lambda _: hints)
    theme.choose("system")
    for hints.scheme in (Qt.ColorScheme.Light, Qt.ColorScheme.Dark, Qt.ColorScheme.Dark, Qt.ColorScheme.Unknown):
        theme._system_changed()  # unknown: a desktop without an opinion
    assert told == [DARK, LIGHT, DARK, LIGHT]


def test_text_grows_as_asked_everywhere(theme: Theme, qapp) -> None:
    before = qapp.font().pointSizeF()
    theme.resize_text(200)
    assert qapp.font().pointSizeF() == pytest.approx(2 * before)
    assert body_font(200).pointSizeF() == pytest.approx(2 * body_font(100).pointSizeF())
    assert f"{2 * before * 1.23:.2f}pt" in qapp.styleSheet()


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_the_style_sheet_is_understood(qapp, palette: Palette) -> None:
    text = sheet(palette, body_font())
    assert text.count("{") == text.count("}")
    assert "None" not in text


@pytest.mark.parametrize("name", icons.NAMES)
def test_every_icon_is_drawn_in_its_colour_at_any_size(qapp, name: str) -> None:
    drawn = icons.icon(name, LIGHT, "#FF0000")
    for side in (16, 48):
        image = drawn.pixmap(QSize(side, side)).toImage()
        pixels = [image.pixelColor(x, y) for x, y in product(range(side), repeat=2)]
        inked = [pixel for pixel in pixels if pixel.alpha() > 200]
        assert len(inked) >= side // 4
        assert all(pixel.red() > 200 and pixel.green() < 60 for pixel in inked)


def test_a_disabled_icon_is_grey(qapp) -> None:
    image = icons.icon("play", LIGHT).pixmap(QSize(24, 24), QIcon.Mode.Disabled).toImage()
    assert image.pixelColor(11, 12).name().upper() == LIGHT.disabled


def test_the_application_has_its_icon(qapp) -> None:
    assert not icons.application_icon().pixmap(QSize(64, 64)).isNull()
