"""What the person looks at: one state, replaced whole, that no late answer can change."""

import threading
from pathlib import Path

import numpy as np
import pytest

from tasnet_gui.audio.exports import ExportPlan
from tasnet_gui.desktop.session import EXPORTING, OPENING, SEPARATING, Session
from tasnet_gui.domain import ModelError, Progress, TasnetError


class Heard:
    """Everything that a session says."""

    def __init__(self, session: Session) -> None:
        self.recordings, self.separations, self.parts = [], [], []
        self.errors, self.exports, self.words = [], [], []
        session.recording_changed.connect(self.recordings.append)
        session.separation_changed.connect(self.separations.append)
        session.part_finished.connect(self.parts.append)
        session.failed.connect(self.errors.append)
        session.exported.connect(self.exports.append)
        session.said.connect(self.words.append)


@pytest.fixture
def heard(session: Session) -> Heard:
    return Heard(session)


def open_and_wait(qtbot, session: Session, path: Path) -> None:
    session.open([path])
    qtbot.waitUntil(lambda: session.state.recording is not None and session.state.recording.path == path)
    qtbot.waitUntil(lambda: not session.state.task)


def separate_and_wait(qtbot, session: Session) -> None:
    session.separate()
    qtbot.waitUntil(lambda: session.state.separation is not None)


def test_opening_shows_the_recording_and_remembers_the_file(qtbot, session, heard, wav, preferences) -> None:
    path = wav("talk.wav")
    session.open([path])
    assert session.state.task == OPENING
    qtbot.waitUntil(lambda: heard.recordings != [])
    assert heard.recordings[0].path == path
    assert session.state.task == ""
    assert preferences.value.recent == (path,)


def test_a_file_that_cannot_be_opened_leaves_the_open_one_alone(qtbot, session, heard, wav, tmp_path) -> None:
    open_and_wait(qtbot, session, wav("good.wav"))
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"this is no sound")
    session.open([bad])
    qtbot.waitUntil(lambda: heard.errors != [])
    assert session.state.recording.path.name == "good.wav"
    assert isinstance(heard.errors[0], TasnetError)
    assert heard.errors[0].todo


def test_a_recent_file_that_is_gone_is_forgotten(qtbot, session, heard, wav, preferences, tmp_path) -> None:
    gone = tmp_path / "gone.wav"
    preferences.remember(gone)
    session.open([gone])
    qtbot.waitUntil(lambda: heard.errors != [])
    assert gone not in preferences.value.recent


def test_a_name_that_no_disk_takes_is_refused_like_any_other(qtbot, session, heard, tmp_path) -> None:
    session.open([tmp_path / f"{'a' * 300}.wav"])
    qtbot.waitUntil(lambda: heard.errors != [])
    assert isinstance(heard.errors[0], TasnetError)


def test_of_two_files_opened_quickly_only_the_second_is_shown(qtbot, session, heard, wav) -> None:
    session.open([wav("first.wav")])
    session.open([wav("second.wav")])
    qtbot.waitUntil(lambda: session.state.recording is not None and not session.state.task)
    assert [recording.path.name for recording in heard.recordings] == ["second.wav"]


def test_of_several_files_the_first_recording_is_opened_and_that_is_said(qtbot, session, heard, wav, tmp_path) -> None:
    text = tmp_path / "a.txt"
    text.write_text("no sound")
    session.open([text, wav("b.wav"), wav("c.wav")])
    qtbot.waitUntil(lambda: heard.recordings != [])
    assert heard.recordings[0].path.name == "b.wav"
    assert "b.wav, the first" in heard.words[-1]


def test_of_a_folder_the_first_recording_by_name_is_opened(qtbot, session, heard, wav, tmp_path) -> None:
    wav("b.wav"), wav("a.wav")
    session.open([tmp_path])
    qtbot.waitUntil(lambda: heard.recordings != [])
    assert heard.recordings[0].path.name == "a.wav"


