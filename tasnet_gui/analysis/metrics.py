"""The scores by name: how each is called, in what it counts, and in which direction it is good."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """A score: how it is called, and in which direction it is good."""

    key: str
    label: str
    unit: str = "dB"
    digits: int = 1
    higher_is_better: bool = True


METRICS = (
    Metric("si_sdr", "Speech: SI-SDR"),
    Metric("si_sdr_improvement", "Speech: SI-SDR improvement"),
    Metric("sdr", "Speech: SDR (plain SNR of the estimate)"),
    Metric("noise_si_sdr", "Noise: SI-SDR"),
    Metric("noise_si_sdr_improvement", "Noise: SI-SDR improvement"),
    Metric("noise_sdr", "Noise: SDR (plain SNR of the estimate)"),
    Metric("stoi", "Speech: STOI", "", 3),
    Metric("stoi_improvement", "Speech: STOI improvement", "", 3),
    Metric("pesq", "Speech: WB-PESQ", "", 2),
    Metric("pesq_improvement", "Speech: WB-PESQ improvement", "", 2),
    Metric("noise_attenuation", "Noise attenuation in speech pauses"),
    Metric("speech_attenuation", "Speech attenuation", higher_is_better=False),
    Metric("speech_lost", "Speech lost (share of frames)", "", 3, higher_is_better=False),
    Metric("clean_si_sdr", "Speech left of clean speech, SI-SDR"),
    Metric("false_speech", "Speech out when there is none in, re input", higher_is_better=False),
    Metric("rtf", "RTF (computing time / duration)", "", 3, higher_is_better=False),
)


def text(metric: Metric, value: float | None) -> str:
    """A score to read."""
    return "-" if value is None else f"{value:.{metric.digits}f}"
