"""/audit: the rows of the audit, some of them, page by page."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.words.admin_audit import AUDIT_PAGE, audit_page
from bot.words.post import Post
from bot.words.wording import Style
from storage.audit import count_entries, entries_of
from storage.database import reading

SHOWN = 50  # rows that are paged through, when nobody says how many
MOST_SHOWN = 500
_NAME = re.compile(r"[^\W\d_][\w .'-]{0,23}")


class Sought(msgspec.Struct, frozen=True):
    """Which rows: the last `most`, of people whose name has `name` in it; empty for everybody's."""

    most: int = SHOWN
    name: str = ""


def read_sought(words: Sequence[str]) -> Sought | None:
    """`50`, `Dana` or `50 Dana`; None for anything else."""
    words = list(words)
    most = SHOWN
    if words and words[0].isascii() and words[0].isdigit():
        most = min(int(words.pop(0)[:6]), MOST_SHOWN)
    name = " ".join(words)
    if most < 1 or (name and (not _NAME.fullmatch(name) or len(name.encode()) > 24)):
        return None
    return Sought(most, name)


async def audited(database: AsyncEngine, sought: Sought, page: int, now_ms: int, style: Style) -> Post:
    """A page counted from 1; one that is not there any more shows the last."""
    async with reading(database) as conn:
        count = min(await count_entries(conn, sought.name), sought.most)
        pages = max(1, -(-count // AUDIT_PAGE))
        page = min(max(page, 1), pages)
        skip = (page - 1) * AUDIT_PAGE
        entries = await entries_of(conn, sought.name, skip=skip, count=min(AUDIT_PAGE, count - skip))
    return audit_page(entries, page, pages, sought.most, sought.name, now_ms, style)
