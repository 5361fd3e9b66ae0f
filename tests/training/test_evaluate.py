import json
import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from tasnet_gui.analysis import perceptual
from tasnet_gui.analysis.measures import score
from tasnet_gui.domain import ModelCard, Recording, Samples, Separation, finish
from tasnet_gui.training import report, summary
from tasnet_gui.training.charts import chart
from tasnet_gui.training.corpus import Corpus
from tasnet_gui.training.evaluate import Evaluation, FileScores, evaluating
from tasnet_gui.training.testset import CorpusMixtures, Item, Pairs

RATE = 16_000
MakeModel = Callable[..., ModelCard]


@pytest.fixture(autouse=True)
def _without_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """STOI and PESQ are slow, and they may not be installed."""
    monkeypatch.setattr(perceptual, "missing", lambda: ["stoi", "pesq"])


@pytest.fixture
def item(hiss: Callable[..., Samples]) -> Item:
    """Speech that pauses for half of the time, 10 dB above its noise."""
    speech, noise = hiss(RATE, 2.0, seed=1), hiss(RATE, 2.0, seed=2, level=0.1 / math.sqrt(20))
    speech[:, RATE:] = 0
    return Item(Recording(speech + noise, RATE), speech, noise, "item")


def separated(item: Item, model: ModelCard, speech: Samples) -> Separation:
    noise = item.mixture.samples - speech
    return Separation(item.mixture, model, speech, noise, seconds=0.5)


def test_the_scores_of_a_known_estimate_are_known(item: Item, make_model: MakeModel) -> None:
    values = score(item, separated(item, make_model(), item.speech + 0.1 * item.noise))
    assert values["sdr"] == pytest.approx(30, abs=0.2)
    assert values["si_sdr_improvement"] == pytest.approx(20, abs=0.2)
    assert values["noise_sdr"] == pytest.approx(20, abs=0.2)
    assert values["noise_si_sdr"] == pytest.approx(100, abs=1)  # 0.9 of the noise, and nothing else
    assert values["noise_attenuation"] == pytest.approx(20, abs=0.1)
    assert values["speech_attenuation"] == pytest.approx(0, abs=0.1)
    assert values["speech_lost"] == 0
    assert values["rtf"] == 0.25
    assert values["stoi"] is None


def test_the_mixture_as_an_estimate_improves_nothing(item: Item, make_model: MakeModel) -> None:
    values = score(item, separated(item, make_model(), item.mixture.samples))
    assert values["si_sdr_improvement"] == 0
    assert values["noise_attenuation"] == 0


def test_speech_that_is_taken_away_is_noticed(item: Item, make_model: MakeModel) -> None:
    values = score(item, separated(item, make_model(), 0.1 * item.speech))
    assert values["speech_attenuation"] == pytest.approx(20, abs=0.1)
    assert values["speech_lost"] == 1


def test_channels_count_alike(item: Item, make_model: MakeModel) -> None:
    both = Item(
        Recording(np.repeat(item.mixture.samples, 2, 0), RATE),
        np.repeat(item.speech, 2, 0),
        np.repeat(item.noise, 2, 0),
        "both",
    )
    values = score(both, separated(both, make_model(), both.speech + np.float32([[0.1], [1.0]]) * both.noise))
    assert values["si_sdr_improvement"] == pytest.approx(10, abs=0.2)


@pytest.fixture
def evaluation(valid: Corpus, make_model: MakeModel) -> Evaluation:
    """Two models on three mixtures."""
    models = [make_model("quality"), make_model("live", causal=True)]
    return finish(evaluating(CorpusMixtures(valid, "valid", 3), models, device="cpu", threads=1))


def test_every_file_is_measured_under_every_model(evaluation: Evaluation) -> None:
    assert list(evaluation.files) == ["quality", "live"]
    for files in evaluation.files.values():
        assert [file.index for file in files] == [0, 1, 2]
        for file in files:
            assert file.snr is not None
            keys = ("si_sdr", "si_sdr_improvement", "noise_si_sdr", "clean_si_sdr", "false_speech", "rtf")
            assert all(file.values[key] is not None for key in keys)


