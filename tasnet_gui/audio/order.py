"""The order of channels in Ogg, which is not that of WAV: libsndfile hands it through as it is.

Vorbis I, section 4.3.9, and RFC 7845, section 5.1.1.2, put the centre between left and right, and the LFE last.
Everywhere else in this program it is WAV's: left, right, centre, LFE, back left and right (or back centre), side left
and right.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

# By the number of channels: which of WAV's channels stands at each place in the stream. The others agree.
_IN_STREAM: dict[int, tuple[int, ...]] = {
    3: (0, 2, 1),
    5: (0, 2, 1, 3, 4),
    6: (0, 2, 1, 4, 5, 3),
    7: (0, 2, 1, 5, 6, 4, 3),
    8: (0, 2, 1, 6, 7, 4, 5, 3),
}
_OPUS = b"OpusHead"
_FAMILY = 18  # bytes behind the beginning of an Opus header; 1 names the channels, 255 and ambisonics do not
HEAD = 512  # bytes of a file that hold the header of its first stream


def to_stream(block: NDArray[Any]) -> NDArray[Any]:
    """A block [frames, channels] in WAV's order as it goes into an Ogg file."""
    order = _IN_STREAM.get(block.shape[1])
    return block if order is None else np.ascontiguousarray(block[:, order])


def from_stream(block: NDArray[Any]) -> None:
    """Bring a block [frames, channels] of an Ogg file into WAV's order, in place."""
    if (order := _IN_STREAM.get(block.shape[1])) is not None:
        block[:] = block[:, np.argsort(order)]


def ordered(container: str, subtype: str, head: bytes) -> bool:
    """Whether a file's channels come in Ogg's order, by libsndfile's names and the file's first `HEAD` bytes."""
    if container != "OGG" or subtype not in ("VORBIS", "OPUS"):
        return False
    at = head.find(_OPUS)
    return subtype == "VORBIS" or at < 0 or head[at + _FAMILY : at + _FAMILY + 1] == b"\1"
