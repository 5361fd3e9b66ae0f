"""What the commands have in common when they speak: one-line messages, and a progress bar where somebody looks."""

import io
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Self

from tqdm import tqdm

from tasnet_gui.domain import Progress


def speak_everywhere() -> None:
    """Let no file name break the output: what the terminal cannot show is escaped."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def complain(sentence: str, name: str = "") -> None:
    """Say something on standard error, in one line that begins with the program's name, and a file's if given."""
    line = " ".join(sentence.split())
    about = f"{name}: " if name and not line.startswith(name) else ""
    print(f"tasnet: {about}{line}", file=sys.stderr)


class Bar:
    """A progress bar on standard error; none when that is no terminal. A context manager.

    Args:
        title: what stands before it.
    """

    def __init__(self, title: str) -> None:
        self._title = title
        self._bar = tqdm(
            total=1.0,
            desc=title,
            leave=False,
            disable=not sys.stderr.isatty(),
            bar_format="{desc} {percentage:3.0f}% |{bar}| {elapsed}{postfix}",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bar.close()

    def phase(self, low: float, high: float) -> Callable[[Progress], None]:
        """Where to tell the progress of a phase that takes the bar from `low` to `high`, 0..1."""

        def tell(progress: Progress) -> None:
            self._bar.set_description_str(f"{self._title}: {progress.phase}", refresh=False)
            self._bar.set_postfix_str(_left(progress.remaining), refresh=False)
            self._bar.update(low + (high - low) * progress.done - self._bar.n)

        return tell


def _left(seconds: float | None) -> str:
    return "" if seconds is None else f"{tqdm.format_interval(seconds)} left"
