"""Where the window opens: where it was, as far as there is still a screen."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QSize

SMALLEST = QSize(960, 600)
USUAL = QSize(1280, 800)
_GRIP = 120  # px of the window's upper edge that must be on a screen, so that it can be taken and moved


def placed(saved: tuple[int, int, int, int] | None, screens: Sequence[QRect]) -> QRect:
    """The saved rectangle if it can be reached on one of the screens (the first is the main one); otherwise the usual
    size in the middle of the main screen. Never larger than the screen it is on."""
    if saved:
        x, y, width, height = saved
        for screen in screens:
            wanted = QRect(QPoint(x, y), QSize(width, height).expandedTo(SMALLEST).boundedTo(screen.size()))
            edge = QRect(x, y, wanted.width(), 32).intersected(screen)
            if edge.width() >= _GRIP and edge.height() >= 16:
                return wanted
    main = screens[0]
    size = USUAL.boundedTo(main.size() * 0.92).expandedTo(SMALLEST).boundedTo(main.size())
    place = QRect(main.topLeft(), size)
    place.moveCenter(main.center())
    return place
