"""`tasnet separate - -`: sound from standard input, one of its tracks to standard output, as it comes."""

import sys
from collections.abc import Callable
from typing import BinaryIO

from tasnet_gui.audio.streams import StreamFormat, read_wave_header
from tasnet_gui.domain import BadRequest, ModelCard, Remix
from tasnet_gui.engine import device, library

CAUSAL = "speech-noise-causal"  # the shipped model for this
_BLOCK = 1 << 16  # bytes that are read at a time, at most: what is there is taken


def run(model_name: str | None, track: str, raw: StreamFormat | None, threads: int | None, remix: Remix) -> int:
    """Separate until the input ends.

    Raises:
        BadRequest: the model is not causal, or the output is a terminal.
        TasnetError: the input is no sound, or the model is damaged.
    """
    model = library.card(model_name or CAUSAL)
    if not model.causal:
        raise BadRequest(
            f"The model {model.name} needs the whole recording before it begins.", f"Use --model {CAUSAL}."
        )
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    if sink.isatty():
        raise BadRequest("Sound would be written to the terminal.", "Redirect the output to a file or a program.")
    device.require_torch()
    with device.using_threads(threads or 1):  # blocks are too small to be shared
        _pump(model, track, remix, raw, source, sink)
    return 0


def _pump(
    model: ModelCard, track: str, remix: Remix, raw: StreamFormat | None, source: BinaryIO, sink: BinaryIO
) -> None:
    from tasnet_gui.engine.pipe import Pipe

    form, left = (raw, None) if raw else read_wave_header(source.read)
    pipe = Pipe(model, form.rate, form.channels, track, remix)
    if not raw:
        sink.write(form.wave_header())
        sink.flush()
    read = _reader(source)
    pending = b""
    while left != 0 and (data := read(_BLOCK if left is None else min(left, _BLOCK))):
        left = None if left is None else left - len(data)
        pending += data
        whole = len(pending) // form.frame * form.frame
        _write(sink, form.encode(pipe.feed(form.decode(pending[:whole]))))
        pending = pending[whole:]
    _write(sink, form.encode(pipe.flush()))


def _reader(source: BinaryIO) -> Callable[[int], bytes]:
    """What is there, as soon as something is."""
    read1: Callable[[int], bytes] = getattr(source, "read1", source.read)
    return read1


def _write(sink: BinaryIO, data: bytes) -> None:
    if data:
        sink.write(data)
        sink.flush()
