"""Mixtures, losses, the trainer and the evaluation."""
