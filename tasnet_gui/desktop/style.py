"""The style sheet: what Qt's palette alone cannot say. Distances on the 4 px grid, heights from the font."""

from PySide6.QtGui import QFont

from tasnet_gui.desktop.theme import Palette

TITLE, SECONDARY = 1.23, 0.85  # of the body's size: 16 and 11 px beside 13


def points(font: QFont, scale: float) -> str:
    """A size in the style sheet's words; in points, so that it grows with the system's font size."""
    return f"{font.pointSizeF() * scale:.2f}pt"


def sheet(p: Palette, font: QFont) -> str:
    """The style sheet of the whole application. Roles are set as the property `role`."""
    return f"""
* {{ outline: none; }}
QToolTip {{ background: {p.raised}; color: {p.text}; border: 1px solid {p.border}; padding: 4px 8px; }}

QLabel[role="title"] {{ font-size: {points(font, TITLE)}; font-weight: 600; }}
QLabel[role="hero"] {{ font-size: {points(font, 1.7)}; font-weight: 600; }}
QLabel[role="heading"] {{ color: {p.accent}; font-weight: 600; }}
QLabel[role="strong"] {{ font-weight: 600; }}
QLabel[role="muted"] {{ color: {p.muted}; }}
QLabel[role="secondary"] {{ color: {p.muted}; font-size: {points(font, SECONDARY)}; }}
QLabel[role="warning"] {{ color: {p.danger}; }}
QLabel[role="muted"]:disabled, QLabel[role="secondary"]:disabled {{ color: {p.disabled}; }}

QPushButton, QToolButton {{
    background: {p.raised}; color: {p.text}; border: 1px solid {p.border}; border-radius: 6px;
    padding: 5px 12px; }}
QPushButton:hover, QToolButton:hover {{ border-color: {p.muted}; }}
QPushButton:pressed, QToolButton:pressed {{ background: {p.pressed}; }}
QPushButton:disabled, QToolButton:disabled {{ color: {p.disabled}; border-color: {p.grid}; background: transparent; }}
QPushButton:focus, QToolButton:focus, QComboBox:focus, QLineEdit:focus {{ border: 2px solid {p.accent}; }}
QPushButton:focus, QToolButton:focus {{ padding: 4px 11px; }}
QPushButton:checked {{ background: {p.calm_tint}; color: {p.accent}; border-color: {p.accent}; }}

QPushButton[role="primary"] {{
    background: {p.accent}; color: {p.on_accent}; border: 1px solid {p.accent}; font-weight: 600; }}
QPushButton[role="primary"]:hover {{ background: {p.accent_hover}; border-color: {p.accent_hover}; }}
QPushButton[role="primary"]:focus {{ border: 2px solid {p.text}; }}
QPushButton[role="primary"]:disabled {{ background: {p.pressed}; color: {p.disabled}; border-color: {p.pressed}; }}

QToolButton[role="flat"], QPushButton[role="flat"] {{
    background: transparent; border: 1px solid transparent; padding: 5px 7px; }}
QToolButton[role="flat"]:hover, QPushButton[role="flat"]:hover {{ background: {p.pressed}; }}
QToolButton[role="flat"]:focus, QPushButton[role="flat"]:focus {{
    border: 2px solid {p.accent}; padding: 4px 6px; }}
QToolButton[role="flat"]:checked {{ background: {p.calm_tint}; color: {p.accent}; }}
QToolButton[role="flat-small"] {{
    background: transparent; border: 1px solid transparent; padding: 2px; color: {p.muted}; font-weight: 600; }}
QToolButton[role="flat-small"]:hover {{ background: {p.pressed}; color: {p.text}; }}
QToolButton[role="flat-small"]:focus {{ border: 2px solid {p.accent}; padding: 1px; }}
QToolButton[role="quiet"] {{
    background: transparent; border: 1px solid transparent; padding: 1px 3px; color: {p.muted};
    font-size: {points(font, SECONDARY)}; }}
QToolButton[role="quiet"]:hover {{ color: {p.text}; background: {p.pressed}; }}
QToolButton[role="quiet"]:focus {{ border: 2px solid {p.accent}; padding: 0 2px; }}
QFileDialog QToolButton {{ padding: 3px; }}
QFileDialog QToolButton:focus {{ padding: 2px; }}
QPushButton::menu-indicator, QToolButton::menu-indicator {{ image: none; width: 0; }}
QPushButton[role="recent"] {{
    background: transparent; border: 1px solid transparent; text-align: left; padding: 5px 8px; }}
QPushButton[role="recent"]:hover {{ background: {p.pressed}; }}
QPushButton[role="recent"]:focus {{ border: 2px solid {p.accent}; padding: 4px 7px; }}

QFrame[role="segments"] {{ background: {p.groove}; border-radius: 7px; }}
QToolButton[role="segment"] {{
    background: transparent; border: 1px solid transparent; border-radius: 5px; padding: 2px 12px;
    color: {p.muted}; }}
QToolButton[role="segment"]:hover {{ color: {p.text}; }}
QToolButton[role="segment"]:checked {{
    background: {p.chosen}; color: {p.text}; border-color: {p.border}; }}
QToolButton[role="segment"]:disabled {{ color: {p.disabled}; }}
QToolButton[role="segment"]:focus {{ border: 2px solid {p.accent}; padding: 1px 11px; }}

QComboBox, QLineEdit {{
    background: {p.raised}; color: {p.text}; border: 1px solid {p.border}; border-radius: 6px;
    padding: 4px 8px; selection-background-color: {p.accent}; selection-color: {p.on_accent}; }}
QComboBox:focus, QLineEdit:focus {{ padding: 3px 7px; }}
QComboBox::drop-down {{ border: none; width: 24px; }}
QComboBox QAbstractItemView {{
    background: {p.raised}; border: 1px solid {p.border}; padding: 4px;
    selection-background-color: {p.accent}; selection-color: {p.on_accent}; }}

QTableView {{ background: {p.surface}; border: none; selection-background-color: transparent; }}
QHeaderView {{ background: {p.background}; }}
QHeaderView::section {{
    background: {p.background}; color: {p.muted}; border: none; border-bottom: 1px solid {p.grid};
    padding: 6px 12px; font-size: {points(font, SECONDARY)}; }}
QHeaderView::section:first {{ padding-left: 20px; }}

QProgressBar {{ background: {p.pressed}; border: none; border-radius: 3px; height: 6px; }}
QProgressBar::chunk {{ background: {p.accent}; border-radius: 3px; }}

QSlider:horizontal {{ min-height: 20px; }}
QSlider::groove:horizontal {{ background: {p.pressed}; height: 4px; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {p.muted}; border-radius: 2px; }}
QSlider::handle:horizontal {{
    background: {p.raised}; border: 1px solid {p.muted}; width: 14px; height: 14px; margin: -6px 0;
    border-radius: 8px; }}
QSlider::handle:horizontal:hover {{ border-color: {p.text}; }}
QSlider::handle:horizontal:focus {{ border: 2px solid {p.accent}; width: 12px; height: 12px; }}
QSlider::sub-page:horizontal:disabled {{ background: {p.pressed}; }}
QSlider::handle:horizontal:disabled {{ border-color: {p.grid}; background: {p.background}; }}

QScrollBar:vertical {{ background: transparent; width: 12px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 0; }}
QScrollBar::handle {{ background: {p.border}; border-radius: 4px; margin: 2px; }}
QScrollBar::handle:vertical {{ min-height: 32px; }}
QScrollBar::handle:horizontal {{ min-width: 32px; }}
QScrollBar::handle:hover {{ background: {p.muted}; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
    background: transparent; border: none; height: 0; width: 0; }}
QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; }}

QFrame[role="bar"] {{ background: {p.background}; border: none; }}
QFrame[role="line"] {{ background: {p.grid}; border: none; max-height: 1px; min-height: 1px; }}
QFrame[role="edge"] {{ background: {p.grid}; border: none; }}
QFrame[role="banner"] {{ background: {p.calm_tint}; border: none; border-left: 3px solid {p.accent}; }}
QFrame[role="banner-error"] {{ background: {p.danger_tint}; border: none; border-left: 3px solid {p.danger}; }}
QFrame[role="card"] {{ background: {p.surface}; border: 1px solid {p.grid}; border-radius: 8px; }}

QFrame[role="note"] {{ background: {p.raised}; border: 1px solid {p.border}; border-radius: 8px; }}

QMainWindow::separator {{ background: {p.grid}; width: 1px; height: 1px; margin: 2px; }}
QMainWindow::separator:hover {{ background: {p.accent}; }}
QTabBar {{ background: {p.background}; qproperty-drawBase: 0; }}
QTabBar::tab {{
    background: transparent; color: {p.muted}; border: none; border-bottom: 2px solid transparent;
    padding: 5px 10px; margin: 0 2px; }}
QTabBar::tab:hover {{ color: {p.text}; }}
QTabBar::tab:selected {{ color: {p.text}; border-bottom-color: {p.accent}; }}
QTabBar::tab:focus {{ color: {p.accent}; }}

QMenuBar {{ background: {p.background}; padding: 2px 4px; }}
QMenuBar::item {{ padding: 4px 8px; border-radius: 4px; background: transparent; }}
QMenuBar::item:selected {{ background: {p.pressed}; color: {p.text}; }}
QMenu {{ background: {p.raised}; border: 1px solid {p.border}; padding: 4px; }}
QMenu::item {{ padding: 5px 24px 5px 24px; border-radius: 4px; }}
QMenu::item:selected {{ background: {p.pressed}; color: {p.text}; }}
QMenu::item:disabled {{ color: {p.disabled}; }}
QMenu::separator {{ height: 1px; background: {p.grid}; margin: 4px 8px; }}
QMenu::indicator {{ width: 12px; height: 12px; left: 6px; }}
"""
