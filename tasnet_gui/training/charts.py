"""Small charts as SVG, drawn without a plotting library."""

import math
from collections.abc import Mapping, Sequence
from html import escape

Points = Sequence[tuple[float, float]]

_COLOURS = ("#2f6fde", "#d9822b", "#2e9e6b", "#a64ac9")
_WIDTH, _HEIGHT = 640, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 24, 28, 44  # margins


def chart(series: Mapping[str, Points], x: str, y: str, *, lines: bool = False) -> str:
    """Points, or lines through them, on axes from the least to the greatest of all values.

    Args:
        series: points by name; those that are not finite are left out.
        x: what the horizontal axis shows.
        y: what the vertical axis shows.
        lines: connect the points.
    """
    finite = {name: [p for p in points if all(map(math.isfinite, p))] for name, points in series.items()}
    everything = [point for points in finite.values() for point in points] or [(0.0, 0.0)]
    across, up = (_ticks(min(axis), max(axis)) for axis in zip(*everything, strict=True))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        'font-size="12" fill="#888" role="img">',
        *_axes(across, up, x, y),
    ]
    for number, (name, points) in enumerate(finite.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        places = [(_across(a, across), _up(b, up)) for a, b in points]
        parts += [_line(places, colour)] if lines else [_dot(place, colour) for place in places]
        left = _LEFT + 150 * number
        parts.append(f'<circle cx="{left + 5}" cy="14" r="4" fill="{colour}"/>')
        parts.append(f'<text x="{left + 14}" y="18">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _axes(across: list[float], up: list[float], x: str, y: str) -> list[str]:
    """Grid lines with their values, and what the axes show."""
    parts = []
    for value in across:
        place = _across(value, across)
        parts.append(_grid(place, _TOP, place, _HEIGHT - _BOTTOM))
        parts.append(f'<text x="{place:.1f}" y="{_HEIGHT - _BOTTOM + 16}" text-anchor="middle">{value:g}</text>')
    for value in up:
        place = _up(value, up)
        parts.append(_grid(_LEFT, place, _WIDTH - _RIGHT, place))
        parts.append(f'<text x="{_LEFT - 6}" y="{place + 4:.1f}" text-anchor="end">{value:g}</text>')
    middle = (_TOP + _HEIGHT - _BOTTOM) / 2
    parts.append(f'<text x="{_WIDTH / 2}" y="{_HEIGHT - 8}" text-anchor="middle">{escape(x)}</text>')
    parts.append(f'<text transform="translate(14 {middle}) rotate(-90)" text-anchor="middle">{escape(y)}</text>')
    return parts


def _grid(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#8884" stroke-width="1"/>'


def _dot(place: tuple[float, float], colour: str) -> str:
    return f'<circle cx="{place[0]:.1f}" cy="{place[1]:.1f}" r="3" fill="{colour}" fill-opacity=".6"/>'


def _line(places: Points, colour: str) -> str:
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in places)
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>'


def _across(value: float, ticks: list[float]) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (value - ticks[0]) / (ticks[-1] - ticks[0])


def _up(value: float, ticks: list[float]) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * (value - ticks[0]) / (ticks[-1] - ticks[0])


def _ticks(low: float, high: float) -> list[float]:
    """Round values, 1, 2 or 5 times a power of ten apart, at most eight, that enclose low..high."""
    span = max(high - low, 1e-6 * max(abs(high), 1.0))
    power = 10.0 ** math.floor(math.log10(span / 7))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= span / 7)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [number * step for number in range(first, max(last, first + 1) + 1)]