def without_rtf(evaluation: Evaluation) -> Any:
    return json.loads(
        re.sub(r'"rtf": [\d.e+-]+', '"rtf": 0', json.dumps(summary.as_values(evaluation)["models"][0]["files"]))
    )


def test_the_same_set_has_the_same_scores(evaluation: Evaluation, valid: Corpus, make_model: MakeModel) -> None:
    again = finish(evaluating(CorpusMixtures(valid, "valid", 3), [make_model("quality")], device="cpu", threads=1))
    assert without_rtf(again) == without_rtf(evaluation)


def test_the_values_for_json_are_complete_and_hold_no_nan(evaluation: Evaluation) -> None:
    values = json.loads(json.dumps(summary.as_values(evaluation), allow_nan=False))
    assert values["set"]["mixtures"] == 3
    assert [model["causal"] for model in values["models"]] == [False, True]
    model = values["models"][0]
    assert len(model["files"]) == len(model["worst"]) == 3
    assert model["scores"]["si_sdr"]["files"] == 3
    assert sum(row["files"] for row in model["by_snr"]) == 3
    assert values["missing"] == ["stoi", "pesq"]


def test_the_tables_name_models_metrics_and_what_is_missing(evaluation: Evaluation) -> None:
    text = summary.tables(evaluation)
    assert "quality" in text
    assert "live" in text
    assert "Speech: SI-SDR improvement, dB" in text
    assert "STOI is left out: its package is not installed" in text
    assert "0 to 5 dB" in text or "5 to 10 dB" in text or "10 to 15 dB" in text or "-5 to 0 dB" in text


def test_two_models_of_one_name_are_told_apart(valid: Corpus, make_model: MakeModel, tmp_path: Path) -> None:
    models = [make_model("best", folder=tmp_path / run) for run in ("one", "two")]
    result = finish(evaluating(CorpusMixtures(valid, "", 1), models, device="cpu", threads=1))
    assert list(result.files) == ["one/best", "two/best"]


def test_a_file_that_cannot_be_read_does_not_stop_the_others(
    make_model: MakeModel, tmp_path: Path, hiss: Callable[..., Samples], sound_file: Callable[..., Path]
) -> None:
    for name, seed in (("speech.wav", 1), ("mix.wav", 2)):
        sound_file(name, hiss(8000, 0.5, 2, seed=seed), 8000)
    (tmp_path / "pairs.csv").write_text("mixture,speech\ngone.wav,speech.wav\nmix.wav,speech.wav\n")
    result = finish(evaluating(Pairs(tmp_path / "pairs.csv"), [make_model()], device="cpu", threads=1))
    assert [file.name for file in result.files["model"]] == ["mix.wav"]
    assert len(result.failures) == 1
    assert "gone.wav" in result.failures[0]
    assert "Left out: gone.wav" in summary.tables(result)


def files_with(improvements: list[float]) -> list[FileScores]:
    return [
        FileScores(n, f"f{n}", float(n), 1.0, {"si_sdr_improvement": value}) for n, value in enumerate(improvements)
    ]


def test_statistics_are_mean_median_and_percentiles() -> None:
    found = summary.statistics(files_with([0.0] * 2 + [10.0] * 9))["si_sdr_improvement"]
    assert found == {"mean": pytest.approx(90 / 11), "median": 10, "p10": 0, "p90": 10, "files": 11}


def test_a_bucket_holds_what_lies_in_it() -> None:
    rows = summary.by_snr(files_with([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]))  # at 0..5 dB
    assert [(row["from"], row["to"], row["files"], row["si_sdr_improvement"]) for row in rows] == [
        (0.0, 5.0, 5, 3.0),
        (5.0, 10.0, 1, 6.0),
    ]
    assert [row["median"]["si_sdr_improvement"] for row in rows] == [3.0, 6.0]
    assert [row["p10"]["si_sdr_improvement"] for row in rows] == [pytest.approx(1.4), 6.0]


