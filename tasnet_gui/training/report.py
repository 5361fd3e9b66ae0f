"""An evaluation as a page to read and listen to: one HTML file, and a folder with the worst files beside it."""

import shutil
from collections.abc import Generator, Sequence
from html import escape
from pathlib import Path

from tasnet_gui.analysis import metrics
from tasnet_gui.audio.staging import write_whole
from tasnet_gui.domain import Progress, Samples, UnwritableOutput
from tasnet_gui.engine.separate import separate
from tasnet_gui.training import listening, summary
from tasnet_gui.training.charts import chart
from tasnet_gui.training.evaluate import Evaluation, FileScores
from tasnet_gui.training.testset import Testset


def writing(
    evaluation: Evaluation, test: Testset, page: Path, *, device: str = "auto", threads: int | None = None
) -> Generator[Progress, None, Path]:
    """Write the page, and in `<its stem>-files` the sounds of each model's worst files, separated once more.

    Raises:
        UnwritableOutput: the folder cannot be written.
    """
    sounds = page.with_name(f"{page.stem}-files")
    made = not sounds.exists()
    try:
        sounds.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnwritableOutput(f"The folder {sounds} cannot be made ({error.strerror}).") from error
    try:
        players: dict[str, list[str]] = {}
        for number, name in enumerate(evaluation.models):
            players[name] = []
            for place, file in enumerate(summary.worst(evaluation.files[name])):
                prefix = f"{number + 1}-{place + 1:02}"
                players[name].append(_listen(evaluation, test, name, file, sounds, prefix, device, threads))
                yield Progress((number + (place + 1) / summary.WORST) / len(evaluation.models), "Writing")
        write_whole(page, _page(evaluation, players).encode())
    except BaseException:
        if made:
            shutil.rmtree(sounds, ignore_errors=True)
        raise
    return page


def _listen(
    evaluation: Evaluation,
    test: Testset,
    name: str,
    file: FileScores,
    folder: Path,
    prefix: str,
    device: str,
    threads: int | None,
) -> str:
    """Write the sounds of one file and return the players for them."""
    item = test.item(file.index)
    separation = separate(item.mixture, evaluation.models[name], device=device, threads=threads)
    sounds: dict[str, Samples] = {
        "mixture": item.mixture.samples,
        "speech out": separation.speech,
        "speech": item.speech,
        "noise out": separation.noise,
    }
    heard = listening.players(sounds, item.mixture.rate, folder, prefix, f"{folder.name}/")
    gained = metrics.text(metrics.METRICS[1], file.values.get("si_sdr_improvement"))
    return f"<h4>{escape(file.name)}: SI-SDR improvement {gained} dB</h4>\n" + heard


def _page(evaluation: Evaluation, players: dict[str, list[str]]) -> str:
    about = "; ".join(f"{key.replace('_', ' ')}: {value}" for key, value in evaluation.about.items())
    parts = [f"<p>{escape(about)}</p>"]
    parts += [_table(rows) for rows in (summary.overall_rows(evaluation), *summary.snr_rows(evaluation))]
    points = {
        name: [(file.snr, gain) for file in files if file.snr is not None and (gain := _gain(file)) is not None]
        for name, files in evaluation.files.items()
    }
    parts.append(chart(points, "SNR of the mixture, dB", "SI-SDR improvement of speech, dB"))
    parts += [f"<p>{escape(note)}</p>" for note in summary.notes(evaluation)]
    for name, sounds in players.items():
        parts += [f"<h2>{escape(name)}: where speech gained least</h2>", *sounds]
    return listening.page("Evaluation", parts)


def _gain(file: FileScores) -> float | None:
    return file.values.get("si_sdr_improvement")


def _table(rows: Sequence[Sequence[str]]) -> str:
    head, *body = rows
    lines = ["<table>", "<tr>" + "".join(f"<th>{escape(cell)}</th>" for cell in head) + "</tr>"]
    lines += ["<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in body]
    return "\n".join([*lines, "</table>"])
