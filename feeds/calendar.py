"""Economic calendars kept as files, into announcements. Pure: bytes in, items out.

Two formats, recognised by how they begin: the week of ForexFactory (`ff_calendar_thisweek.json`, a JSON array whose
dates carry their offset), and tables with the columns `timestamp_utc,currency,impact,event` and, if there is one,
`all_day`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from engine.events import EVERY_CURRENCY, NewsItem
from engine.types import Impact
from feeds.base import BadLine, UnknownFormat, shown

COLUMNS = ("timestamp_utc", "currency", "impact", "event")
MOST_TITLE = 200  # characters that are kept; no announcement has so many
REMEDY = f"save ff_calendar_thisweek.json, or a table with the columns {','.join(COLUMNS)}"

OnBad = Callable[[BadLine], None]


class _Row(msgspec.Struct, frozen=True):
    """A row of ForexFactory's. `country` is a currency, or `All`; there is no result, ever."""

    title: str
    country: str
    date: str
    impact: str


def read_calendar(data: bytes, path: Path, on_bad: OnBad) -> tuple[NewsItem, ...]:
    """The announcements that have a minute, by time. Whole days (holidays, tentative ones) are left out.

    `on_bad` is told each row that cannot be read, numbered from 1 in JSON and by its line in a table. UnknownFormat for
    what is no calendar: above its limit ForexFactory answers with a web page instead of the week.
    """
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    rows = _of_json(data, path, on_bad) if text.lstrip()[:1] == "[" else _of_table(text, path, on_bad)
    return tuple(sorted(set(rows), key=lambda item: (item.time_ms, item.currency, item.title)))


def _of_json(data: bytes, path: Path, on_bad: OnBad) -> Iterator[NewsItem]:
    try:
        rows = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=list[msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise UnknownFormat(f"{path}: the JSON breaks off or is broken; save it again") from None
    for number, raw in enumerate(rows, 1):
        try:
            row = msgspec.json.decode(raw, type=_Row)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            on_bad(BadLine(path, number, "row", bytes(raw)[:60].decode("utf-8", "replace"), str(error)))
            continue
        yield from _item(path, number, on_bad, row.date, row.country, row.impact, row.title)


def _of_table(text: str, path: Path, on_bad: OnBad) -> Iterator[NewsItem]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        columns = list(reader.fieldnames or ())
        if not set(COLUMNS) <= set(columns):
            raise UnknownFormat(f"{path}: no calendar, it begins with {shown(text[:40])}; {REMEDY}")
        for row in reader:
            if None in row.values():
                on_bad(BadLine(path, reader.line_num, "row", str(row.get("event")), "the line is too short"))
            elif row.get("all_day") != "1":
                when, currency, impact, title = (row[name] for name in COLUMNS)
                yield from _item(path, reader.line_num, on_bad, when, currency, impact, title)
    except csv.Error as error:
        raise UnknownFormat(f"{path}: not a table ({error}); {REMEDY}") from None


def _item(
    path: Path, line: int, on_bad: OnBad, when: str, currency: str, impact: str, title: str
) -> Iterator[NewsItem]:
    """None or one. A time needs its offset, since a guessed one would move the blackout by hours."""
    if impact.strip().lower() == "holiday":
        return
    try:
        moment = datetime.fromisoformat(when.strip())
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        on_bad(BadLine(path, line, "date", when, "write 2026-06-17T08:30:00-04:00, or with Z for UTC"))
        return
    if impact.strip().lower() not in list(Impact):
        on_bad(BadLine(path, line, "impact", impact, f"one of {', '.join(Impact)} or holiday"))
        return
    code = currency.strip()
    if not (code == EVERY_CURRENCY or (3 <= len(code) <= 5 and code.isascii() and code.isalnum())):
        on_bad(BadLine(path, line, "currency", currency, f"a code such as USD, or {EVERY_CURRENCY}"))
        return
    yield NewsItem(
        round(moment.timestamp() * 1000),
        code if code == EVERY_CURRENCY else code.upper(),
        Impact(impact.strip().lower()),
        title.strip()[:MOST_TITLE],
    )
