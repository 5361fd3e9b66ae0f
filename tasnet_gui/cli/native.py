"""The arguments that say how a recording's own rate and channels are met."""

import argparse

from tasnet_gui.domain import BadRequest
from tasnet_gui.engine.native import CHANNELS, HIGH_BANDS


def add_native(parser: argparse.ArgumentParser) -> None:
    """Add them. Both are None unless they are given."""
    parser.add_argument(
        "--high-band",
        choices=HIGH_BANDS,
        help="what becomes of the sound above the model's band: shared between speech and noise (full, the default), "
        "left out of both (model), all of it noise (noise)",
    )
    parser.add_argument(
        "--channels",
        choices=CHANNELS,
        help="stereo with one mask for both sides, so that the image stays (linked), each channel by itself (each), or "
        "what fits the recording (auto, the default)",
    )


def refuse_native(arguments: argparse.Namespace) -> None:
    """Refuse what needs the whole recording, for a stream.

    Raises:
        BadRequest: there is such an argument.
    """
    if arguments.high_band not in (None, "noise"):
        raise BadRequest("In a stream, all above the model's band is noise.", "Leave out --high-band.")
    if arguments.channels not in (None, "each"):
        raise BadRequest("In a stream, each channel is separated by itself.", "Leave out --channels.")
