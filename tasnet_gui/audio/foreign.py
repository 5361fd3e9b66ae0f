"""What a file is that libsndfile cannot read, by its first bytes, and which of FFmpeg's demuxers reads it.

Only these demuxers are ever used, each for files that begin as its own do. FFmpeg's own guess would also take playlists
and scripts, which make it open other files and addresses.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Foreign:
    """A kind of file."""

    name: str  # for people
    demuxer: str = ""  # FFmpeg's name; "" when it holds nothing that can be heard


_MPEG4 = Foreign("MPEG-4 (m4a, mp4, mov)", "mov")
_AAC = Foreign("AAC", "aac")
# Offset, magic bytes, what it is.
_KINDS = (
    *((4, kind, _MPEG4) for kind in (b"ftyp", b"moov", b"mdat", b"wide", b"skip", b"free", b"pnot")),
    (0, b"\x1aE\xdf\xa3", Foreign("Matroska or WebM", "matroska")),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Foreign("Windows Media (wma, wmv)", "asf")),
    (8, b"AVI ", Foreign("AVI video", "avi")),
    (0, b"FLV", Foreign("Flash video", "flv")),
    (0, b"\0\0\1\xba", Foreign("MPEG video", "mpeg")),
    (0, b"\x06\x0e\x2b\x34", Foreign("MXF video", "mxf")),
    (0, b"\xff\xf1", _AAC),
    (0, b"\xff\xf9", _AAC),
    (0, b"ADIF", Foreign("AAC (ADIF)")),
    (0, b"\x0bw", Foreign("AC-3", "ac3")),
    (0, b"#!AMR", Foreign("AMR", "amr")),
    (0, b"wvpk", Foreign("WavPack", "wv")),
    (0, b"MAC ", Foreign("Monkey's Audio", "ape")),
    (0, b"MThd", Foreign("MIDI, which holds notes and no sound")),
)
_TRANSPORT = Foreign("MPEG transport stream (ts, m2ts)", "mpegts")
_PACKETS = ((0, 188), (4, 192))  # where the first packet begins, and how long each is: TS, and M2TS with its time codes
_OGG_PICTURE = (b"\x80theora", b"BBCD\0", b"fishead\0")  # what the first page of an Ogg file with a picture holds

ENOUGH = 1024  # bytes from the start of a file that tell what it is


def recognise(start: bytes) -> Foreign | None:
    """What a file is that begins with these bytes; None when that is for libsndfile to say."""
    if found := next((kind for offset, magic, kind in _KINDS if start.startswith(magic, offset)), None):
        return found
    if start.startswith(b"OggS") and start.startswith(_OGG_PICTURE, 28):
        return Foreign("Ogg video", "ogg")
    for first, length in _PACKETS:
        places = range(first, len(start), length)
        if len(places) > 3 and all(start[place] == 0x47 for place in places):
            return _TRANSPORT
    return None