def test_each_bucket_is_printed_with_mean_median_and_worst_tenth(evaluation: Evaluation) -> None:
    (table,) = summary.snr_rows(replace(evaluation, files={"some": files_with([1.0, 2.0, 3.0, 4.0, 9.0, 6.0])}))
    assert table == [
        ["some by SNR", "files", "", "SI-SDR impr."],
        ["0 to 5 dB", "5", "mean", "3.8"],
        ["", "", "median", "3.0"],
        ["", "", "worst tenth", "1.4"],
        ["5 to 10 dB", "1", "mean", "6.0"],
        ["", "", "median", "6.0"],
        ["", "", "worst tenth", "6.0"],
    ]


def test_the_worst_files_gained_least() -> None:
    assert [file.name for file in summary.worst(files_with([3.0, -1.0, 9.0]), 2)] == ["f1", "f0"]


def test_the_report_lets_one_listen_to_the_worst_files(evaluation: Evaluation, valid: Corpus, tmp_path: Path) -> None:
    strange = replace(
        evaluation, files={name: [replace(f, name="<b>&") for f in files] for name, files in evaluation.files.items()}
    )
    page = tmp_path / "report.html"
    finish(report.writing(strange, CorpusMixtures(valid, "valid", 3), page, device="cpu", threads=1))
    text = page.read_text()
    assert "&lt;b&gt;&amp;" in text
    assert "<b>&" not in text
    links = re.findall(r'src="([^"]+)"', text)
    assert len(links) == 2 * 3 * 4  # models, files, sounds
    mixture, rate = soundfile.read(tmp_path / links[0])
    assert rate == 16_000
    assert np.allclose(
        mixture,
        CorpusMixtures(valid, "valid", 3).item(summary.worst(strange.files["quality"])[0].index).mixture.samples[0],
        atol=1e-3,
    )
    assert not list(tmp_path.glob("*.part"))


def test_a_report_that_is_given_up_leaves_nothing(evaluation: Evaluation, valid: Corpus, tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    work = report.writing(evaluation, CorpusMixtures(valid, "", 3), folder / "report.html", device="cpu", threads=1)
    next(work)
    work.close()
    assert not list(folder.iterdir())


def test_a_chart_has_round_ticks_that_enclose_its_points() -> None:
    svg = chart({"<a>": [(0.3, -7.0), (9.9, 12.0), (math.nan, 1.0)]}, "x", "y")
    values = [float(text) for text in re.findall(r">(-?[\d.]+)</text>", svg)]
    assert min(values) <= -7
    assert max(values) >= 12
    assert svg.count("<circle") == 3  # two points and the legend
    assert "&lt;a&gt;" in svg


@pytest.mark.parametrize("points", [[], [(1.0, 1.0)], [(0.0, 0.0), (0.0, 0.0)], [(1e9, 1e-9), (2e9, 2e-9)]])
def test_a_chart_can_be_drawn_of_anything(points: list[tuple[float, float]]) -> None:
    svg = chart({"a": points}, "x", "y", lines=True)
    assert "nan" not in svg
    assert svg.endswith("</svg>\n")


def test_models_of_one_name_are_told_apart_by_as_much_of_their_paths_as_it_takes(
    open_split: Callable[[str], Corpus], make_model: MakeModel, tmp_path: Path
) -> None:
    first, second = (make_model(folder=tmp_path / run / "best") for run in ("one", "two"))
    other, alone = make_model(folder=tmp_path / "three"), make_model("alone")
    again = replace(second, folder=second.folder / ".." / second.folder.name)
    models = [first, second, other, again, alone, first]
    evaluation = finish(evaluating(CorpusMixtures(open_split("test"), "", 1), models, device="cpu", threads=1))
    assert list(evaluation.models) == ["one/best/model", "two/best/model", "three/model", "alone"]
    assert list(evaluation.models.values()) == [first, second, other, alone]
    assert [len(files) for files in evaluation.files.values()] == [1] * 4
