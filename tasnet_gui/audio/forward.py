"""libsndfile, used strictly forwards."""

import io

import soundfile

_ADD_PEAK_CHUNK = 0x1050  # SFC_SET_ADD_PEAK_CHUNK, a command that soundfile has no name for


class Forward(soundfile.SoundFile):  # type: ignore[misc]  # soundfile carries no types
    """A SoundFile that never seeks.

    soundfile otherwise seeks after every block it reads or writes; some truncated FLAC files never return from that.
    """

    def seekable(self) -> bool:
        return False

    @property
    def position(self) -> int:
        """Frames read so far; also right after a block that ended in an error. Asks only, moves nothing."""
        return int(super().seek(0, io.SEEK_CUR))

    def leave_out_peak(self) -> None:
        """Write no PEAK chunk: it holds the time of day, and the same export twice would be two different files."""
        soundfile._snd.sf_command(self._file, _ADD_PEAK_CHUNK, soundfile._ffi.NULL, 0)


def reason(error: Exception) -> str:
    """What libsndfile says of a failure, as a clause: without the "Error : " before it and the full stop behind it."""
    return str(getattr(error, "error_string", error)).removeprefix("Error : ").rstrip(".")
