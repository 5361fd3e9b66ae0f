"""The one door for files in PyTorch's own format, which are pickles.

A pickle is a program. Here it is never run as one: `torch.load` with `weights_only=True` builds tensors and plain
values, and refuses whatever names anything else. For what asteroid's recipes write beside the weights there are
stand-ins.
"""

import os
import re
import stat
import struct
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile, ZipFile, is_zipfile

import torch
from torch.torch_version import TorchVersion

from tasnet_gui.domain import ModelError

LARGEST = 1 << 29  # bytes; the paper's network has 2 * 10^7, and a file must not fill the memory


def read(path: Path) -> Any:
    """What a file of `torch.save` holds: tensors and plain values.

    Raises:
        ModelError: it is no regular file, too large, damaged, or holds more than tensors and plain values.
    """
    if not _is_file(path):
        raise ModelError(f"There is no file {path}.")
    if _size(path) > LARGEST:
        raise ModelError(f"{path} holds more than {LARGEST >> 20} MiB, far more than any Conv-TasNet.")
    try:
        with path.open("rb") as file:
            return _load(file, path)
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}).") from error


def _is_file(path: Path) -> bool:
    """Whether it is a regular file.

    Raises:
        ModelError: nobody can say, because a folder on the way is closed or the name is too long.
    """
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a NUL in the name
        return False
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}).") from error


def _load(file: IO[bytes], path: Path) -> Any:
    try:
        with torch.serialization.safe_globals(_STAND_INS):
            return torch.load(file, map_location="cpu", weights_only=True)  # noqa: TID251 - the one place, weights only
    except Exception as error:  # a hostile file may make the reader fail in any way
        if asked := re.search(r"GLOBAL ([\w.]+)", str(error)):
            raise ModelError(
                f"{path} asks for {asked[1]}, which is program code and not weights. It was not run.",
                "Save the network's state dict by itself, with the program that made the file.",
            ) from None
        raise ModelError(f"{path} is no file of PyTorch weights, or damaged.") from None


def _size(path: Path) -> int:
    """Bytes of what the file holds, compressed or not."""
    if not is_zipfile(path):
        return path.stat().st_size
    try:
        with ZipFile(path) as archive:
            return sum(entry.file_size for entry in archive.infolist())
    except (BadZipFile, OSError, ValueError) as error:
        raise ModelError(f"{path} is no file of PyTorch weights, or damaged.") from error


class _Kind:
    """Stands in for numpy.dtype, which need not be built to read a number."""

    def __init__(self, code: object = "", *_: object) -> None:
        self.code = code

    def __setstate__(self, state: object) -> None:
        """The byte order; scores come from little-endian machines."""


def _number(kind: object = None, raw: object = b"") -> float | None:
    """Stands in for numpy's scalars: a score, or None for what is no float64."""
    known = isinstance(kind, _Kind) and kind.code == "f8" and isinstance(raw, bytes) and len(raw) == 8
    return struct.unpack("<d", raw)[0] if known else None  # type: ignore[arg-type]


_STAND_INS: list[Any] = [
    TorchVersion,  # a string
    (_Kind, "numpy.dtype"),
    (_number, "numpy.core.multiarray.scalar"),
    (_number, "numpy._core.multiarray.scalar"),
]
