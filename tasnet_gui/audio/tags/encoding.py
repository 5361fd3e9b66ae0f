"""Tags as the bytes of each kind of container: ID3v2.4, Vorbis comments, INFO, AIFF's and CAF's chunks."""

import base64
import struct
from collections.abc import Iterable

from tasnet_gui.audio.tags import caf
from tasnet_gui.audio.tags.values import Picture, Tags

_FRONT_COVER = 3  # a type of picture, in ID3 as in FLAC
_UTF8 = b"\3"  # an encoding, in ID3v2.4
_ID3 = {
    **{"TITLE": "TIT2", "ARTIST": "TPE1", "ALBUM": "TALB", "ALBUMARTIST": "TPE2", "COMPOSER": "TCOM"},
    **{"GENRE": "TCON", "DATE": "TDRC", "COPYRIGHT": "TCOP", "BPM": "TBPM", "ISRC": "TSRC", "LANGUAGE": "TLAN"},
    **{"PUBLISHER": "TPUB", "INITIALKEY": "TKEY", "CONDUCTOR": "TPE3", "LYRICIST": "TEXT", "MEDIA": "TMED"},
}
_COUNTED = {"TRACKNUMBER": ("TRCK", "TRACKTOTAL"), "DISCNUMBER": ("TPOS", "DISCTOTAL")}
_INFO = {
    **{"TITLE": "INAM", "ARTIST": "IART", "ALBUM": "IPRD", "COMMENT": "ICMT", "GENRE": "IGNR", "DATE": "ICRD"},
    **{"COPYRIGHT": "ICOP", "TRACKNUMBER": "ITRK", "LANGUAGE": "ILNG", "COMPOSER": "IMUS"},
}
_FFMPEG = {"ALBUMARTIST": "album_artist", "TRACKNUMBER": "track", "DISCNUMBER": "disc"}
_AIFF = {"TITLE": b"NAME", "ARTIST": b"AUTH", "COPYRIGHT": b"(c) ", "COMMENT": b"ANNO"}


def id3(tags: Tags) -> bytes:
    """A whole ID3v2.4 tag; nothing where there is nothing to say."""
    frames = b"".join(_id3_frames(tags))
    return b"ID3\4\0\0" + _synchsafe(len(frames)) + frames if frames else b""


def _id3_frames(tags: Tags) -> Iterable[bytes]:
    for name in dict.fromkeys(name for name, _ in tags.fields):
        values = "\0".join(tags.values(name)).encode("utf-8", "replace")
        if name in _ID3:
            yield _frame(_ID3[name], _UTF8 + values)
        elif name in _COUNTED:
            frame, total = _COUNTED[name]
            of = tags.values(total)[:1]
            yield _frame(frame, _UTF8 + "/".join([*tags.values(name)[:1], *of]).encode("utf-8", "replace"))
        elif name in ("COMMENT", "LYRICS"):
            for value in tags.values(name):
                text = value.encode("utf-8", "replace")
                yield _frame("COMM" if name == "COMMENT" else "USLT", _UTF8 + b"und\0" + text)
        elif name not in ("TRACKTOTAL", "DISCTOTAL"):
            yield _frame("TXXX", _UTF8 + name.encode("ascii") + b"\0" + values)
    if picture := tags.picture:
        mime = picture.mime.encode("ascii", "replace")
        yield _frame("APIC", _UTF8 + mime + b"\0" + bytes([_FRONT_COVER]) + b"\0" + picture.data)


def _frame(name: str, content: bytes) -> bytes:
    return name.encode("ascii") + _synchsafe(len(content)) + b"\0\0" + content


def _synchsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def vorbis_comment(tags: Tags, vendor: bytes, picture: bool = False) -> bytes:
    """The list of comments, without what stands around it in Ogg or FLAC; with the picture as one of them if asked."""
    lines = [f"{name}={value}".encode("utf-8", "replace") for name, value in tags.fields]
    if picture and tags.picture:
        lines.append(b"METADATA_BLOCK_PICTURE=" + base64.b64encode(flac_picture(tags.picture)))
    counted = b"".join(struct.pack("<I", len(line)) + line for line in lines)
    return struct.pack("<I", len(vendor)) + vendor + struct.pack("<I", len(lines)) + counted


def flac_blocks(tags: Tags) -> bytes:
    """Blocks to stand between STREAMINFO and the last one."""
    comment = vorbis_comment(tags, b"TasNet Studio with libFLAC")
    blocks = _flac_block(4, comment)
    return blocks + (_flac_block(6, flac_picture(tags.picture)) if tags.picture else b"")


def _flac_block(kind: int, content: bytes) -> bytes:
    return bytes([kind]) + len(content).to_bytes(3, "big") + content


def flac_picture(picture: Picture) -> bytes:
    """A picture block's content; width, height and depth are left unsaid."""
    mime = picture.mime.encode("ascii", "replace")
    head = struct.pack(">II", _FRONT_COVER, len(mime)) + mime
    return head + struct.pack(">IIIIII", 0, 0, 0, 0, 0, len(picture.data)) + picture.data


def riff_chunks(tags: Tags) -> bytes:
    """Chunks to stand behind the sound of a WAV. What came from a WAV goes back as it was."""
    raw = bool(tags.info or tags.id3 or tags.bext or tags.ixml)
    info = tags.info if raw else _info(tags)
    beyond = any(name not in _INFO for name, _ in tags.fields) or tags.picture
    tag = tags.id3 if raw else id3(tags) if beyond else b""
    parts = ((b"bext", tags.bext), (b"iXML", tags.ixml), (b"LIST", info), (b"id3 ", tag))
    return b"".join(chunk(name, content, "<") for name, content in parts if content)


def _info(tags: Tags) -> bytes:
    content = b""
    for name, key in _INFO.items():
        if values := tags.values(name):
            content += chunk(key.encode("ascii"), "; ".join(values).encode("utf-8", "replace") + b"\0", "<")
    return b"INFO" + content if content else b""


def aiff_chunks(tags: Tags) -> bytes:
    """Chunks to stand behind the sound of an AIFF."""
    texts = [(key, "; ".join(tags.values(name)).encode("utf-8", "replace")) for name, key in _AIFF.items()]
    parts = (*texts, (b"ID3 ", id3(tags)))
    return b"".join(chunk(name, content, ">") for name, content in parts if content)


def caf_chunk(tags: Tags) -> bytes:
    """The "info" chunk of a CAF."""
    names = dict.fromkeys(name for name, _ in tags.fields)
    return caf.info({caf.NAMES.get(name, name.lower()): "; ".join(tags.values(name)) for name in names})


def ffmpeg_metadata(tags: Tags) -> dict[str, str]:
    """What FFmpeg calls them; an M4A takes the common ones."""
    names = dict.fromkeys(name for name, _ in tags.fields)
    return {_FFMPEG.get(name, name.lower()): "; ".join(tags.values(name)) for name in names}


def chunk(name: bytes, content: bytes, order: str) -> bytes:
    """A chunk of a RIFF ("<") or an AIFF (">"), of even length."""
    return name + struct.pack(f"{order}I", len(content)) + content + bytes(len(content) % 2)
