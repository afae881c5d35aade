"""The world's doorway: bytes come in, engine inputs go on.

Parsing is pure; prices become integer ticks here. Knows `engine.types` and `engine.events`, nothing else of ours.
"""
