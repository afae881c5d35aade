"""What a live run needs, looked at piece by piece; a line for each."""
