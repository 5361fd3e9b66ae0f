"""TasNet Studio: takes any recording apart into speech and noise, and shows how."""

__version__ = "0.1.0"