def test_a_folder_without_recordings_is_refused(qtbot, session, heard, tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    session.open([tmp_path / "empty"])
    qtbot.waitUntil(lambda: heard.errors != [])
    assert "empty holds no recordings" in str(heard.errors[0])


def test_clipping_is_told_once_the_waveform_is_there(qtbot, session, heard, sound_file) -> None:
    loud = np.ones((1, 1000), np.float32)
    session.open([sound_file("loud.wav", loud, subtype="PCM_16")])
    qtbot.waitUntil(lambda: any("clipped in one place" in word for word in heard.words))


def test_separating_shows_the_parts_as_they_come_and_then_the_result(qtbot, session, heard, engine, wav) -> None:
    open_and_wait(qtbot, session, wav("talk.wav"))
    engine.gate.clear()
    session.separate()
    qtbot.waitUntil(lambda: session.state.arriving)
    assert (session.state.task, session.state.separation) == (SEPARATING, None)
    assert len(heard.parts) == 1
    engine.gate.set()
    qtbot.waitUntil(lambda: session.state.separation is not None)
    assert [part.start for part in heard.parts] == [0, 8000]
    assert session.state.task == ""
    assert heard.separations == [None, session.state.separation]
    assert "within −150 dB" in heard.words[-1]


def test_nothing_is_separated_twice_at_the_same_time(qtbot, session, engine, wav) -> None:
    open_and_wait(qtbot, session, wav("talk.wav"))
    engine.gate.clear()
    session.separate()
    session.separate()
    engine.gate.set()
    qtbot.waitUntil(lambda: session.state.separation is not None)
    assert len(engine.asked) == 1


def test_cancelling_gives_up_the_separation_and_the_next_one_works(qtbot, session, heard, engine, wav) -> None:
    open_and_wait(qtbot, session, wav("talk.wav"))
    engine.gate.clear()
    session.separate()
    qtbot.waitUntil(lambda: session.state.arriving)
    session.cancel()
    assert session.state.stopping
    qtbot.waitUntil(lambda: not session.state.task)
    assert engine.closed == 1
    assert not session.state.arriving
    assert heard.separations[-1] is None
    assert heard.words[-1] == "Cancelled."
    engine.gate.set()
    separate_and_wait(qtbot, session)


def test_a_separation_of_the_last_recording_is_dropped(qtbot, session, heard, engine, wav) -> None:
    open_and_wait(qtbot, session, wav("old.wav"))
    engine.gate.clear()
    session.separate()
    qtbot.waitUntil(lambda: session.state.arriving)
    session.open([wav("new.wav")])
    qtbot.waitUntil(lambda: session.state.recording.path.name == "new.wav")
    engine.gate.set()
    qtbot.waitUntil(lambda: not session.state.task)
    assert engine.closed == 1
    assert session.state.separation is None
    assert not any(separation is not None for separation in heard.separations)
    assert heard.words[-1] == "Ready."


def test_a_result_that_is_ready_when_another_file_is_opened_is_dropped(qtbot, session, heard, engine, wav) -> None:
    open_and_wait(qtbot, session, wav("old.wav"))
    qtbot.waitUntil(lambda: session.jobs.running is None)  # else the separation waits for this thread to go on
    ended = threading.Event()
    separating = engine.separating

    def and_tell(*asked):
        result = yield from separating(*asked)
        ended.set()
        return result

    session.work = type(session.work)(separating=and_tell, warming=engine.warming, cards=lambda: engine.cards)
    session.separate()
    assert ended.wait(5)  # computed, but the GUI thread has not been told yet
    session.open([wav("new.wav")])
    qtbot.waitUntil(lambda: session.state.recording.path.name == "new.wav")
    assert session.state.separation is None
    assert all(separation is None for separation in heard.separations)


def test_each_models_result_is_kept_for_the_open_recording(qtbot, session, engine, wav) -> None:
    open_and_wait(qtbot, session, wav("talk.wav"))
    separate_and_wait(qtbot, session)
    first = session.state.separation
    session.choose_model("quick")
    assert session.state.separation is None
    separate_and_wait(qtbot, session)
    assert session.state.separation.model.name == "quick"
    session.choose_model("careful")
    assert session.state.separation is first  # at once, without computing
    assert len(engine.asked) == 2


def test_what_is_said_is_said_of_the_result_that_is_shown(qtbot, session, heard, wav) -> None:
    open_and_wait(qtbot, session, wav("talk.wav"))
    separate_and_wait(qtbot, session)
    result = heard.words[-1]
    assert result.startswith("Speech + noise = mixture")
    session.choose_model("quick")
    assert heard.words[-1] == "Ready."
    session.choose_model("careful")
    assert heard.words[-1] == result


def test_results_are_forgotten_with_the_recording(qtbot, session, wav) -> None:
    open_and_wait(qtbot, session, wav("talk.wav"))
    separate_and_wait(qtbot, session)
    open_and_wait(qtbot, session, wav("other.wav"))
    assert session.state.separation is None


def test_a_failure_keeps_the_result_that_was_there(qtbot, session, heard, engine, wav) -> None:
    open_and_wait(qtbot, session, wav("talk.wav"))
    separate_and_wait(qtbot, session)
    kept = session.state.separation
    engine.failure = ModelError("The weights are damaged.", "Install the model again.")
    session.separate()
    qtbot.waitUntil(lambda: heard.errors != [])
    assert session.state.separation is kept
    assert heard.errors == [engine.failure]


def test_an_error_that_nobody_foresaw_still_becomes_a_sentence(qtbot, session, heard, engine, wav) -> None:
    open_and_wait(qtbot, session, wav("talk.wav"))
    engine.failure = ZeroDivisionError("division by zero")
    session.separate()
    qtbot.waitUntil(lambda: heard.errors != [])
    assert heard.errors[0].what.endswith(".")
    assert "log" in heard.errors[0].todo


def test_the_model_device_and_threads_that_were_chosen_are_used_and_remembered(
    qtbot, session, engine, wav, preferences
) -> None:
    open_and_wait(qtbot, session, wav("talk.wav"))
    session.choose_model("quick")
    session.choose_device("cpu")
    session.choose_threads(3)
    separate_and_wait(qtbot, session)
    assert engine.asked == [("talk.wav", "quick", "cpu", 3)]
    kept = preferences.value
    assert (kept.model, kept.device, kept.threads) == ("quick", "cpu", 3)


def test_separating_begins_where_the_person_listens(qtbot, session, engine, wav) -> None:
    open_and_wait(qtbot, session, wav("talk.wav"))
    session.listening = lambda: 0.7
    for selection in (None, (0.2, 0.4), (0.5, 0.9)):
        session.select(selection)
        session.separate()
        qtbot.waitUntil(lambda: session.state.separation is not None and not session.state.task)
    assert engine.begins == [0.7, 0.2, 0.7]


def test_an_export_writes_what_is_on_the_screen(qtbot, session, heard, wav, tmp_path) -> None:
    open_and_wait(qtbot, session, wav("talk.wav"))
    separate_and_wait(qtbot, session)
    session.export(ExportPlan(tmp_path, format="wavfloat"))
    assert session.state.task == EXPORTING
    assert session.busy
    qtbot.waitUntil(lambda: heard.exports != [])
    assert {path.name for path in heard.exports[0].paths} == {"talk_speech.wav", "talk_noise.wav"}
    assert all(path.is_file() for path in heard.exports[0].paths)


def test_an_export_outlives_the_opening_of_another_file(qtbot, session, heard, wav, tmp_path) -> None:
    open_and_wait(qtbot, session, wav("talk.wav"))
    separate_and_wait(qtbot, session)
    session.export(ExportPlan(tmp_path))
    session.open([wav("next.wav")])
    qtbot.waitUntil(lambda: session.state.recording.path.name == "next.wav")
    assert len(heard.exports) == 1


def test_hearing_one_track_silences_the_others(qtbot, session, wav) -> None:
    open_and_wait(qtbot, session, wav("talk.wav"))
    assert session.state.heard == "mixture"
    separate_and_wait(qtbot, session)
    for track in ("speech", "noise", "mixture"):
        session.hear(track)
        assert session.state.heard == track
    session.toggle_solo("speech")
    session.toggle_solo("noise")
    assert session.state.heard == ""  # two of them
    session.set_volume(0.5)
    assert session.state.mix.volume == 0.5
    assert session.state.mix.solo == {"speech", "noise"}


def test_without_a_result_only_the_mixture_is_heard(qtbot, session, wav) -> None:
    open_and_wait(qtbot, session, wav("talk.wav"))
    separate_and_wait(qtbot, session)
    session.hear("speech")
    session.choose_model("quick")  # which has no result yet
    assert session.state.heard == "mixture"


def test_closing_the_recording_empties_the_table(qtbot, session, heard, engine, wav) -> None:
    open_and_wait(qtbot, session, wav("talk.wav"))
    engine.gate.clear()
    session.separate()
    qtbot.waitUntil(lambda: session.state.arriving)
    session.close_recording()
    assert session.state.recording is None
    assert heard.recordings[-1] is None
    qtbot.waitUntil(lambda: not session.state.task)
    assert session.state.separation is None


def test_a_model_that_is_gone_is_replaced_by_the_first_there_is(session, engine) -> None:
    session.choose_model("quick")
    engine.cards = engine.cards[:1]
    session.look_for_models()
    assert session.state.model.name == "careful"
    engine.cards = []
    session.look_for_models()
    assert session.state.model is None
    session.separate()
    assert not session.state.task


def test_progress_reaches_whoever_draws_it(qtbot, session, engine, wav) -> None:
    told: list[Progress] = []
    session.progressed.connect(told.append)
    open_and_wait(qtbot, session, wav("talk.wav"))
    separate_and_wait(qtbot, session)
    assert told[-1].done == 1.0
