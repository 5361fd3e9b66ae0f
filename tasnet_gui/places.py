"""Where things lie: shipped models and resources, and the folders that belong to the person."""

from pathlib import Path

from platformdirs import PlatformDirs

_PACKAGE = Path(__file__).resolve().parent
_DIRS = PlatformDirs(appname="tasnet-studio", appauthor=False)


def shipped(folder: str) -> Path:
    """The folder `models` or `resources`: inside the installed package, or beside it in a checkout."""
    inside = _PACKAGE / folder
    return inside if inside.is_dir() else _PACKAGE.parent / folder


def user_models() -> Path:
    """Where imported models live. It may not exist yet."""
    return Path(_DIRS.user_data_dir) / "models"


def log_folder() -> Path:
    """Where the rotating log lives. It may not exist yet."""
    return Path(_DIRS.user_log_dir)


def cache_folder() -> Path:
    """Where what can be made again lives, such as decoded corpora. It may not exist yet."""
    return Path(_DIRS.user_cache_dir)


def batch_folder() -> Path:
    """Where the journals of unfinished batches lie. It may not exist yet."""
    return Path(_DIRS.user_state_dir) / "batches"


def preset_folder() -> Path:
    """Where the person's presets of batch options lie. It may not exist yet."""
    return Path(_DIRS.user_config_dir) / "batch-presets"


def settings_file() -> Path:
    """The desktop's settings, an INI file. It may not exist yet."""
    return Path(_DIRS.user_config_dir) / "settings.ini"
