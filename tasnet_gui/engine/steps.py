"""Long work in steps: generators that yield how much is done, 0..1, and return a result."""

from collections.abc import Generator
from typing import TypeVar

Result = TypeVar("Result")


def ended(work: Generator[float, None, Result]) -> Result:
    """The result of work that nobody waits for."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: Result = end.value
            return result


def within(low: float, high: float, work: Generator[float, None, Result]) -> Generator[float, None, Result]:
    """Work that is a part of larger work: its 0..1 becomes low..high."""
    try:
        while True:
            try:
                fraction = next(work)
            except StopIteration as end:
                result: Result = end.value
                return result
            yield low + (high - low) * fraction
    finally:
        work.close()


def counted(expected: int, steps: Generator[None, None, Result]) -> Generator[float, None, Result]:
    """Steps that do not know how many they are, of which `expected` will come."""
    done = 0
    try:
        while True:
            try:
                next(steps)
            except StopIteration as end:
                result: Result = end.value
                return result
            done += 1
            yield min(1.0, done / expected)
    finally:
        steps.close()
