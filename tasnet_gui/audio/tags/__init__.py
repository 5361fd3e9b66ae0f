"""What a recording says of itself, carried over into the files that are made of it."""
