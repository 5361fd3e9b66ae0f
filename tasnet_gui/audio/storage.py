"""Room for sound: memory while it is short, a temporary file mapped into memory when it is long."""

import errno
import math
import mmap
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tasnet_gui.domain import Samples, UnwritableOutput

IN_MEMORY = 32 * 2**20  # bytes; 90 s of stereo at 48 kHz. Separating holds three such tracks
BLOCK = 1 << 16  # frames that long work takes at a time: 1.4 s at 48 kHz, 512 kB in stereo
_SETTLE = 64 * 2**20  # bytes walked through before mapped pages are given back


def allocate(channels: int, frames: int) -> Samples:
    """Zeros of shape [channels, frames]; a map of a nameless temporary file when they need more than 32 MB.

    The file goes with the last array that looks into it, also after a crash.

    Raises:
        UnwritableOutput: the temporary folder has no room for it.
    """
    size = channels * frames * 4
    if size <= IN_MEMORY:
        return np.zeros((channels, frames), np.float32)
    mapped: Samples = np.frombuffer(_map(size), np.float32).reshape(channels, frames)
    return mapped


def slices(*tracks: Samples, frames: int = BLOCK, beside: Samples | None = None) -> Iterator[slice]:
    """Walk through tracks of one length block by block; what has been walked through may leave the memory again.

    So may `beside`, an array that is filled on the way and may have another length.
    """
    length = tracks[0].shape[1]
    filled = () if beside is None else (beside,)
    per_frame = sum(track.nbytes for track in (*tracks, *filled)) // max(length, 1)
    walked = 0
    for start in range(0, length, frames):
        block = slice(start, min(start + frames, length))
        yield block
        walked += per_frame * (block.stop - block.start)
        if walked >= _SETTLE:
            settle(*tracks, *filled)
            walked = 0


def settle(*tracks: Samples) -> None:
    """Give the memory of mapped arrays back to the system; their content stays. Arrays in memory are left alone."""
    for track in tracks:
        owner = _owner(track)
        if isinstance(owner, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            # Without this, 10 hours of stereo count as 14 GB of resident memory although the disk holds them.
            owner.madvise(mmap.MADV_DONTNEED)


class Growing:
    """A sound whose length is not known before its end."""

    def __init__(self, channels: int, expected: int) -> None:
        self._samples = allocate(channels, max(expected, 1))
        self._unsettled = 0
        self.frames = 0

    def append(self, block: Samples) -> None:
        """Add a block as files hold it: [frames, channels]."""
        stop = self.frames + len(block)
        if stop > self._samples.shape[1]:
            self._resize(max(stop, 2 * self._samples.shape[1]))
        self._samples[:, self.frames : stop] = block.T
        self.frames = stop
        self._unsettled += block.nbytes
        if self._unsettled >= _SETTLE:
            settle(self._samples)
            self._unsettled = 0

    def finish(self) -> Samples:
        """The sound so far, [channels, frames], with no spare room behind it."""
        if self.frames != self._samples.shape[1]:
            self._resize(self.frames)
        settle(self._samples)
        return self._samples

    def _resize(self, frames: int) -> None:
        grown = allocate(self._samples.shape[0], frames)
        for part in slices(grown[:, : self.frames], self._samples[:, : self.frames]):
            grown[:, part] = self._samples[:, part]
        self._samples = grown


def size_text(size: float) -> str:
    """Bytes for a person: "1.4 GB"."""
    if size < 1000:
        return f"{size:.0f} bytes"
    power = min(int(math.log10(size)) // 3, 4)
    return f"{size / 1000**power:.1f} {' kMGT'[power]}B"


def _owner(track: Samples) -> object:
    owner: object = track
    while isinstance(owner, np.ndarray):
        owner = owner.base
    return owner.obj if isinstance(owner, memoryview) else owner


def _map(size: int) -> mmap.mmap:
    folder = _folder()
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            _reserve(file.fileno(), size, folder)
            return mmap.mmap(file.fileno(), size)
    except OSError as error:
        raise UnwritableOutput(
            f"A recording this long needs {size_text(size)} in the temporary folder {folder}, "
            f"where {size_text(shutil.disk_usage(folder).free)} are free ({error.strerror}).",
            "Make room there, or set TMPDIR to a folder on a larger disk.",
        ) from error


def _folder() -> Path:
    """The temporary folder, but not one that many systems keep in memory."""
    chosen = Path(tempfile.gettempdir())
    on_disk = Path("/var/tmp")
    return on_disk if chosen == Path("/tmp") and os.access(on_disk, os.W_OK) else chosen


def _reserve(file: int, size: int, folder: Path) -> None:
    """Make the file this long and its room certain: a full disk under a mapped file would end the process (SIGBUS)."""
    if hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(file, 0, size)
            return
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS):  # this file system cannot reserve
                raise
    if shutil.disk_usage(folder).free < size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.truncate(file, size)
