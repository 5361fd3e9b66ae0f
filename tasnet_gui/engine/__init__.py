"""Sound in, separated sound out."""
