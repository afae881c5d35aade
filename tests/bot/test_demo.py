"""The demo as a user starts it: a page with a signal within a minute, and Ctrl-C ends it at once."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]


def test_a_signal_is_on_the_page_within_a_minute_and_ctrl_c_ends_it_with_all_it_started(tmp_path):
    environment = os.environ | {"TMPDIR": str(tmp_path), "COLUMNS": "200"}
    command = [sys.executable, "run_bot.py", "demo", "--port", "0", "--speed", "600"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as demo:  # noqa: S603 — our own
        try:
            url = first_url(demo)
            page = wait_for(url, "TP1", 60)
            assert "SIMULATED" in page
            workers = children(demo.pid)
            demo.send_signal(signal.SIGINT)
            assert demo.wait(10) == 130
            assert "Traceback" not in demo.stderr.read()
        finally:
            demo.kill()
    assert list(tmp_path.glob("assay-demo-*")) == []
    until = time.monotonic() + 10
    while any(is_running(pid) for pid in workers):
        assert time.monotonic() < until, "somebody is left behind"
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    """Not ended, and not merely waiting to be noted as ended by whoever adopts orphans here."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def children(pid: int) -> list[int]:
    """Who was started by this process; nobody where the system does not tell."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in listed.read_text().split()] if listed.exists() else []


def first_url(demo: subprocess.Popen) -> str:
    for line in demo.stderr:
        if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
            return found[0]
    raise AssertionError("the demo ended without a URL")


def wait_for(url: str, words: str, seconds: float) -> str:
    """The page's state as it first comes, asked for until the words are in it."""
    until = time.monotonic() + seconds
    with httpx.Client(trust_env=False) as browser:
        while time.monotonic() < until:
            page = browser.get(url).text
            if words in page:
                return page
            with browser.stream("GET", f"{url}events") as events:  # the next change
                next(events.iter_text(), None)
    raise AssertionError(f"{words!r} did not appear within {seconds} s")
