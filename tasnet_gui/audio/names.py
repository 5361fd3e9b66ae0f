"""File names: shown to a person, and made legal on every system."""

import re
import unicodedata
from collections.abc import Mapping
from os import PathLike, fspath
from pathlib import Path

from tasnet_gui.domain import BadRequest

LONGEST = 255  # bytes of UTF-8: ext4, APFS and NTFS all take that many

_ILLEGAL = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\ud800-\udfff]')
_RESERVED = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"} | {
    port + digit for port in ("COM", "LPT") for digit in "0123456789¹²³"
}
_FIELD = re.compile(r"\{(\w*)\}")


def shown(path: str | PathLike[str]) -> str:
    """The name of a file in a message: one line, printable everywhere, at most 120 characters."""
    name = Path(fspath(path)).name or fspath(path)
    text = "".join(_printable(character) for character in name)
    return text if len(text) <= 120 else f"{text[:80]}…{text[-39:]}"


def fold(name: str) -> str:
    """What disks that ignore case and composition compare."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def fill(template: str, fields: Mapping[str, str], tail: str) -> str:
    """A file name from a template such as "{stem}_{track}", followed by `tail`; legal on every system.

    The values are never read as templates. A name over 255 bytes loses the end of its `stem`.

    Raises:
        BadRequest: an unknown field, or a template that is too long whatever the stem.
    """
    for field in _FIELD.findall(template):
        if field not in fields:
            choices = ", ".join(f"{{{name}}}" for name in fields)
            raise BadRequest(f"The name template has an unknown field {{{field}}}.", f"Choose from {choices}.")
    stem = fields.get("stem", "")
    while True:
        name = _legal(_put(template, {**fields, "stem": stem})) + tail
        excess = len(name.encode()) - LONGEST
        if excess <= 0:
            return name
        if not stem or "{stem}" not in template:
            raise BadRequest("The name template is too long for a file name.", "Shorten it.")
        stem = _cut(stem, excess)


def _put(template: str, values: Mapping[str, str]) -> str:
    return _FIELD.sub(lambda match: values[match[1]], template)


def _legal(name: str) -> str:
    name = _ILLEGAL.sub("_", name).rstrip(" .").lstrip(" ") or "untitled"
    device, dot, rest = name.partition(".")  # Windows takes CON.anything for the console
    return f"{device}_{dot}{rest}" if device.rstrip(" ").upper() in _RESERVED else name


def _cut(text: str, excess: int) -> str:
    """Without its last bytes of UTF-8, at least `excess` of them and at least one character."""
    whole = text.encode("utf-8", "replace")  # an undecodable byte becomes one "?", and later one "_"
    return whole[: max(len(whole) - excess, 0)].decode("utf-8", "ignore")


def _printable(character: str) -> str:
    if "\udc80" <= character <= "\udcff":
        return f"\\x{ord(character) - 0xDC00:02x}"  # a byte that is not text
    return character if character.isprintable() else character.encode("unicode_escape", "backslashreplace").decode()
