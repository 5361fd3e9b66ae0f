"""Sound files in. libsndfile or FFmpeg decodes; this module sees to it that no file can hang or mislead the program."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile

from tasnet_gui.audio import film, order
from tasnet_gui.audio.foreign import Foreign
from tasnet_gui.audio.forward import Forward, reason
from tasnet_gui.audio.headers import Header, examine, missing_bytes
from tasnet_gui.audio.names import shown
from tasnet_gui.audio.sources import Source, open_source, within
from tasnet_gui.audio.storage import Growing
from tasnet_gui.audio.track import Track
from tasnet_gui.audio.usable import make_usable
from tasnet_gui.domain import EmptyAudio, Progress, Recording, UnreadableAudio, UnwritableOutput, finish

# For dialogs, dropped files and folders. What a file is, its content decides.
AUDIO_SUFFIXES: tuple[str, ...] = (
    *(".wav", ".wave", ".bwf", ".rf64", ".w64", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".mp2"),
    *(".aif", ".aiff", ".aifc", ".caf", ".au", ".snd", ".sph", ".nist", ".voc", ".ircam"),
    *((*film.SOUND_SUFFIXES, *film.FILM_SUFFIXES) if film.installed() else ()),
)
CHANNELS = range(1, 65)
RATES = range(1_000, 768_001)  # Hz

_BLOCK = 1 << 18  # samples of all channels, 1 MB
_MP3_FRAME = 1152  # libsndfile loses all of a read that meets damage in an MP3: read no more than one frame at a time
_APPENDIX = 1 << 16  # bytes that may follow a compressed stream without a word: tags, a lyrics sheet
_PATIENCE = 10.0  # seconds for a header; the slowest honest one takes milliseconds
_PLAIN = (".wav", ".flac")
_DAMAGED = "It may be damaged: copy it once more from where it came."
_CONVERT = "If it plays elsewhere, convert it to WAV or FLAC first, for example with: ffmpeg -i INPUT output.wav"


@dataclass(frozen=True)
class AudioInfo:
    """What a file's header says of it."""

    frames: int  # 0 when the header does not say; only reading tells the truth
    rate: int  # Hz
    channels: int
    container: str  # libsndfile's name of the major format: WAV, FLAC, OGG, MP3, ...; of films MP4, MOV, MKV, ...
    subtype: str  # libsndfile's name of the encoding: PCM_16, FLOAT, VORBIS, ...; also AAC, AC3, ...
    picture: bool = False  # it is a film


@dataclass(frozen=True)
class _Opened:
    source: Source
    header: Header
    decoder: Forward | Track
    info: AudioInfo
    reordered: bool  # its channels do not come in WAV's order


def probe(path: Path) -> AudioInfo:
    """Look at a file's header only.

    Raises:
        UnreadableAudio: it is no sound file that can be opened.
    """
    with _opened(Path(path)) as opened:
        return opened.info


def read(path: Path) -> Recording:
    """A whole file. See `reading`."""
    return finish(reading(path))


def reading(path: Path) -> Generator[Progress, None, Recording]:
    """Read a whole file, forwards, to its true end.

    What had to be worked around is told in the recording's notes: samples that are no level become 0, damage ends the
    sound, a header that claims another length is overruled. Samples below float32's normal range become 0 silently.

    Raises:
        UnreadableAudio: nothing in it can be used.
    """
    path = Path(path)
    yield Progress(0.0, "Reading")
    with _opened(path) as opened:
        try:
            sound = _Sound(opened)
            while sound.read_block():
                yield Progress(opened.source.progress, "Reading")
            return sound.recording(path)
        except UnwritableOutput as error:  # no room for the samples
            raise UnreadableAudio(f"{shown(path)} is too long to open here. {error.what}", error.todo) from error


