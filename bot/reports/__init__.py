"""Daily, weekly and monthly reports: which are due (`calendar`), what they tell (`figures`), and sending them, each
exactly once (`scheduled`). Words and pictures are made in `bot/words/`.
"""
