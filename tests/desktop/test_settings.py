"""Settings survive anything: what makes sense is used, what does not is replaced by its default and kept aside."""

import os
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies
from PySide6.QtCore import QSettings

from tasnet_gui.desktop.settings import MOST_RECENT, VERSION, Preferences, Settings, load, save

EVERYTHING = Settings(
    theme="dark",
    text_size=150,
    recent=(Path("/sound/a, b.wav"), Path("/sound/100 %.wav"), Path("/sound/=[x];#.wav")),
    model="speech-noise-causal",
    device="cpu",
    threads=3,
    high_band="noise",
    channels="each",
    volume=0.25,
    output="Lautsprecher (größer), ALSA",
    remix_speech=-3.5,
    remix_noise=float("-inf"),
    export_folder=Path("/sound/new"),
    export_format="flac",
    export_tracks=("speech",),
    export_template="{date} {stem} %d, {track}",
    export_conflict="skip",
    export_tags=False,
    export_sidecar=True,
    batch_options='{"model": "a, \\"b\\"", "tracks": ["speech"]}',
    batch_gently=True,
    window=(10, -20, 1280, 800),
    maximized=True,
)


def ini(path: Path, **values: str) -> Path:
    file = QSettings(str(path), QSettings.Format.IniFormat)
    for key, value in {"version": str(VERSION), **values}.items():
        file.setValue(key, value)
    file.sync()
    return path


def backup(path: Path) -> Path:
    return path.with_name(path.name + ".bak")


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "settings.ini"
    save(EVERYTHING, path)
    assert load(path) == EVERYTHING
    assert not backup(path).exists()


def test_the_example_changes_every_setting() -> None:
    assert not [f.name for f in fields(Settings) if getattr(EVERYTHING, f.name) == getattr(Settings(), f.name)]


def test_without_a_file_there_are_defaults(tmp_path: Path) -> None:
    assert load(tmp_path / "none.ini") == Settings()


@settings(max_examples=50, deadline=None)
@given(
    strategies.binary(min_size=1, max_size=60).filter(
        lambda name: not {0, 47} & set(name) and name not in (b".", b"..")
    )
)
def test_any_file_name_is_remembered_byte_by_byte(tmp_path_factory, name: bytes) -> None:
    path = tmp_path_factory.mktemp("settings") / "settings.ini"
    recent = (Path(os.fsdecode(b"/sound/" + name)),)
    save(Settings(recent=recent), path)
    assert load(path).recent == recent


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("theme", "pink"),
        ("text_size", "1000"),
        ("recent", "relative/path.wav"),
        ("recent", "/with%00zero"),
        ("model", "x" * 300),
        ("device", "abacus"),
        ("threads", "-1"),
        ("threads", "many"),
        ("high_band", "half"),
        ("channels", "five"),
        ("volume", "nan"),
        ("volume", "7"),
        ("export_folder", "somewhere"),
        ("export_tracks", "drums"),
        ("export_template", " "),
        ("export_conflict", "fight"),
        ("export_sidecar", "perhaps"),
        ("window", "1 2 3"),
        ("window", "0 0 -5 100"),
        ("window", "99999999999 0 100 100"),
        ("maximized", "perhaps"),
    ],
)
def test_a_bad_value_costs_only_itself(tmp_path: Path, key: str, value: str) -> None:
    other = ("volume", "0.5") if key != "volume" else ("threads", "2")
    path = ini(tmp_path / "settings.ini", **{key: value, other[0]: other[1]})
    loaded = load(path)
    assert getattr(loaded, key) == getattr(Settings(), key)
    assert str(getattr(loaded, other[0])) == other[1]
    assert value in backup(path).read_text(encoding="utf-8")


@pytest.mark.parametrize("content", [b"\x00\xff\xfe garbage \x80" * 50, b"[General\ntheme", b"\n", b"theme=dark\n"])
def test_a_file_that_is_no_settings_is_kept_aside(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "settings.ini"
    path.write_bytes(content)
    load(path)
    assert backup(path).read_bytes() == content
    save(EVERYTHING, path)
    assert load(path) == EVERYTHING


def test_settings_of_a_newer_version_are_kept_aside_and_used_as_far_as_they_make_sense(tmp_path: Path) -> None:
    path = ini(tmp_path / "settings.ini", version=str(VERSION + 1), theme="dark", volume="louder")
    loaded = load(path)
    assert (loaded.theme, loaded.volume) == ("dark", Settings().volume)
    assert backup(path).exists()


def test_a_folder_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    preferences = Preferences(tmp_path / "file" / "settings.ini")
    preferences.change(theme="dark")
    assert preferences.value.theme == "dark"


def test_a_change_is_told_and_is_there_at_the_next_start(tmp_path: Path) -> None:
    preferences, told = Preferences(tmp_path / "settings.ini"), []
    preferences.changed.connect(told.append)
    preferences.change(theme="dark")
    preferences.change(theme="dark")
    assert [value.theme for value in told] == ["dark"]
    assert Preferences(tmp_path / "settings.ini").value.theme == "dark"


def test_the_file_opened_last_is_the_first_of_the_recent_ones(tmp_path: Path) -> None:
    preferences = Preferences(tmp_path / "settings.ini")
    paths = [tmp_path / f"{number}.wav" for number in range(MOST_RECENT + 5)]
    for path in [*paths, paths[7]]:
        preferences.remember(path)
    assert preferences.value.recent[:2] == (paths[7], paths[-1])
    assert len(set(preferences.value.recent)) == MOST_RECENT
    preferences.forget(paths[7])
    assert paths[7] not in preferences.value.recent
