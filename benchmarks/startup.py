"""How long the window takes from the start of the process until it is painted. Goal: under 1.5 s on a warm machine.

python benchmarks/startup.py
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STARTS = 7
GOAL = 1.5  # seconds

# Painted: the first event that comes after all that the first showing of the window has posted.
PROGRAM = """
import sys, time
from PySide6.QtCore import QTimer
from tasnet_gui.desktop import app

build = app.build

def build_and_watch(*about):
    desktop = build(*about)
    QTimer.singleShot(0, desktop.window, lambda: painted(desktop.window))
    return desktop

def painted(window):
    window.repaint()
    print(time.time(), "torch" in sys.modules, flush=True)
    window.close()

app.build = build_and_watch
app.main([])
"""


def start(home: str) -> tuple[float, bool]:
    """One start: seconds, and whether torch was imported."""
    homes = {f"XDG_{kind}_HOME": os.path.join(home, kind.lower()) for kind in ("CONFIG", "DATA", "STATE")}
    platform = {} if os.environ.get("DISPLAY") else {"QT_QPA_PLATFORM": "offscreen"}
    began = time.time()
    told = subprocess.check_output(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env={**os.environ, **platform, **homes}, text=True
    )
    painted, torch = told.split()
    return float(painted) - began, torch == "True"


def main() -> int:
    """Print the times; 1 when the goal is missed."""
    with tempfile.TemporaryDirectory() as home:
        start(home)  # warms the machine
        starts = [start(home) for _ in range(STARTS)]
    seconds = sorted(second for second, _ in starts)
    middle = statistics.median(seconds)
    print(f"process to painted window: median {middle:.2f} s, worst {seconds[-1]:.2f} s of {STARTS}")
    print(f"torch imported by then: {'yes' if any(torch for _, torch in starts) else 'no'}; goal: under {GOAL} s")
    return int(middle >= GOAL)


if __name__ == "__main__":
    sys.exit(main())
