"""Many files, one after the other or side by side: a queue that survives whatever happens to it."""
