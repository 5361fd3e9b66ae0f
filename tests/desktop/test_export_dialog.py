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
from tasnet_gui.desktop.widgets.export_dialog import ExportDialog, first_folder, report
from tasnet_gui.domain import ModelCard, Recording, Separation

CARD = ModelCard("m", "M", "", {"causal": False}, 16_000, "", "MIT", Path("m"))


def separation(folder: Path, channels: int = 1, name: str = "talk.wav") -> Separation:
    sound = np.zeros((channels, 1600), np.float32)
    recording = Recording(sound, 16_000, folder / name, "WAV", "PCM_16")
    return Separation(recording, CARD, sound, sound)


@pytest.fixture
def dialog(qtbot, preferences, tmp_path) -> ExportDialog:
    dialog = ExportDialog(separation(tmp_path), preferences)
    qtbot.addWidget(dialog)
    return dialog


def names(dialog: ExportDialog) -> list[str]:
    return [dialog._names._rows[track].text() for track in ("speech", "noise", "mixture")]


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
        "number",
    )


def test_the_names_follow_every_choice(dialog) -> None:
    dialog.tracks["noise"].setChecked(False)
    dialog.tracks["mixture"].setChecked(True)
    dialog.format.setCurrentIndex(dialog.format.findData("flac"))
    assert names(dialog) == ["talk_speech.flac", "–", "talk_mixture.flac"]


def test_files_that_exist_are_numbered_around_unless_they_are_to_be_replaced(qtbot, dialog, tmp_path) -> None:
    (tmp_path / "talk_noise.wav").write_bytes(b"mine")
    dialog.tracks["mixture"].setChecked(True)
    assert names(dialog) == ["talk_speech (2).wav", "talk_noise (2).wav", "talk_mixture (2).wav"]
    qtbot.mouseClick(dialog.conflict.button("overwrite"), Qt.MouseButton.LeftButton)
    assert names(dialog) == ["talk_speech.wav", "talk_noise.wav", "talk_mixture.wav"]
    assert asked(qtbot, dialog).conflict == "overwrite"


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


def test_a_failing_export_keeps_the_result_and_says_why(qtbot, separated: Desktop, tmp_path, monkeypatch) -> None:
    window = separated.window
    window.header.action.export.click()
    dialog = window.findChild(ExportDialog)
    folder = tmp_path / "gone"
    folder.mkdir()
    dialog.folder.setText(str(folder / "inside"))
    monkeypatch.setattr("tasnet_gui.desktop.widgets.export_dialog.check_folder", lambda _: folder.rmdir())
    dialog.export.click()
    qtbot.waitUntil(window.banner.isVisible)
    assert window.banner.property("role") == "banner-error"
    assert separated.session.state.separation is not None
    assert window.header.action.export.isVisible()
