"""The export dialog offers the film when the recording came from one, and only then."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from tasnet_gui.audio.files import read
from tasnet_gui.audio.plans import FILM
from tasnet_gui.batch.options import BatchOptions
from tasnet_gui.desktop.widgets.batch_options import BatchOptionsPanel
from tasnet_gui.desktop.widgets.export_choices import ALL
from tasnet_gui.desktop.widgets.export_dialog import ExportDialog
from tasnet_gui.domain import ModelCard, Recording, Separation

CARD = ModelCard("m", "M", "", {"causal": False}, 16_000, "", "MIT", Path("m"))


def of(recording: Recording) -> Separation:
    return Separation(recording, CARD, recording.samples, 0 * recording.samples)


def test_a_film_can_be_exported_as_a_film(qtbot, preferences, film: Callable[..., Path], tone) -> None:
    dialog = ExportDialog(of(read(film("talk.mp4", tone(48_000, 0.3)))), preferences)
    qtbot.addWidget(dialog)
    dialog.tracks["noise"].setChecked(False)
    dialog.format.setCurrentIndex(dialog.format.findData(FILM))
    assert "MP4" in dialog.format.currentText()
    assert dialog._names.rows["speech"].text() == "talk_speech.mp4"
    with qtbot.waitSignal(dialog.export_asked) as asked:
        dialog.export.click()
    assert (asked.args[0].format, asked.args[0].tracks) == (FILM, ("speech",))


def test_a_film_is_written_whole_which_is_said_before(qtbot, preferences, film: Callable[..., Path], tone) -> None:
    recording = read(film("talk.mp4", tone(48_000, 0.3)))
    dialog = ExportDialog(of(recording), preferences, selection=(0.1, 0.2))
    qtbot.addWidget(dialog)
    assert dialog.export.isEnabled()
    dialog.format.setCurrentIndex(dialog.format.findData(FILM))
    assert not dialog.export.isEnabled()
    assert "A film is written whole" in dialog._trouble.text()
    dialog.span.button(ALL).click()
    assert dialog.export.isEnabled()
    assert dialog._trouble.text() == ""


def test_a_sound_is_not_offered_as_a_film(qtbot, preferences, tmp_path: Path) -> None:
    sound = np.zeros((1, 1600), np.float32)
    dialog = ExportDialog(of(Recording(sound, 16_000, tmp_path / "a.wav", "WAV", "PCM_16")), preferences)
    qtbot.addWidget(dialog)
    assert dialog.format.findData(FILM) < 0


def test_the_panel_of_the_batch_shows_the_fields_of_its_names(qtbot) -> None:
    panel = BatchOptionsPanel()
    qtbot.addWidget(panel)
    panel.template.setText("")
    qtbot.keyClicks(panel.template, "{index} {stem} at {rate}, {track}")
    assert panel.options().template == "{index} {stem} at {rate}, {track}"
    assert panel.names.text().startswith("001 interview at 48000, speech")
    assert "{rate}" in panel.fields.text()
    assert "the number of the file" in panel.template.accessibleDescription()


def test_the_panel_of_the_batch_says_what_becomes_of_films(qtbot) -> None:
    panel = BatchOptionsPanel()
    qtbot.addWidget(panel)
    assert panel.options().remux == ""
    panel.show_options(BatchOptions(remux="noise"))
    assert (panel.films.currentText(), panel.options().remux) == ("As films with the noise", "noise")
    with qtbot.waitSignal(panel.changed):
        panel.films.setCurrentIndex(panel.films.findData("speech"))
        panel.films.activated.emit(panel.films.currentIndex())
    assert panel.options().remux == "speech"
