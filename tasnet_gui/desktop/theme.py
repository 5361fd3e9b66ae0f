"""The palette: neutral greys for the frame, one accent, and the three source colours that hold in every view."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """Colours as #RRGGBB. Text and muted text keep a contrast of 4.5 on background and surface."""

    dark: bool
    background: str  # behind everything
    surface: str  # where waveforms and plots are drawn
    text: str
    muted: str  # secondary text, ticks
    grid: str  # lines that must hardly be seen
    accent: str  # playhead, focus, the primary button
    selection: str  # tinted at 12 %
    mixture: str
    speech: str
    noise: str

    def source(self, name: str) -> str:
        """The colour of "mixture", "speech" or "noise"."""
        return {"mixture": self.mixture, "speech": self.speech, "noise": self.noise}[name]


LIGHT = Palette(
    dark=False,
    background="#F4F5F7",
    surface="#FFFFFF",
    text="#111827",
    muted="#5B6472",
    grid="#E6E8EC",
    accent="#7C3AED",
    selection="#7C3AED",
    mixture="#64748B",
    speech="#2563EB",
    noise="#D97706",
)

DARK = Palette(
    dark=True,
    background="#16181D",
    surface="#1E2127",
    text="#E8EAED",
    muted="#9BA3AF",
    grid="#2C3038",
    accent="#C084FC",
    selection="#C084FC",
    mixture="#94A3B8",
    speech="#60A5FA",
    noise="#FBBF24",
)
