"""The admin chat's messages, each in one golden file to be read from top to bottom; and that none is missing there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bot.gallery_admin import admin_posts, words_of
from tests.bot.reader import shown

GOLDEN = Path(__file__).parents[1] / "golden" / "admin.txt"
WORDS = Path(__file__).parents[2] / "bot" / "words"
# What subscribers read is in `tests/golden/languages`; these make a post of another.
ELSEWHERE = {"signal_post", "target_reply", "stop_moved_reply", "closed_reply", "daily_report", "period_report"}
ELSEWHERE |= {"board_post", "seal", "made_late"}


def test_every_message_of_the_admin_chat_reads_as_blessed(request: pytest.FixtureRequest) -> None:
    text = "\n\n".join(f"=== {name}\n{shown(words_of(said))}" for name, said in admin_posts().items()) + "\n"

    if request.config.getoption("--bless"):
        GOLDEN.write_text(text, "utf-8")
    assert text == GOLDEN.read_text("utf-8"), "read the difference, then bless it: make test ARGS=--bless"


def kinds() -> Iterator[str]:
    """The functions that write a message, and those that write a note at a tap."""
    for path in WORDS.glob("*.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.returns is not None:
                is_post = ast.unparse(node.returns) == "Post"
                if not node.name.startswith("_") and (is_post or node.name.endswith("_toast")):
                    yield node.name


def test_no_kind_of_message_is_missing() -> None:
    blessed = {name.partition(",")[0] for name in admin_posts()} | ELSEWHERE | {"why_toast"}

    assert sorted(set(kinds()) - blessed) == []
    assert sorted(ELSEWHERE - set(kinds())) == [], "no longer there"
