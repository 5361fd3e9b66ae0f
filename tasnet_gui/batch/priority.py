"""Leaving the CPU to others."""

import os
import sys
from contextlib import suppress

NICENESS = 15  # of 19: below everything that a person waits for


def lower() -> None:
    """Let every other process go first, from now on: this process cannot take it back."""
    with suppress(OSError):
        if sys.platform == "win32":
            import ctypes

            below_normal = 0x4000
            kernel = ctypes.windll.kernel32
            kernel.SetPriorityClass(kernel.GetCurrentProcess(), below_normal)
        else:
            os.nice(max(0, NICENESS - os.nice(0)))
