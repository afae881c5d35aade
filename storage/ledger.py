"""The record nobody can edit quietly: an append-only chain of what was issued, published, and what became of it.

Each entry's hash covers its content and the hash of the entry before, so that one head, once published, vouches for
every entry up to it. Bodies hold text and whole numbers only: a float has no one spelling. The rule of the hash stands
in `check_record.py`, which subscribers run.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.check_record import entry_hash
from storage.schema import ledger

FIRST_HASH = "0" * 64  # what the first entry follows
SHOWN_DIGITS = 32  # of a head, in messages: 128 bits


class EntryKind(enum.StrEnum):
    """What an entry tells of. A signal is `issued` once, `published` in each channel, and `closed` once."""

    ISSUED = "issued"
    PUBLISHED = "published"
    CLOSED = "closed"
    REPORTED = "reported"


class Head(msgspec.Struct, frozen=True):
    """How long the chain is, and the hash of its last entry."""

    count: int
    hash: str

    def __str__(self) -> str:
        """As published, `128:3f2a…`: enough digits that nobody can make another chain that fits."""
        return f"{self.count}:{self.hash[:SHOWN_DIGITS]}"


class Entry(msgspec.Struct, frozen=True):
    """A link of the chain. `n` counts from 1; `previous` is the hash of entry n − 1."""

    n: int
    time_ms: int
    kind: str
    body: Any
    previous: str
    hash: str


class News(msgspec.Struct, frozen=True):
    """What an entry is to tell; of a signal, `body` has its `id`."""

    kind: EntryKind
    time_ms: int
    body: Mapping[str, object]


async def append(conn: AsyncConnection, *news: News) -> Head:
    """Add entries, in the transaction that makes them true. ValueError when a body holds a float.

    Writers must be in line, as `transaction` puts them: two that read the same head would fork the chain, and the
    second one's number is refused.
    """
    end, rows = await head(conn), []
    for one in news:
        _refuse_floats(one.body)
        n, kind = end.count + 1, one.kind.value
        content = {"n": n, "time_ms": one.time_ms, "kind": kind, "body": dict(one.body), "previous": end.hash}
        found = Head(n, entry_hash(content))
        rows.append(
            {
                "n": n,
                "time_ms": one.time_ms,
                "kind": kind,
                "signal_id": one.body.get("id"),
                "body": json.dumps(one.body, sort_keys=True, separators=(",", ":"), ensure_ascii=False),
                "previous": end.hash,
                "hash": found.hash,
            }
        )
        end = found
    await conn.execute(insert(ledger), rows)
    return end


async def append_once(conn: AsyncConnection, news: Sequence[News]) -> None:
    """Add those of signals of which the record does not tell the same kind already."""
    if not news:
        return
    of_them = ledger.c.signal_id.in_([one.body["id"] for one in news])
    told = {(kind, key) for kind, key in await conn.execute(select(ledger.c.kind, ledger.c.signal_id).where(of_them))}
    untold = [one for one in news if (one.kind.value, one.body["id"]) not in told]
    if untold:
        await append(conn, *untold)


async def head(conn: AsyncConnection) -> Head:
    """The end of the chain; of an empty one, no entries and the hash the first will follow."""
    row = (await conn.execute(select(ledger.c.n, ledger.c.hash).order_by(ledger.c.n.desc()).limit(1))).one_or_none()
    return Head(0, FIRST_HASH) if row is None else Head(*row)


async def entries(conn: AsyncConnection) -> list[Entry]:
    """All, in order, as they stand: nothing is checked here. A body that is no JSON is left as its text."""
    columns = [ledger.c[name] for name in Entry.__struct_fields__]
    rows = await conn.execute(select(*columns).order_by(ledger.c.n))
    return [Entry(n, time_ms, kind, _read(body), previous, hash_) for n, time_ms, kind, body, previous, hash_ in rows]


def end_of(found: Sequence[Entry]) -> Head:
    """The head these entries claim to have."""
    return Head(found[-1].n, found[-1].hash) if found else Head(0, FIRST_HASH)


def exported(found: Sequence[Entry]) -> Iterator[str]:
    """The record as JSON lines, one entry each, for `check_record.py`."""
    for entry in found:
        yield json.dumps(msgspec.structs.asdict(entry), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _read(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise ValueError(f"{value} in the record must be text or a whole number: a float has no one spelling")
    for part in value.values() if isinstance(value, Mapping) else value if isinstance(value, (list, tuple)) else ():
        _refuse_floats(part)
