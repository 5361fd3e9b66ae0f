"""The report: what a spreadsheet and a program can rely on, and numbers that can be checked by hand."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tasnet_gui.batch import measure, report
from tasnet_gui.batch.queue import Queue
from tasnet_gui.batch.run import running
from tasnet_gui.domain import BadRequest, ModelCard, Recording, Samples, Separation, finish

Filled = Callable[..., Queue]
CARD = ModelCard("none", "None", "", {"causal": False}, 16_000, "", "", Path())


def table(queue: Queue) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(report.as_csv(queue.items))))


def test_each_file_has_its_line_with_all_that_is_known(
    filled: Filled, sounds: Callable[..., list[Path]], tmp_path: Path
) -> None:
    queue = filled([*sounds(3, bad=1), tmp_path / "in" / "f000.wav"])
    finish(running(queue))
    lines = table(queue)
    assert [line["state"] for line in lines] == ["done", "done", "failed"]
    first, _, bad = lines
    assert first["input"] == str(tmp_path / "in" / "f000.wav")
    assert (first["rate"], first["channels"], first["duration"]) == ("16000", "1", "0.2")
    assert float(first["mixture_rms_dbfs"]) == pytest.approx(20 * np.log10(0.2), abs=0.3)
    assert first["output_speech"].endswith("f000_speech.wav")
    assert first["strength_db"] == first["remix_rms_dbfs"] == ""
    assert first["output_mixture"] == first["reason"] == first["si_sdr"] == ""
    assert bad["reason"]
    assert not any(value for key, value in bad.items() if key not in ("input", "state", "reason", "duration"))


def test_a_remix_has_its_strength_and_levels_of_its_own(
    filled: Filled, sounds: Callable[..., list[Path]], tmp_path: Path
) -> None:
    queue = filled(sounds(1), tracks=["speech", "noise", "remix"], strength="off")
    finish(running(queue))
    (line,) = table(queue)
    assert line["strength_db"] == "off"
    assert line["output_remix"] == str(tmp_path / "out" / "f000_remix.wav")
    assert Path(line["output_remix"]).read_bytes() == Path(line["output_speech"]).read_bytes()
    for measure_ in ("peak_dbfs", "rms_dbfs", "loudness_lufs"):
        assert line[f"remix_{measure_}"] == line[f"speech_{measure_}"]


def test_the_json_says_the_same_and_sums_it_up(filled: Filled, sounds: Callable[..., list[Path]]) -> None:
    queue = filled(sounds(3, bad=1))
    finish(running(queue))
    told = json.loads(report.as_json(queue.items), parse_constant=pytest.fail)
    assert told["summary"]["files"] == 3
    assert (told["summary"]["done"], told["summary"]["failed"]) == (2, 1)
    assert told["summary"]["duration"] == pytest.approx(0.4)
    shown = [{k: "" if v is None else str(v) for k, v in row.items()} for row in told["items"]]
    assert shown == table(queue)


def test_names_that_are_no_text_and_reasons_with_commas_survive(filled: Filled, tmp_path: Path) -> None:
    odd = tmp_path / 'a,"b"\nü\udcff.wav'
    try:
        odd.write_bytes(b"x")
    except (OSError, UnicodeError):  # not every system lets every name be
        odd = tmp_path / "a,'b'ü.wav"
        odd.write_bytes(b"x")
    queue = filled([odd])
    finish(running(queue))
    for suffix in report.SUFFIXES:
        report.write(tmp_path / "new" / f"r{suffix}", queue.items)
    assert table(queue)[0]["input"] == str(odd)
    text = (tmp_path / "new" / "r.json").read_text(encoding="utf-8")
    assert json.loads(text)["items"][0]["input"] == str(odd)
    assert len((tmp_path / "new" / "r.csv").read_text(encoding="utf-8").strip()) > 0


def test_a_report_says_by_its_name_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match=r"\.csv or \.json"):
        report.write(tmp_path / "report.xls", [])
    assert not list(tmp_path.iterdir())


def test_levels_are_those_of_the_sound(tone: Callable[..., Samples]) -> None:
    sine = tone(48_000, 3.0, 2, level=0.5)
    levels = finish(measure.measuring_levels([np.stack([sine[0], sine[0]])], 48_000, 2, sine.shape[1]))
    assert levels.peak == pytest.approx(20 * np.log10(0.5), abs=0.01)
    assert levels.rms == pytest.approx(20 * np.log10(0.5) - 3.01, abs=0.01)
    assert levels.loudness == pytest.approx(20 * np.log10(0.5) - 0.7, abs=0.7)  # 220 Hz weigh a little less than 1 kHz
    silence = finish(measure.measuring_levels([0 * sine], 48_000, 2, sine.shape[1]))
    assert (silence.peak, silence.rms, silence.loudness) == (None, None, None)


def test_scores_appear_where_the_true_speech_is_known(
    filled: Filled,
    sound_file: Callable[..., Path],
    hiss: Callable[..., Samples],
    tone: Callable[..., Samples],
    tmp_path: Path,
) -> None:
    (tmp_path / "true").mkdir()
    known = sound_file("known.wav", tone() + hiss(), subtype="FLOAT")
    sound_file("true/known.flac", tone(), subtype="PCM_24")
    other = sound_file("other.wav", tone(), subtype="FLOAT")
    sound_file("true/other.wav", tone(8_000), 8_000)
    queue = filled([known, other, sound_file("unknown.wav", tone())], references=str(tmp_path / "true"))
    finish(running(queue))
    first, second, third = (row.outcome for row in queue.items)
    assert first
    assert second
    assert third
    assert set(first.scores) == {"si_sdr", "si_sdr_improvement", "sdr", "sdr_improvement"}
    assert second.scores == third.scores == {}
    assert "another rate" in second.notes[-1]
    assert table(queue)[0]["si_sdr"]


def test_a_perfect_separation_scores_what_it_gains(hiss: Callable[..., Samples], tone: Callable[..., Samples]) -> None:
    speech, noise = tone(channels=2), hiss(channels=2)
    separation = Separation(Recording(speech + noise, 16_000), CARD, speech, noise)
    scores: dict[str, Any] = finish(measure.scoring(separation, Recording(speech, 16_000)))
    assert scores["si_sdr"] == scores["sdr"] == 100.0
    assert scores["sdr_improvement"] == pytest.approx(100.0 - 20 * np.log10(0.25 / np.sqrt(2) / 0.1), abs=0.3)


def test_references_are_found_by_name_in_their_tree_or_at_the_top(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for name in ("a/x.flac", "x.wav", "y.wav"):
        (tmp_path / name).touch()
    assert measure.reference_for("/in/a/x.wav", "a", str(tmp_path)) == str(tmp_path / "a" / "x.flac")
    assert measure.reference_for("/in/a/y.wav", "a", str(tmp_path)) == str(tmp_path / "y.wav")
    assert measure.reference_for("/in/z.wav", "", str(tmp_path)) == ""
    assert measure.reference_for("/in/x.wav", "", "") == ""
    assert measure.reference_for("/in/a/x.wav", "a", "s3://true") == "s3://true/a/x.wav"
