"""What /audit reads: who tried what and whether it was allowed, who changed what from what into what. Newest first."""

from __future__ import annotations

from collections.abc import Sequence

from bot.words import admin_english as english
from bot.words.buttons import Tap, button
from bot.words.post import Button, Post
from bot.words.wording import DOT, Html, Style, join, lines, say, tidy
from storage.audit import AuditEntry

AUDIT_PAGE = 8
_TYPED, _WORD = 48, 24  # characters of what somebody typed, and of a value


def audit_page(
    entries: Sequence[AuditEntry], page: int, pages: int, most: int, name: str, now_ms: int, style: Style
) -> Post:
    """One page of the last `most` rows, of those whose actor is called `name` when it is not empty."""
    head = say(english.AUDIT if entries else english.NO_AUDIT)
    parts = [
        join(DOT, head, tidy(name) or None, style.clock_s(now_ms)),
        *(_row(entry, now_ms, style) for entry in entries),
    ]
    return Post(lines(*parts), buttons=(_pager(page, pages, most, name),))


def _row(entry: AuditEntry, now_ms: int, style: Style) -> Html:
    """`17:45 UTC Dana · risk 1.0 → 0.5`."""
    who = tidy(entry.actor_name) or (english.PROGRAM if entry.actor_id is None else str(entry.actor_id))
    what: Html | str = tidy(str(entry.detail.get("text") or entry.action), _TYPED) or tidy(entry.action)
    if entry.before is not None or entry.after is not None:
        before, after = tidy(entry.before or "", _WORD) or "–", tidy(entry.after or "", _WORD) or "–"
        what = say(english.AUDIT_CHANGE, what=tidy(entry.action, _TYPED), before=before, after=after)
    refused = None if entry.allowed else say(english.AUDIT_REFUSED, why=_why(entry))
    time = style.clock_since(entry.time_ms, now_ms)
    return say(english.AUDIT_ROW, time=time, who=who, what=join(DOT, what, refused))


def _why(entry: AuditEntry) -> str:
    why = str(entry.detail.get("why", ""))
    return english.AUDIT_WHYS.get(why, tidy(why, _WORD))


def _pager(page: int, pages: int, most: int, name: str) -> tuple[Button, ...]:
    def to(label: str, number: int) -> Button:
        return button(label, Tap.AUDIT, number, most, name)

    return (
        to(english.BACK, max(page - 1, 1)),
        to(english.PAGE.format(page=page, pages=pages), page),
        to(english.FORWARD, min(page + 1, pages)),
        to(english.MENU["refresh"], page),
    )
