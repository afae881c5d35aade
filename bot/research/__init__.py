"""Backtests, and what may be concluded from them. The engine is the live one; all here only listens and counts."""
