"""Pictures: values in, PNG bytes out.

Pure functions, so that they can run in another process. Knows `engine.types` and `engine.events`, nothing else of ours.
"""
