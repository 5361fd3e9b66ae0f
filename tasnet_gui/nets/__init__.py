"""The network and its checkpoints: torch modules and nothing else."""
