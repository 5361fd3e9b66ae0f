"""The person's settings: typed, with a version, every key checked on its own. Bad keys fall back to the default."""

import json
import logging
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_to_bytes

from PySide6.QtCore import QObject, QSettings, Signal

from tasnet_gui import places
from tasnet_gui.domain import AUDIBLE, LOUDEST, OFF, STRONGEST
from tasnet_gui.engine.native import CHANNELS, HIGH_BANDS

log = logging.getLogger(__name__)

VERSION = 1
MOST_RECENT = 10
TEXT_SIZES = (100, 125, 150, 200)
DEVICES = ("auto", "cpu", "cuda", "mps")


@dataclass(frozen=True)
class Settings:
    """Everything that is remembered from one start to the next."""

    theme: str = "system"
    text_size: int = 100  # percent of the system's, one of TEXT_SIZES
    recent: tuple[Path, ...] = ()  # the latest first
    model: str = ""  # a card's name; "" is the first there is
    device: str = "auto"
    threads: int = 0  # 0: the engine decides
    high_band: str = HIGH_BANDS[0]
    channels: str = CHANNELS[0]
    volume: float = 1.0  # linear
    output: str = ""  # a sound device's name; "" is the system's default
    remix_speech: float = 0.0  # dB
    remix_noise: float = -12.0  # dB
    export_folder: Path | None = None  # None: beside the recording
    export_format: str = ""  # a key of EXPORTS; "" is the one nearest to the recording
    export_tracks: tuple[str, ...] = ("speech", "noise")
    export_template: str = "{stem}_{track}"
    export_conflict: str = "ask"  # what happens to files that exist: ask, number, skip, overwrite
    export_tags: bool = True
    export_sidecar: bool = False
    batch_options: str = ""  # what was done to the files of the last batch, as JSON
    batch_gently: bool = False  # the batch leaves the processor to other programs
    window: tuple[int, int, int, int] | None = None  # x, y, width, height
    maximized: bool = False


def _one_of(*allowed: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"{text!r} is none of {', '.join(allowed)}")
        return text

    return read


def _between(least: float, most: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        value = float(text)
        if not least <= value <= most:  # also refuses NaN
            raise ValueError(f"{text} is not between {least} and {most}")
        return value

    return read


def _level(text: str) -> float:
    return OFF if float(text) == OFF else _between(-STRONGEST, LOUDEST)(text)


def _threads(text: str) -> int:
    return int(_between(0, 1024)(text))


def _boolean(text: str) -> bool:
    return _one_of("true", "false")(text) == "true"


def _path(text: str) -> Path:
    path = Path(os.fsdecode(unquote_to_bytes(text)))
    if not path.is_absolute() or "\0" in str(path):
        raise ValueError(f"{text!r} is no absolute path")
    return path


def _paths(text: str) -> tuple[Path, ...]:
    return tuple(_path(part) for part in text.split(" ") if part)[:MOST_RECENT]


def _tracks(text: str) -> tuple[str, ...]:
    return tuple(_one_of(*AUDIBLE)(part) for part in text.split(" ") if part)


def _rectangle(text: str) -> tuple[int, int, int, int] | None:
    if not text:
        return None
    x, y, width, height = (int(part) for part in text.split(" "))
    if not (0 < width < 1 << 16 and 0 < height < 1 << 16 and abs(x) < 1 << 16 and abs(y) < 1 << 16):
        raise ValueError(f"{text!r} is no window")
    return x, y, width, height


def _short(text: str) -> str:
    if len(text) > 255:
        raise ValueError("too long")
    return text


def _template(text: str) -> str:
    if not text.strip():
        raise ValueError("no name")
    return _short(text)


def _json(text: str) -> str:
    if len(text) > 1 << 16:
        raise ValueError("too long")
    if text:
        json.loads(text)
    return text


_READERS: dict[str, Callable[[str], object]] = {
    "theme": _one_of("system", "light", "dark"),
    "text_size": lambda text: int(_one_of(*map(str, TEXT_SIZES))(text)),
    "recent": _paths,
    "model": _short,
    "device": _one_of(*DEVICES),
    "threads": _threads,
    "high_band": _one_of(*HIGH_BANDS),
    "channels": _one_of(*CHANNELS),
    "volume": _between(0, 1),
    "output": _short,
    "remix_speech": _level,
    "remix_noise": _level,
    "export_folder": lambda text: _path(text) if text else None,
    "export_format": _short,
    "export_tracks": _tracks,
    "export_template": _template,
    "export_conflict": _one_of("ask", "number", "skip", "overwrite"),
    "export_tags": _boolean,
    "export_sidecar": _boolean,
    "batch_options": _json,
    "batch_gently": _boolean,
    "window": _rectangle,
    "maximized": _boolean,
}


def _write(value: object) -> str:
    """As plain ASCII text: paths percent-encoded byte by byte, so that any file name survives."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Path):
        return quote_from_bytes(os.fsencode(value))
    if isinstance(value, tuple):
        return " ".join(_write(part) for part in value)
    return str(value)


def load(path: Path) -> Settings:
    """The settings in `path`; defaults for what is missing or makes no sense, and then the file is kept as .bak."""
    if not path.is_file():
        return Settings()
    file = QSettings(str(path), QSettings.Format.IniFormat)
    found: dict[str, object] = {}
    wrong = [] if file.status() == QSettings.Status.NoError else [f"status {file.status().name}"]
    version = file.value("version")
    if version != str(VERSION):
        wrong.append(f"version {version!r}, expected {VERSION}")
    for key, read in _READERS.items():
        if (text := file.value(key)) is None:
            continue
        try:
            found[key] = read(text if isinstance(text, str) else ",".join(text))
        except (ValueError, TypeError) as error:
            wrong.append(f"{key}: {error}")
    if wrong:
        _keep(path, wrong)
    return Settings(**found)  # type: ignore[arg-type]  # each reader gives its field's type


def _keep(path: Path, wrong: list[str]) -> None:
    backup = path.with_name(path.name + ".bak")
    log.warning("Settings in %s use defaults where they are wrong (%s); kept as %s", path, "; ".join(wrong), backup)
    try:
        shutil.copy2(path, backup)
    except OSError:
        log.exception("Could not keep %s", backup)


def save(settings: Settings, path: Path) -> None:
    """Write them; what cannot be written is logged, because nobody should be stopped by it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError:
        log.exception("Could not make %s", path.parent)
        return
    file = QSettings(str(path), QSettings.Format.IniFormat)
    file.setValue("version", str(VERSION))
    for field in fields(settings):
        file.setValue(field.name, _write(getattr(settings, field.name)))
    file.sync()
    if file.status() != QSettings.Status.NoError:
        log.warning("Could not write the settings to %s: %s", path, file.status().name)


class Preferences(QObject):
    """The one holder of the settings: changed by replacing, written to disk at once."""

    changed = Signal(object)  # Settings

    def __init__(self, path: Path | None = None) -> None:
        super().__init__()
        self._path = path or places.settings_file()
        self.value = load(self._path)

    def change(self, **changes: object) -> None:
        settings = replace(self.value, **changes)  # type: ignore[arg-type]
        if settings != self.value:
            self.value = settings
            save(settings, self._path)
            self.changed.emit(settings)

    def remember(self, path: Path) -> None:
        """Put a file in the first place of the recent ones."""
        path = path.absolute()
        self.change(recent=(path, *(other for other in self.value.recent if other != path))[:MOST_RECENT])

    def forget(self, path: Path) -> None:
        self.change(recent=tuple(other for other in self.value.recent if other != path))
