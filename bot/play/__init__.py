"""Recorded and simulated markets through the whole service, on market time."""