class _Sound:
    """A recording in the making."""

    def __init__(self, opened: _Opened) -> None:
        self._opened, self._stamp = opened, opened.source.stamp
        info = opened.info
        self._block = np.empty((max(_BLOCK // info.channels, 1024), info.channels), np.float32)
        # Two samples per byte is the size of the file, not a promise of its header; what is longer grows.
        likely = max(2 * opened.source.size // info.channels, 1 << 20)
        self._samples = Growing(info.channels, min(info.frames or likely, likely))
        self._replaced = 0
        self._damage = ""

    def read_block(self) -> bool:
        """Decode one block. False at the end of what can be decoded."""
        block = self._block[: self._fill()]
        if self._opened.reordered:
            order.from_stream(block)
        self._replaced += make_usable(block)
        self._samples.append(block)
        return len(block) == len(self._block)

    def _fill(self) -> int:
        """Decode into the block and return how many frames came: fewer than it holds at the end or at damage."""
        decoder = self._opened.decoder
        begin = decoder.position
        step = _MP3_FRAME if decoder.format == "MP3" else len(self._block)
        filled = 0
        while filled < len(self._block) and not self._damage:
            part = self._block[filled : filled + step]
            try:
                decoder.read(len(part), out=part)
            except (soundfile.LibsndfileError, film.Damage) as error:
                self._damage = reason(error)  # what was decoded before the damage is in the block nevertheless
            came = decoder.position - begin - filled
            filled += came
            if came < len(part):
                break
        return filled

    def recording(self, path: Path) -> Recording:
        """The sound as it was found.

        Raises:
            UnreadableAudio: it has no samples, or the file failed before its first.
        """
        info, error = self._opened.info, self._opened.source.error
        if self._samples.frames == 0:
            reason = (error.strerror or str(error)) if error else self._damage
            raise _damaged(path, f"it cannot be decoded ({reason})") if reason else _empty(path)
        samples, notes = self._samples.finish(), tuple(self._notes())
        kind = info.container, info.subtype
        return Recording(samples, info.rate, path, *kind, self._replaced, notes, info.picture, self._stamp)

    def _notes(self) -> Iterator[str]:
        header, decoder, error = self._opened.header, self._opened.decoder, self._opened.source.error
        yield from decoder.notes() if isinstance(decoder, Track) else header.notes
        found = self._samples.frames
        claimed = header.claimed or self._opened.info.frames
        if found != (claimed or found) and isinstance(decoder, Forward):
            yield f"The header says {claimed:,} frames, found {found:,}."
        if error:
            yield f"The file could not be read to its end: {error.strerror}."
        elif self._damage and found != claimed:  # damage behind the last frame is no damage to the sound
            yield f"The file is damaged; the readable part ends at {found / self._opened.info.rate:.2f} s."
        elif self._opened.info.container in ("OGG", "MP3") and self._opened.source.unread > _APPENDIX:
            yield "Only the first of several streams in the file could be read."
        if self._replaced:
            samples = "sample was" if self._replaced == 1 else "samples were"
            yield f"{self._replaced:,} {samples} not a finite level and became 0."


@contextmanager
def _opened(path: Path) -> Iterator[_Opened]:
    source = open_source(path)
    decoder: Forward | Track | None = None
    try:
        try:
            header, decoder = within(_PATIENCE, lambda: _decode(path, source))
        except TimeoutError as error:
            raise _unreadable(path, f"its header could not be read within {_PATIENCE:.0f} s") from error
        info = _info(path, header, decoder)
        reordered = order.ordered(info.container, info.subtype, source.bytes_at(0, order.HEAD))
        yield _Opened(source, header, decoder, info, reordered)
    finally:
        if decoder:
            decoder.close()
        source.close()


def _decode(path: Path, source: Source) -> tuple[Header, Forward | Track]:
    try:
        header = examine(source)
        if header.refused:
            raise _unreadable(path, header.refused)
        if header.foreign:
            return header, _track(path, source, header.foreign)
        source.seek(0)
        decoder = Forward(source)
        if header.claimed is None and not header.notes:
            header = replace(header, notes=missing_bytes(decoder.extra_info))
        return header, decoder
    except soundfile.LibsndfileError as error:
        failure = source.error
        raise _damaged(path, (failure.strerror or str(failure)) if failure else reason(error)) from error
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error


def _track(path: Path, source: Source, kind: Foreign) -> Track:
    if not kind.demuxer or not film.installed():
        raise _unreadable(path, f"the decoder for {kind.name} is missing", film.INSTALL if kind.demuxer else "")
    try:
        return Track(source, kind)
    except ImportError as error:
        raise _unreadable(path, f"the decoder for {kind.name} does not start ({error})", film.INSTALL) from error
    except film.NoSound as error:
        raise UnreadableAudio(f"{shown(path)} cannot be opened: {error}.", "Choose another file.") from error
    except film.Damage as error:
        failure = source.error
        raise _damaged(path, (failure.strerror or str(failure)) if failure else str(error)) from error


def _info(path: Path, header: Header, decoder: Forward | Track) -> AudioInfo:
    if decoder.channels not in CHANNELS:
        raise _unreadable(path, f"it has {decoder.channels:,} channels; 1 to {CHANNELS[-1]} can be used")
    if decoder.samplerate not in RATES:
        raise _unreadable(path, f"its rate is {decoder.samplerate:,} Hz; {RATES[0]:,} to {RATES[-1]:,} Hz can be used")
    if decoder.frames == 0:
        raise _empty(path)
    known = decoder.frames < 1 << 62  # libsndfile's word for "unknown" is 2**63 - 1
    frames = decoder.frames if known else header.claimed or 0
    picture = isinstance(decoder, Track) and decoder.picture
    return AudioInfo(frames, decoder.samplerate, decoder.channels, decoder.format, decoder.subtype, picture)


def _empty(path: Path) -> EmptyAudio:
    return EmptyAudio(f"{shown(path)} contains no samples.", "Choose another file.")


def _unreadable(path: Path, reason: str, todo: str = "") -> UnreadableAudio:
    return UnreadableAudio(f"{shown(path)} cannot be opened: {reason}.", f"{todo} {_CONVERT}".strip())


def _damaged(path: Path, reason: str) -> UnreadableAudio:
    """A file that is not what it claims to be. Converting a WAV to WAV is no advice."""
    what = f"{shown(path)} cannot be opened: {reason}."
    return UnreadableAudio(what, f"{_DAMAGED} {'' if path.suffix.lower() in _PLAIN else _CONVERT}".strip())
