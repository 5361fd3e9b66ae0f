"""Tags made fit for what becomes of a recording: another container, another track, a stretch of it."""

import re
import struct
from dataclasses import replace

from tasnet_gui.audio.storage import size_text
from tasnet_gui.audio.tags.values import Tags

_RIFF = ("WAV", "RF64")
_OGG_ROOM = {"OPUS": 32 << 10, "VORBIS": 1 << 20}  # bytes; libsndfile 1.2.2 cannot read back 60 kB in an Opus file
_TIME_REFERENCE, _VERSION, _UMID, _LOUDNESS = 338, 346, 348, 412  # offsets in bext, EBU Tech 3285
_NO_LOUDNESS = struct.pack("<5h", *[0x7FFF] * 5)
_CLOCKS = (
    (rb"BWF_TIME_REFERENCE_LOW", rb"BWF_TIME_REFERENCE_HIGH"),
    (rb"TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO", rb"TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI"),
)


def carried(tags: Tags, container: str, subtype: str, start: int) -> tuple[Tags, tuple[str, ...]]:
    """What of these tags goes into a file of this kind that begins at the recording's frame `start`, and notes."""
    notes: list[str] = []
    if container in _RIFF:
        return replace(tags, bext=_moved_bext(tags.bext, start), ixml=_moved_ixml(tags.ixml, start)), ()
    if lost := " and ".join(name for name, chunk in (("bext", tags.bext), ("iXML", tags.ixml)) if chunk):
        notes.append(f"The broadcast data ({lost}) was left out: only WAV can hold it.")
    tags = replace(tags, bext=b"", ixml=b"", info=b"", id3=b"")
    picture = tags.picture
    if picture and (container in ("CAF", "M4A") or len(picture.data) * 4 / 3 > _OGG_ROOM.get(subtype, 1 << 30) / 2):
        tags = replace(tags, picture=None)
        notes.append(f"The cover ({size_text(len(picture.data))}) was left out: these files cannot hold it.")
    if sum(len(value.encode()) + 64 for _, value in tags.fields) > _OGG_ROOM.get(subtype, 1 << 30) / 2:
        tags = replace(tags, fields=())
        notes.append("The tags were left out: they are too long for these files.")
    return tags, tuple(notes)


def _moved_bext(bext: bytes, start: int) -> bytes:
    """The same for a new sound: `start` frames later, without an identity, of a loudness that nobody measured."""
    if len(bext) < _LOUDNESS + len(_NO_LOUDNESS):
        return bext
    changed = bytearray(bext)
    (reference,) = struct.unpack_from("<Q", bext, _TIME_REFERENCE)
    struct.pack_into("<Q", changed, _TIME_REFERENCE, (reference + start) % (1 << 64))
    (version,) = struct.unpack_from("<H", bext, _VERSION)
    if version >= 1:
        changed[_UMID:_LOUDNESS] = bytes(_LOUDNESS - _UMID)
    if version >= 2:
        changed[_LOUDNESS : _LOUDNESS + len(_NO_LOUDNESS)] = _NO_LOUDNESS
    return bytes(changed)


def _moved_ixml(ixml: bytes, start: int) -> bytes:
    """The same with its clocks moved on by `start` frames."""
    for low, high in _CLOCKS if start else ():
        found = [re.search(rb"<%s>\s*(\d{1,10})\s*</%s>" % (name, name), ixml) for name in (low, high)]
        if not all(found):
            continue
        now = sum(int(match[1]) << shift for match, shift in zip(found, (0, 32), strict=True) if match) + start
        for name, number in ((low, now & 0xFFFF_FFFF), (high, now >> 32)):
            ixml = re.sub(rb"<%s>\s*\d{1,10}\s*</%s>" % (name, name), b"<%s>%d</%s>" % (name, number, name), ixml)
    return ixml
