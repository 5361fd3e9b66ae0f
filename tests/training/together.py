"""One of the processes of test_parallel.py: `tasnet train` with a preset that takes no time, watched.

Started by torchrun. The environment says what else: TINY is the recipe, WATCH the folder for what was seen, HALVES a
file with whole batches of which each process takes its part, INTERRUPT the rank that is told to stop at its third draw.
"""

import contextlib
import io
import json
import os
import signal
import sys
import threading
from pathlib import Path

import torch
from safetensors.torch import load_file

from tasnet_gui.cli import main
from tasnet_gui.training import parallel, trainer
from tasnet_gui.training.mixing import Batch, Mixer
from tasnet_gui.training.presets import PRESETS, Recipe

RANK, SIZE = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
drawn: list[list[float]] = []  # the sum of each mixture
threads: list[int] = []
draw, whole_set = Mixer.draw, trainer.validation_set


def threads_now() -> int:
    """How many threads there are that are not Python's: tqdm has one of its own."""
    return len(os.listdir("/proc/self/task")) - threading.active_count() if sys.platform == "linux" else 0


def drawing(self: Mixer, batch: int) -> Batch:
    if os.environ.get("INTERRUPT") == str(RANK) and len(drawn) == 2:
        os.kill(os.getpid(), signal.SIGINT)
    if name := os.environ.get("HALVES"):
        speech, noise = load_file(name)[str(len(drawn))][:, RANK * batch : (RANK + 1) * batch]  # 2, steps' batch, T
        made = Batch(speech + noise, speech, noise)
    else:
        made = draw(self, batch)
    drawn.append(made.mixture.double().sum(-1).tolist())
    return made


def joining(backend: str, device: torch.device) -> None:
    threads.append(threads_now())
    join(backend, device)
    threads.append(threads_now())


join, parallel._join = parallel._join, joining
Mixer.draw = drawing  # type: ignore[method-assign]
trainer.validation_set = lambda corpus: whole_set(corpus, 2)
PRESETS["tiny"] = Recipe.from_dict(json.loads(os.environ["TINY"]))
said = io.StringIO()
with contextlib.redirect_stderr(said):
    code = main(["train", "--preset", "tiny", "--device", "cpu", "--threads", "1", "--no-bf16", *sys.argv[1:]])
sys.stderr.write(said.getvalue())
threads.append(threads_now())
seen = {"code": code, "drawn": drawn, "threads": threads, "said": said.getvalue()}
(Path(os.environ["WATCH"]) / f"rank-{RANK}.json").write_text(json.dumps(seen))
sys.exit(code)
