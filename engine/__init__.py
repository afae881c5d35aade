"""The thinking: what was heard becomes what is worth saying.

Pure and synchronous. No I/O, no clock, no randomness, no asyncio, no logging; the same inputs give the same
events on any machine. Only the standard library, msgspec and numpy may be imported here.
"""
