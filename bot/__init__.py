"""The shell: feeds, engine, storage, charts and Telegram wired together, and every word a reader sees.

The only folder that knows all others; nobody but `run_bot.py` knows it.
"""
