"""What must survive a crash: the database, the journal of inputs, the snapshots.

Functions over a connection. Knows `engine.types` and `engine.events`, nothing else of ours.
"""
