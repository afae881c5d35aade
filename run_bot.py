"""Assay's entry point: hands its arguments to `bot/cli.py`. Runs the compiled engine where `make compiled` made one."""

import sys

from bot.compiled import prefer

if __name__ == "__main__":
    prefer()
    from bot.cli import main

    sys.exit(main(sys.argv[1:]))
