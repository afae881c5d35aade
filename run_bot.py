"""Assay's entry point: hands its arguments to `bot/cli.py`."""

import sys

from bot.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
