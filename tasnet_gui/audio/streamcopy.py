"""All of a film but its sound, copied as it is: packets, tags, chapters, languages."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any
from zlib import crc32

from tasnet_gui.audio.film import pictures_of

_DISCARD = 48  # AVDISCARD_ALL
_OF_THE_FILE = {"major_brand", "minor_version", "compatible_brands", "encoder"}  # tags that the writer makes itself


class Copies:
    """The streams of a film that go into another one, and what became of them."""

    def __init__(self, container: Any, sound: Any) -> None:
        self._container, self._sound = container, sound
        self._pictures = {stream.index for stream in pictures_of(container)}
        self._targets: dict[int, Any] = {}
        self._left_out = 0
        self.checksums: dict[int, list[int]] = {}  # of each picture's packets, by the stream's place in the new film

    def options(self, muxer: str, rate: int) -> dict[str, str]:
        """What the writer must know so that nothing is rounded or lost."""
        if muxer not in ("mp4", "mov"):
            return {}
        # Edit lists say where the sound begins and ends, in this unit: the usual 1/1000 s would move it.
        options = {"movie_timescale": str(rate)}
        if any(key.startswith("com.") for key in self._container.metadata):
            options["movflags"] = "use_metadata_tags"
        return options

    def begin(self, target: Any, new_sound: Callable[[], Any]) -> Any:
        """Make the streams of the new film, in the order of the old one; returns that of the sound."""
        sound = None
        for stream in self._container.streams:
            if stream is self._sound:
                made = sound = new_sound()
                stream.discard = _DISCARD
            else:
                made = self._like(target, stream)
            if made is None:
                stream.discard = _DISCARD
                continue
            made.metadata.update({key: text for key, text in stream.metadata.items() if key not in _OF_THE_FILE})
            made.disposition = int(stream.disposition)
            if stream is not self._sound:
                self._targets[stream.index] = made
                if stream.index in self._pictures:
                    self.checksums[made.index] = []
        tags = {key: text for key, text in self._container.metadata.items() if key not in _OF_THE_FILE}
        target.metadata.update(tags)
        target.set_chapters(self._container.chapters())
        return sound

    def packets(self) -> Iterator[tuple[Any, Fraction]]:
        """The packets to write, each with its time in seconds."""
        time = Fraction()
        for packet in self._container.demux(*(self._container.streams[index] for index in self._targets)):
            if not packet.size:
                continue
            stamp = packet.pts if packet.dts is None else packet.dts
            time = time if stamp is None else stamp * packet.time_base
            target = self._targets[packet.stream.index]
            if target.index in self.checksums:
                self.checksums[target.index].append(crc32(packet))
            packet.stream = target
            yield packet, time

    def notes(self) -> Iterator[str]:
        """What a person should know."""
        others = len([stream for stream in self._container.streams.audio if stream is not self._sound])
        if others:
            yield f"{others} other track{'s' if others > 1 else ''} of sound stayed as before."
        if self._left_out:
            yield f"{self._left_out} track{'s' if self._left_out > 1 else ''} of data could not be copied."

    def _like(self, target: Any, stream: Any) -> Any:
        """A stream as this one, or None when the container does not take it."""
        if stream.type == "data" and self._container.chapters():
            return None  # QuickTime keeps its chapters in such a stream: they are written as chapters
        try:
            made = target.add_stream_from_template(stream, opaque=True)
        except ValueError:
            self._left_out += 1
            return None
        if stream.codec_context is not None and target.format.name in ("mp4", "mov"):
            made.codec_tag = stream.codec_context.codec_tag  # hvc1 and hev1 are one codec; Apple plays the first only
        return made
