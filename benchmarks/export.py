"""Every format at every rate and number of channels, written, read back and summed: the table of docs/EXPORT.md.

Run it: python -m benchmarks.export [--write]
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np

from tasnet_gui.audio.exports import EXPORTS, ExportFormat, ExportPlan, exporting
from tasnet_gui.audio.files import read
from tasnet_gui.domain import TRACKS, ModelCard, Recording, Separation, UnwritableOutput, finish

PAGE = Path(__file__).resolve().parents[1] / "docs" / "EXPORT.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
RATES = (8_000, 16_000, 22_050, 44_100, 48_000, 96_000, 192_000)
CHANNELS = (1, 2, 6)
SECONDS = 0.1


def separation(rate: int, channels: int) -> Separation:
    """A tone in hiss, the same each time."""
    frames = round(rate * SECONDS)
    time = np.arange(frames) / rate
    pitches = 220.0 * (1 + np.arange(channels)[:, None] / 4)
    speech = (0.25 * np.sin(2 * np.pi * pitches * time)).astype(np.float32)
    noise = 0.05 * np.random.default_rng(rate + channels).standard_normal((channels, frames), dtype=np.float32)
    card = ModelCard("none", "None", "", {"causal": False}, 16_000, "", "MIT", Path())
    return Separation(Recording(speech + noise, rate), card, speech, noise)


def measured(form: ExportFormat, rate: int, channels: int, folder: Path) -> str:
    """The largest |speech + noise - mixture| of what was read back: LSB for integers, dB re full scale else."""
    result = separation(rate, channels)
    if form.refuses(channels, rate, result.recording.frames):
        return "refused"
    try:
        written = finish(exporting(result, ExportPlan(folder, TRACKS, form.key, conflict="overwrite")))
    except UnwritableOutput:
        return "fails"
    tracks = {}
    for track, path in written.outputs.items():
        found = read(path)
        assert (found.rate, found.channels) == (form.rate_for(rate), channels)
        assert found.frames == round(result.recording.frames * found.rate / rate)
        tracks[track] = found.samples.astype(np.float64)
    error = float(np.abs(tracks["speech"] + tracks["noise"] - tracks["mixture"]).max())
    to = "" if form.rate_for(rate) == rate else f" at {form.rate_for(rate) / 1000:g} kHz"
    if form.integer:
        return f"{error * 2 ** (form.bits - 1):.2f} LSB"
    level = f"{20 * np.log10(error):.0f} dB" if error else "exact"
    return level.replace("-", "\N{MINUS SIGN}") + to


def table() -> str:
    """Markdown."""
    lines = [
        f"| format | channels | {' | '.join(f'{rate / 1000:g} kHz' for rate in RATES)} |",
        "|---|---|" + "---|" * len(RATES),
    ]
    with tempfile.TemporaryDirectory() as folder:
        for form in EXPORTS.values():
            for channels in CHANNELS:
                cells = [measured(form, rate, channels, Path(folder)) for rate in RATES]
                lines.append(f"| {form.label} | {channels} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Print the table, or put it into the page."""
    parser = argparse.ArgumentParser(description="Write, read back and sum every export format")
    parser.add_argument("--write", action="store_true", help="put the table into docs/EXPORT.md")
    made = table()
    if not parser.parse_args().write:
        print(made)
        return
    page = PAGE.read_text(encoding="utf-8")
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{made}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
