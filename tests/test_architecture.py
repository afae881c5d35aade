"""Imports go one way; the engine has no clock, no dice and no window to the world."""

from pathlib import Path

import pytest

from tests.architecture import OURS, violations

ROOT = Path(__file__).parents[1]


def source_files() -> list[str]:
    folders = [name for name in OURS if name not in ("run_bot", "tests")]
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    entry = ROOT / "run_bot.py"
    return [path.relative_to(ROOT).as_posix() for path in [*paths, *([entry] if entry.exists() else [])]]


def test_every_file_keeps_the_laws_of_the_house():
    broken = [line for path in source_files() for line in violations(path, (ROOT / path).read_text("utf-8"))]

    assert broken == []


def test_the_check_reads_all_five_folders():
    assert {path.partition("/")[0] for path in source_files()} >= {"bot", "engine", "feeds", "charts", "storage"}


@pytest.mark.parametrize(
    ("path", "source"),
    [
        (
            "engine/gaps.py",
            "import msgspec\nimport numpy as np\nfrom decimal import Decimal\nfrom engine.types import Candle",
        ),
        ("engine/hours.py", "from datetime import UTC, datetime\nmoment = datetime.fromtimestamp(0, UTC)"),
        ("feeds/base.py", "from engine.types import Tick\nfrom engine.events import Input\nfrom feeds.rows import Row"),
        ("feeds/base.py", "from engine import events, types"),
        ("storage/trades.py", "import sqlite3\nfrom storage.schema import trades"),
        (
            "bot/app.py",
            "import engine.engine\nfrom feeds import replay\nfrom storage import trades\nimport charts.render",
        ),
        ("bot/clock.py", "import time"),
        ("bot/delivery/telegram_client.py", "import telegram\nfrom telegram.error import TelegramError"),
        ("run_bot.py", "from bot.cli import main"),
    ],
)
def test_lawful_source_is_left_alone(path, source):
    assert violations(path, source) == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("engine/gaps.py", "import time"),
        ("engine/gaps.py", "from time import monotonic"),
        ("engine/gaps.py", "def late():\n    import time"),
        ("engine/gaps.py", "from datetime import datetime, UTC\ndatetime.now(UTC)"),
        ("engine/gaps.py", "import datetime as dt\ndt.datetime.utcnow()"),
        ("engine/gaps.py", "from datetime import date\ntoday = date.today"),
        ("engine/gaps.py", "import random"),
        ("engine/gaps.py", "import secrets"),
        ("engine/gaps.py", "import uuid"),
        ("engine/gaps.py", "import asyncio"),
        ("engine/gaps.py", "async def push(): ..."),
        ("engine/gaps.py", "import logging"),
        ("engine/gaps.py", "import structlog"),
        ("engine/gaps.py", "import sqlite3"),
        ("engine/gaps.py", "import socket"),
        ("engine/gaps.py", "import os"),
        ("engine/gaps.py", "from os import environ"),
        ("engine/gaps.py", "from pathlib import Path"),
        ("engine/gaps.py", "open('candles.csv')"),
        ("engine/gaps.py", "print('here')"),
        ("engine/gaps.py", "key = hash('XAUUSD')"),
        ("engine/gaps.py", "import pandas"),
        ("engine/gaps.py", "import sklearn"),
        ("engine/gaps.py", "from bot.clock import WallClock"),
        ("engine/gaps.py", "from feeds import replay"),
        ("engine/gaps.py", "from . import types"),
        ("feeds/base.py", "from engine.engine import Engine"),
        ("feeds/base.py", "from engine import config"),
        ("feeds/base.py", "import storage.trades"),
        ("feeds/base.py", "import time"),
        ("charts/scene.py", "from feeds.base import Feed"),
        ("charts/scene.py", "from bot import messages"),
        ("storage/trades.py", "from charts.scene import Scene"),
        ("storage/trades.py", "from engine.risk import position_size"),
        ("bot/app.py", "import run_bot"),
        ("bot/app.py", "from tests.builders import trade"),
        ("bot/reports.py", "import time"),
        ("bot/app.py", "import telegram"),
        ("bot/sandbox/rules.py", "from telegram.error import BadRequest"),
        ("charts/render.py", "from backtesting import Backtest"),
        ("charts/render.py", "import PyQt6.QtWidgets"),
        ("run_bot.py", "from engine.engine import Engine"),
    ],
)
def test_unlawful_source_is_refused(path, source):
    assert violations(path, source) != []


def test_the_random_corner_of_numpy_is_closed_to_the_engine():
    assert violations("engine/gaps.py", "import numpy as np\nx = np.random.default_rng()") != []
    assert violations("engine/gaps.py", "from numpy.random import default_rng") != []
