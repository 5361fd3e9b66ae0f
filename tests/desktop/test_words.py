"""Numbers and names in words a person reads at a glance."""

import os
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QLocale

from tasnet_gui.desktop import words
from tasnet_gui.domain import ModelCard, Recording, Separation

CARD = ModelCard("m", "M", "", {"causal": False}, 16_000, "", "MIT", Path("m"))


@pytest.fixture(autouse=True)
def _english():
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))
    yield
    QLocale.setDefault(before)


def separation(seconds: float = 4.1, null_db: float = -140.2, device: str = "cpu") -> Separation:
    silence = np.zeros((1, 16_000 * 10), np.float32)
    recording = Recording(silence, 16_000)
    return Separation(recording, CARD, silence, silence, device, seconds=seconds, null_db=null_db)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00.0"), (41.2, "0:41.2"), (41.29, "0:41.2"), (59.99, "0:59.9"), (761, "12:41.0"),
     (3723.4, "1:02:03.4"), (-1, "0:00.0")],
)  # fmt: skip
def test_a_clock_rounds_down(seconds: float, text: str) -> None:
    assert words.clock(seconds) == text


def test_no_zero_is_less_than_nothing() -> None:
    assert words.level(-0.0003) == "0.0 dBFS"
    assert words.level(-0.06) == "\N{MINUS SIGN}0.1 dBFS"


@pytest.mark.parametrize(
    ("seconds", "text"), [(59.9996, "1:00.000"), (59.9994, "0:59.999"), (9.9999, "0:10.000"), (61.5, "1:01.500")]
)
def test_a_moment_is_rounded_as_a_whole(seconds: float, text: str) -> None:
    assert words.moment(seconds) == text


def test_a_clock_uses_the_decimal_point_of_the_locale() -> None:
    QLocale.setDefault(QLocale(QLocale.Language.German))
    assert words.clock(41.2) == "0:41,2"
    assert words.rate(44_100) == "44,1 kHz"


@pytest.mark.parametrize(
    ("hertz", "text"),
    [(48_000, "48 kHz"), (44_100, "44.1 kHz"), (22_050, "22.05 kHz"), (11_025, "11.025 kHz"), (768_000, "768 kHz")],
)
def test_a_rate_has_as_many_decimals_as_it_needs(hertz: int, text: str) -> None:
    assert words.rate(hertz) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (0.4, "almost done"), (3.2, "4 s left"), (12, "15 s left"), (54, "55 s left"), (56, "1 min left"),
     (90, "2 min left"), (9000, "2.5 h left")],
)  # fmt: skip
def test_the_time_left_is_coarse(seconds: float | None, text: str) -> None:
    assert words.time_left(seconds) == text


def test_the_facts_of_a_recording_fit_one_line() -> None:
    recording = Recording(np.zeros((2, 48_000 * 75), np.float32), 48_000, container="FLAC")
    assert words.facts(recording) == "48 kHz  ·  stereo  ·  1:15  ·  FLAC"


def test_the_status_line_tells_how_well_the_parts_add_up() -> None:
    assert words.sum_error(separation()) == "Speech + noise = mixture within −140 dB."
    assert words.sum_error(separation(null_db=-float("inf"))) == "Speech + noise = mixture, exactly."


def test_the_status_line_tells_how_fast_it_was() -> None:
    assert words.speed(separation()) == "Separated in 4.1 s on the CPU, 2.4× real time."
    assert words.speed(separation(seconds=0.1, device="cuda")) == "Separated in 0.1 s on the GPU, 100× real time."
    assert words.speed(separation(seconds=0.0)) == "Separated in 0.0 s on the CPU."


def test_clipping_is_counted_in_words() -> None:
    assert words.clipped(0) == ""
    assert words.clipped(1) == "The recording is clipped in one place."
    assert words.clipped(1234) == "The recording is clipped in 1,234 places."


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_a_name_that_is_no_text_is_shown_without_breaking_the_line() -> None:
    path = Path(os.fsdecode(b"/sound/\xff\xfe/a\nb.wav"))
    shown = words.folder(path)
    assert "\n" not in shown
    shown.encode("utf-8")  # no lone surrogate is left


def test_the_home_folder_is_shortened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("/people/ada"))
    assert words.folder(Path("/people/ada/Music")) == os.path.join("~", "Music")
    assert words.folder(Path("/people/adam")) == os.sep + os.path.join("people", "adam")
