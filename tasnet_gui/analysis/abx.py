"""A blind comparison (ABX): X is secretly A or B, drawn anew for each trial; how likely the answers are by chance."""

import math
import secrets
from collections.abc import Callable

TRIALS = (10, 8, 16, 20)  # to choose from; the first is the default


def p_value(correct: int, trials: int) -> float:
    """The chance of at least so many correct answers by guessing: the exact binomial test, one-sided.

    Raises:
        ValueError: there are no such counts.
    """
    if not 0 <= correct <= trials:
        raise ValueError(f"{correct} of {trials} answers cannot be correct.")
    return sum(math.comb(trials, count) for count in range(correct, trials + 1)) / 2**trials


class Abx:
    """The trials of one comparison. How many there are is settled before: who stops when it looks good proves nothing.

    Args:
        trials: how many answers are given.
        toss: True or False, each half of the time and not to be foreseen.
    """

    def __init__(self, trials: int, toss: Callable[[], bool] = lambda: bool(secrets.randbelow(2))) -> None:
        self.trials, self._toss = trials, toss
        self._answers: list[tuple[str, str]] = []  # what X was, and what was said
        self._secret = "A" if toss() else "B"

    def source(self, key: str) -> str:
        """What sounds when "A", "B" or "X" is asked for: "A" or "B". For the ears only."""
        return self._secret if key == "X" else key

    def answer(self, key: str) -> None:
        """Say that X is "A" or "B"; then it is drawn anew."""
        if not self.finished:
            self._answers.append((self._secret, key))
            self._secret = "A" if self._toss() else "B"

    @property
    def answered(self) -> int:
        return len(self._answers)

    @property
    def finished(self) -> bool:
        return self.answered >= self.trials

    @property
    def correct(self) -> int | None:
        """How many answers were right; None before the last one, or the rest would not be blind."""
        return sum(truth == said for truth, said in self._answers) if self.finished else None

    @property
    def p(self) -> float | None:
        """The chance of this result by guessing; None before the last answer."""
        correct = self.correct
        return None if correct is None else p_value(correct, self.trials)
