"""Memory over a batch of files of all lengths."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tasnet_gui.domain import ModelCard

FILES = 40
ALLOWED = 25e6  # bytes; it is 98 MB when a convolution's code is kept for each length
CODE = """
import sys, psutil, numpy as np
from pathlib import Path
from tasnet_gui.batch.items import Found
from tasnet_gui.batch.options import BatchOptions
from tasnet_gui.batch.queue import Queue
from tasnet_gui.batch.run import running
queue, folder = Queue(), Path(sys.argv[1])
found = [Found(str(path)) for path in sorted((folder / "in").iterdir())]
queue.add(found, BatchOptions(model=sys.argv[2], device="cpu", folder=str(folder / "out")))
for step in running(queue):
    if step.item and step.item.state.kind == "done":
        print(psutil.Process().memory_info().rss, flush=True)
"""


def test_a_file_of_yet_another_length_costs_no_more_memory(
    noise_file: Callable[..., Path], tiny_model: Callable[..., ModelCard], tmp_path: Path
) -> None:
    for number in range(FILES):
        noise_file(tmp_path / "in" / f"{number:02d}", 0, 1.0 + 0.013 * number, number)
    told = subprocess.check_output([sys.executable, "-c", CODE, str(tmp_path), str(tiny_model().folder)], text=True)
    sizes = [int(line) for line in told.splitlines()]
    assert len(sizes) == FILES
    assert sizes[-1] - sizes[FILES // 2] < ALLOWED
