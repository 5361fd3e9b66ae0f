import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tasnet_gui.audio.names import fill, fold, shown
from tasnet_gui.domain import BadRequest

# Any name that a file system may hold: surrogates stand for bytes that are not text.
names = st.text(st.characters(exclude_characters="/\0", codec=None), min_size=1, max_size=300).filter(
    lambda name: name not in (".", "..")
)


@given(names, st.sampled_from(["speech", "noise"]), st.sampled_from([".wav", " (12).flac"]))
@example("CON", "speech", ".wav")
@example("é" * 200, "speech", ".wav")
@example("\udcff" * 255, "speech", ".wav")
@example("👩‍🚀" * 40, "noise", ".wav")
def test_every_name_is_legal_everywhere(stem: str, track: str, tail: str) -> None:
    name = fill("{stem}_{track}", {"stem": stem, "track": track}, tail)
    assert name.endswith(f"_{track}{tail}")
    assert len(name.encode()) <= 255  # and this fails for what cannot be encoded
    assert not re.search(r'[<>:"/\\|?*\x00-\x1f]', name)


@pytest.mark.parametrize("stem", ["CON", "nul", "Com1", "LPT9", "aux.old", "con .x", "CONIN$"])
def test_reserved_names_are_altered(stem: str) -> None:
    name = fill("{stem}", {"stem": stem}, ".wav")
    assert re.match(r"(CON|NUL|COM1|LPT9|AUX|CONIN\$) ?_", name.upper())


@pytest.mark.parametrize("stem", ["console", "com", "com10", "my con"])
def test_names_that_only_look_reserved_stay(stem: str) -> None:
    assert fill("{stem}", {"stem": stem}, ".wav") == f"{stem}.wav"


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("Été – 日本 😀", "Été – 日本 😀.wav"),
        ("-rf", "-rf.wav"),
        ("100%s %d {track} {0}", "100%s %d {track} {0}.wav"),
        ("<b>bold</b>", "_b_bold__b_.wav"),
        ("two\nlines", "two_lines.wav"),
        ("dots...", "dots.wav"),
        ("space ", "space.wav"),
        ("...", "untitled.wav"),
    ],
)
def test_names_are_taken_by_the_letter(stem: str, name: str) -> None:
    assert fill("{stem}", {"stem": stem, "track": "speech"}, ".wav") == name


def test_a_long_stem_gives_way_to_track_and_suffix() -> None:
    name = fill("{stem}_{track}", {"stem": "x" * 255, "track": "speech"}, ".wav")
    assert name == "x" * 244 + "_speech.wav"


def test_an_unknown_field_is_refused_with_the_choices() -> None:
    with pytest.raises(BadRequest, match=r"\{who\}.*\{stem\}, \{track\}"):
        fill("{stem}_{who}", {"stem": "a", "track": "b"}, ".wav")


def test_a_template_that_never_fits_is_refused() -> None:
    with pytest.raises(BadRequest, match="too long"):
        fill("x" * 300 + "{stem}", {"stem": "a"}, ".wav")


@given(names)
def test_a_shown_name_is_one_printable_line(name: str) -> None:
    text = shown(f"/somewhere/{name}")
    assert text.isprintable()
    assert text.encode("utf-8")
    assert len(text) <= 120


def test_a_shown_name_tells_bytes_and_line_breaks() -> None:
    assert shown("/music/caf\udce9\n.wav") == "caf\\xe9\\n.wav"


def test_case_and_composition_do_not_make_two_names() -> None:
    assert fold("CAFÉ.wav") == fold("cafe\u0301.WAV")
