"""The others, each called the way its own documentation calls it. Nothing of theirs is copied here.

`smart_money` and `vsmc` are imported beside us (extra `bench`). `py_indicators` and `nautilus` are programs for the
environment in `.venv-bench` and import nothing of ours but `serve`.
"""
