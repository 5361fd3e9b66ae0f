"""Sound in and out: files, exports, the mixer, devices. No Qt, no torch."""
