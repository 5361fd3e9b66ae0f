"""How long the window stands still when something is done to a long queue.

    python -m benchmarks.rows [--rows 10000]

Prints milliseconds, of the clock and of the CPU, until the queue has done it, written it down and drawn the page again.
"""

import argparse
import os
from collections.abc import Callable
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000)
    count = parser.parse_args().rows
    with TemporaryDirectory() as home:
        os.environ.update({f"XDG_{name}_HOME": home for name in ("CACHE", "CONFIG", "DATA", "STATE")})
        measure(count)


def measure(count: int) -> None:
    """Do to all rows what a person may."""
    from PySide6.QtWidgets import QApplication

    from tasnet_gui.batch.items import Found
    from tasnet_gui.batch.options import BatchOptions
    from tasnet_gui.desktop.batch import Batch
    from tasnet_gui.desktop.jobs import Jobs
    from tasnet_gui.desktop.theme import LIGHT
    from tasnet_gui.desktop.views.queue import QueueView
    from tasnet_gui.desktop.work import Work

    app = QApplication([])
    jobs = Jobs()
    batch, view = Batch(jobs, Work()), QueueView(LIGHT)
    batch.news.connect(view.show_news)
    batch.changed.connect(view.show_standing)
    view.resize(1200, 800)
    view.show()
    found = [Found(f"/nowhere/{n // 100}/{n}.wav", f"{n // 100}/{n}.wav", 1000) for n in range(count)]
    added = time("add", app, lambda: batch._ask(lambda queue: queue.add(found, BatchOptions(folder="/nowhere"))))
    assert added
    time("select", app, view.table.selectAll)
    time("cancel", app, lambda: batch.cancel(view.table.ids()))
    time("retry", app, lambda: batch._ask(lambda queue: queue.retry(view.table.ids())))
    time("move", app, lambda: batch.move(view.table.ids()[-100:], view.table.ids()[0]))
    time("remove", app, lambda: batch.remove(view.table.ids()))
    time("undo", app, batch.undo_stack.undo)
    batch.cancel()
    batch.close()
    jobs.close()


def time(name: str, app: object, what: Callable[[], object]) -> object:
    """Do it until the page shows it, and print how long that took."""
    began, worked = perf_counter(), process_time()
    result = what()
    app.processEvents()  # type: ignore[attr-defined]
    print(f"{name:8} {1000 * (perf_counter() - began):4.0f} ms, CPU {1000 * (process_time() - worked):4.0f} ms")
    return result


if __name__ == "__main__":
    main()
