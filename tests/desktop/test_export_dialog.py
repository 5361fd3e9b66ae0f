"""The export dialog: it shows what will be written before it is, and asks for nothing that cannot be done."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog

from tasnet_gui import places
from tasnet_gui.audio.exports import LIKE_INPUT, Exported
from tasnet_gui.desktop.app import Desktop
from tasnet_gui.desktop.widgets.export_choices import first_folder, report
from tasnet_gui.desktop.widgets.export_dialog import ExportDialog
from tasnet_gui.domain import ModelCard, Recording, Separation

CARD = ModelCard("m", "M", "", {"causal": False}, 16_000, "", "MIT", Path("m"))


def separation(folder: Path, channels: int = 1, name: str = "talk.wav", rate: int = 16_000) -> Separation:
    sound = np.zeros((channels, 1600), np.float32)
    recording = Recording(sound, rate, folder / name, "WAV", "PCM_16")
    return Separation(recording, CARD, sound, sound)


@pytest.fixture
def dialog(qtbot, preferences, tmp_path) -> ExportDialog:
    dialog = ExportDialog(separation(tmp_path), preferences)
    qtbot.addWidget(dialog)
    return dialog


def names(dialog: ExportDialog) -> list[str]:
    return [dialog._names.rows[track].text() for track in ("speech", "noise", "mixture")]


def asked(qtbot, dialog: ExportDialog):
    with qtbot.waitSignal(dialog.export_asked) as asked:
        dialog.export.click()
    return asked.args[0]


def test_it_begins_with_speech_and_noise_beside_the_recording_in_its_own_format(qtbot, dialog, tmp_path) -> None:
    assert names(dialog) == ["talk_speech.wav", "talk_noise.wav", "–"]
    plan = asked(qtbot, dialog)
    assert (plan.folder, plan.tracks, plan.format, plan.conflict) == (
        tmp_path,
        ("speech", "noise"),
        LIKE_INPUT,
        "refuse",  # if a name were taken, it would have asked
    )


def test_the_names_follow_every_choice(dialog) -> None:
    dialog.tracks["noise"].setChecked(False)
    dialog.tracks["mixture"].setChecked(True)
    dialog.format.setCurrentIndex(dialog.format.findData("flac"))
    assert names(dialog) == ["talk_speech.flac", "–", "talk_mixture.flac"]


def test_files_that_exist_are_numbered_around_unless_they_are_to_be_replaced(qtbot, dialog, tmp_path) -> None:
    (tmp_path / "talk_noise.wav").write_bytes(b"mine")
    dialog.tracks["mixture"].setChecked(True)
    qtbot.mouseClick(dialog.conflict.button("number"), Qt.MouseButton.LeftButton)
    assert names(dialog) == ["talk_speech (2).wav", "talk_noise (2).wav", "talk_mixture (2).wav"]
    qtbot.mouseClick(dialog.conflict.button("overwrite"), Qt.MouseButton.LeftButton)
    assert names(dialog) == ["talk_speech.wav", "talk_noise.wav", "talk_mixture.wav"]
    assert asked(qtbot, dialog).conflict == "overwrite"


def test_who_wants_to_be_asked_is_asked_before_anything_is_written(qtbot, dialog, tmp_path) -> None:
    (tmp_path / "talk_noise.wav").write_bytes(b"mine")
    dialog.tracks["mixture"].setChecked(True)
    assert names(dialog) == ["talk_speech.wav", "talk_noise.wav", "talk_mixture.wav"]
    with qtbot.assertNotEmitted(dialog.export_asked):
        dialog.export.click()
    assert dialog.question.isVisibleTo(dialog)
    assert "talk_noise.wav exists already." in dialog.question.accessibleDescription()
    dialog.question.answers[""].click()
    assert not dialog.question.isVisibleTo(dialog)
    assert dialog.export.isVisibleTo(dialog)


@pytest.mark.parametrize("answer", ["number", "skip", "overwrite"])
def test_the_answer_is_what_is_done(qtbot, dialog, tmp_path, answer: str) -> None:
    (tmp_path / "talk_noise.wav").write_bytes(b"mine")
    dialog.export.click()
    with qtbot.waitSignal(dialog.export_asked) as asked:
        dialog.question.answers[answer].click()
    assert asked.args[0].conflict == answer
    assert dialog._preferences.value.export_conflict == "ask"  # the next time, too


def test_what_is_changed_while_asked_takes_the_question_back(dialog, tmp_path) -> None:
    (tmp_path / "talk_noise.wav").write_bytes(b"mine")
    dialog.export.click()
    dialog.template.setText("other {track}")
    assert not dialog.question.isVisibleTo(dialog)
    assert names(dialog)[:2] == ["other speech.wav", "other noise.wav"]


def test_when_everything_is_there_and_skipped_there_is_nothing_to_export(qtbot, dialog, tmp_path) -> None:
    for track in ("speech", "noise"):
        (tmp_path / f"talk_{track}.wav").write_bytes(b"mine")
    qtbot.mouseClick(dialog.conflict.button("skip"), Qt.MouseButton.LeftButton)
    assert not dialog.export.isEnabled()
    assert "nothing to write" in dialog._trouble.text()


def test_the_names_follow_the_template_while_it_is_typed(qtbot, dialog) -> None:
    dialog.template.setText("{index} {stem} at {rate}, {track} by {model}")
    assert names(dialog)[0] == "01 talk at 16000, speech by m.wav"
    dialog.template.setText("{who}")
    assert not dialog.export.isEnabled()
    assert "{who}" in dialog._trouble.text()
    dialog.template.setText("")
    assert names(dialog)[0] == "talk_speech.wav"


def test_the_sidecar_is_shown_among_the_files(qtbot, dialog) -> None:
    dialog.sidecar.setChecked(True)
    assert dialog._names.rows["sidecar"].text() == "talk_export.json"
    plan = asked(qtbot, dialog)
    assert (plan.sidecar, plan.tags) == (True, True)


def test_all_tracks_are_one_click_away(qtbot, dialog) -> None:
    dialog.all.click()
    assert set(asked(qtbot, dialog).tracks) == {"speech", "noise", "remix", "mixture"}


def test_a_selection_is_what_is_exported_unless_all_is_wanted(qtbot, preferences, tmp_path) -> None:
    dialog = ExportDialog(separation(tmp_path), preferences, selection=(0.02, 0.07))
    qtbot.addWidget(dialog)
    assert dialog.plan().span == (0.02, 0.07)
    qtbot.mouseClick(dialog.span.button("all"), Qt.MouseButton.LeftButton)
    assert dialog.plan().span is None


def test_clipping_is_told_before_with_what_to_do_about_it(qtbot, preferences, tmp_path) -> None:
    dialog = ExportDialog(separation(tmp_path), preferences)
    qtbot.addWidget(dialog)
    assert not dialog.level.isVisibleTo(dialog)
    dialog.show_peaks(None, {"speech": 2.0, "noise": 0.5, "mixture": 4.0, "remix": 1.0})
    assert dialog.level.isVisibleTo(dialog)
    assert "Speech peaks 6.0 dB above full scale" in dialog.level._told.text()
    assert "6.0 dB" in dialog.level.choice.button("gain").text()  # the mixture is not exported and does not count
    qtbot.mouseClick(dialog.level.choice.button("float"), Qt.MouseButton.LeftButton)
    assert (dialog.plan().format, dialog.plan().clipping) == ("wavfloat", "float")
    dialog.tracks["speech"].setChecked(False)
    assert not dialog.level.isVisibleTo(dialog)
    dialog.tracks["mixture"].setChecked(True)
    dialog.format.setCurrentIndex(dialog.format.findData("wavfloat"))
    assert not dialog.level.isVisibleTo(dialog)


def test_a_rate_that_the_format_does_not_know_is_told_in_its_name(qtbot, preferences, tmp_path) -> None:
    dialog = ExportDialog(separation(tmp_path, rate=44_100), preferences)
    qtbot.addWidget(dialog)
    assert dialog.format.itemText(dialog.format.findData("opus")) == "Opus, at 48 kHz"
    assert dialog.format.itemText(dialog.format.findData("mp3")) == "MP3"


def test_without_a_track_nothing_can_be_exported(dialog) -> None:
    for check in dialog.tracks.values():
        check.setChecked(False)
    assert not dialog.export.isEnabled()
    assert dialog._trouble.text() == "Choose at least one track."


@pytest.mark.parametrize("text", ["", "somewhere/relative", "/no/such/folder", __file__])
def test_a_folder_that_is_none_is_refused_while_it_is_typed(dialog, tmp_path, text: str) -> None:
    dialog.folder.setText(text)
    assert not dialog.export.isEnabled()
    assert dialog._trouble.text()
    dialog.folder.setText(str(tmp_path))
    assert dialog.export.isEnabled()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="such a folder stops only ordinary people on POSIX")
def test_a_folder_that_cannot_be_written_is_refused_before_the_work(dialog, tmp_path) -> None:
    tmp_path.chmod(0o500)
    dialog.export.click()
    tmp_path.chmod(0o700)
    assert dialog._trouble.text()
    assert dialog.result() != QDialog.DialogCode.Accepted


def test_a_new_folder_is_made(qtbot, dialog, tmp_path) -> None:
    dialog.folder.setText(str(tmp_path / "new"))
    assert dialog._trouble.text() == "The folder is new and will be made."
    assert asked(qtbot, dialog).folder == tmp_path / "new"


def test_a_folder_that_goes_away_meanwhile_is_refused_in_the_dialog(dialog, tmp_path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    dialog.folder.setText(str(gone / "inside"))
    gone.rmdir()
    dialog.export.click()
    assert dialog._trouble.text()
    assert dialog.result() != QDialog.DialogCode.Accepted


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_a_folder_whose_name_is_no_text_is_kept_as_it_is(qtbot, preferences, tmp_path) -> None:
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe"))
    odd.mkdir()
    dialog = ExportDialog(separation(odd), preferences)
    qtbot.addWidget(dialog)
    assert asked(qtbot, dialog).folder == odd


def test_only_formats_that_hold_the_recording_are_offered(qtbot, preferences, tmp_path) -> None:
    dialog = ExportDialog(separation(tmp_path, channels=6), preferences)
    qtbot.addWidget(dialog)
    assert dialog.format.findData("wavfloat") > 0
    assert dialog.format.findData("mp3") == -1  # holds two channels


def test_the_choices_are_there_the_next_time(qtbot, dialog, preferences, tmp_path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    dialog.folder.setText(str(other))
    dialog.tracks["noise"].setChecked(False)
    dialog.format.setCurrentIndex(dialog.format.findData("flac"))
    asked(qtbot, dialog)
    again = ExportDialog(separation(tmp_path), preferences)
    qtbot.addWidget(again)
    assert again.plan() == dialog.plan()


def test_the_demo_is_not_exported_into_the_application(tmp_path) -> None:
    inside = Recording(np.zeros((1, 1), np.float32), 16_000, places.shipped("resources") / "demo" / "interview.flac")
    assert not first_folder(inside, None).is_relative_to(places.shipped("resources"))
    assert first_folder(inside, tmp_path) == tmp_path
    assert first_folder(inside, tmp_path / "gone").is_dir()


def test_the_report_names_the_files_and_what_there_is_to_know() -> None:
    exported = Exported((Path("/music/a.wav"), Path("/music/b.wav")), -2.0, ("All tracks are 2.0 dB lower.",))
    assert report(exported) == ("Saved 2 files in music.", "a.wav, b.wav. All tracks are 2.0 dB lower.")


def test_from_the_button_to_files_that_add_up_to_the_mixture(qtbot, separated: Desktop, tmp_path) -> None:
    window = separated.window
    qtbot.mouseClick(window.header.action.export, Qt.MouseButton.LeftButton)
    dialog = window.findChild(ExportDialog)
    dialog.format.setCurrentIndex(dialog.format.findData("wavfloat"))
    qtbot.mouseClick(dialog.export, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(window.banner.isVisible)
    assert window.banner.text.startswith(f"Saved 2 files in {tmp_path.name}.")
    assert window.findChild(ExportDialog) is None
    speech, noise = (
        soundfile.read(tmp_path / f"talk_{track}.wav", dtype="float32")[0] for track in ("speech", "noise")
    )
    np.testing.assert_allclose(speech + noise, separated.session.state.recording.samples[0], atol=1e-6)


def into_a_folder_that_goes(desktop: Desktop, folder: Path, monkeypatch: pytest.MonkeyPatch) -> ExportDialog:
    """The dialog, with a folder that vanishes between the last check and the writing."""
    desktop.window.header.action.export.click()
    dialog = desktop.window.findChild(ExportDialog)
    folder.mkdir()
    dialog.folder.setText(str(folder / "inside"))
    monkeypatch.setattr("tasnet_gui.desktop.widgets.export_dialog.check_folder", lambda _: folder.rmdir())
    return dialog


def test_a_failing_export_keeps_the_result_and_says_why(qtbot, separated: Desktop, tmp_path, monkeypatch) -> None:
    window = separated.window
    dialog = into_a_folder_that_goes(separated, tmp_path / "gone", monkeypatch)
    dialog.export.click()
    qtbot.waitUntil(window.banner.isVisible)
    assert window.banner.property("role") == "banner-error"
    assert separated.session.state.separation is not None
    assert window.header.action.export.isVisible()


def test_what_failed_is_written_elsewhere_without_being_computed_again(
    qtbot, separated: Desktop, engine, tmp_path, monkeypatch
) -> None:
    window = separated.window
    with monkeypatch.context() as patch:
        dialog = into_a_folder_that_goes(separated, tmp_path / "gone", patch)
        dialog.template.setText("take {track}")
        dialog.export.click()
        qtbot.waitUntil(window.banner.isVisible)
    assert "Export elsewhere" in window.banner._action.text()
    separated.session.close_recording()  # the result is kept all the same
    done = len(engine.asked)
    window.banner._action.click()
    again = next(d for d in window.findChildren(ExportDialog) if d.isVisible())
    assert again.template.text() == "take {track}"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    again.folder.setText(str(elsewhere))
    with qtbot.waitSignal(separated.session.exported):
        again.export.click()
    assert sorted(path.name for path in elsewhere.iterdir()) == ["take noise.wav", "take speech.wav"]
    assert len(engine.asked) == done


def test_the_dialog_of_the_window_knows_selection_and_levels(qtbot, separated: Desktop) -> None:
    separated.session.select((0.25, 0.5))
    separated.window.header.action.export.click()
    dialog = separated.window.findChild(ExportDialog)
    assert dialog.plan().span == (0.25, 0.5)
    qtbot.waitUntil(lambda: bool(dialog._peaks.get((0.25, 0.5))))
    assert set(dialog._peaks[0.25, 0.5]) == {"speech", "noise", "remix", "mixture"}
    dialog.reject()


@pytest.mark.parametrize("percent", [100, 200])
def test_nothing_of_the_dialog_is_cut_off_sideways(qtbot, separated: Desktop, percent: int) -> None:
    separated.window.theme.resize_text(percent)
    separated.session.select((0.25, 0.5))
    separated.window.header.action.export.click()
    dialog = separated.window.findChild(ExportDialog)
    dialog.show_peaks((0.25, 0.5), {"speech": 2.0})
    dialog.resize(960, 600)
    qtbot.waitUntil(lambda: dialog._page.viewport().width() >= dialog._page.page.minimumSizeHint().width())
    dialog.reject()
