"""The market as the engine saw it when it issued a signal, kept so that every signal can be explained later."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.types import MarketView, NoSetup, Strategy
from storage.database import insert_once
from storage.schema import views


class Seen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a decision rests on: the market at that close, and why each strategy that proposed nothing did not."""

    view: MarketView
    none: tuple[tuple[Strategy, NoSetup], ...] = ()


async def save_views(conn: AsyncConnection, seen: Mapping[str, Seen]) -> None:
    """Write each once, by its signal's id; the signals must be saved already. With full windows of candles one takes
    about 20 kB.
    """
    # A signal goes out only when this is done: the lowest level takes a third of the time for an eighth more.
    rows = [
        {"signal_id": key, "body": zlib.compress(msgspec.msgpack.encode(one), level=1)} for key, one in seen.items()
    ]
    await insert_once(conn, views, rows)


async def find_view(conn: AsyncConnection, signal_id: str) -> Seen | None:
    """None for a signal without one, and for one written by a version that saw other things."""
    body = await conn.scalar(select(views.c.body).where(views.c.signal_id == signal_id))
    if body is None:
        return None
    try:
        return msgspec.msgpack.decode(zlib.decompress(body), type=Seen)
    except msgspec.ValidationError:
        return None
