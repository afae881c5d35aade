"""How fast the engine is, side by side with others. `make bench` runs it all; what came out stands in `README.md`.

Only the engine's public door is used here: `Engine(config)`, `push`, `snapshot`, `restore`, `open_trades`. Nothing in
the bot imports this folder, and it is not part of the installed package.
"""
