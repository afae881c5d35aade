"""`python -m bench`: see `command.py`. Measures the compiled engine where there is one, but not with `--written`."""

import sys

from bot.compiled import prefer

if __name__ == "__main__":
    if "--written" not in sys.argv:
        prefer()
    from bench.command import main

    main()
