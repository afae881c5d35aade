"""Requests wanted at the same moment are claimed in one transaction: the last need not wait for as many commits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.clock import Clock
from bot.delivery.attempts import Alert, Attempt, Expired, claim
from bot.delivery.search import Search
from storage.database import transaction
from storage.outbox import Waiting


class Claims:
    """`renew` is told the key of an edit that came too late to be worth sending, in the same transaction."""

    def __init__(
        self,
        database: AsyncEngine,
        clock: Clock,
        search: Search,
        renew: Callable[[AsyncConnection, str], Awaitable[None]] | None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._search = search
        self._renew = renew
        self._turn = asyncio.Lock()
        self._wishes: list[_Wish] = []

    async def claim(self, turn: Waiting, picture: bytes | None, png: bytes | None) -> Attempt | Alert | None:
        """Whoever comes first claims for all that wait by the time the database lets him write."""
        wish = _Wish(turn, picture, png)
        self._wishes.append(wish)
        try:
            async with self._turn:
                if wish in self._wishes:
                    await self._claim_all()
        finally:
            if wish in self._wishes:
                self._wishes.remove(wish)
        return wish.claimed

    async def _claim_all(self) -> None:
        async with transaction(self._database) as conn:
            wishes = list(self._wishes)
            found = [await self._claim_one(conn, wish) for wish in wishes]
        for wish, claimed in zip(wishes, found, strict=True):
            wish.claimed = claimed
        self._wishes = [wish for wish in self._wishes if wish not in wishes]  # one may have been given up meanwhile

    async def _claim_one(self, conn: AsyncConnection, wish: _Wish) -> Attempt | Alert | None:
        claimed = await claim(
            conn,
            wish.turn.id,
            picture=wish.picture,
            png=wish.png,
            now_ms=self._clock.now_ms(),
            highest_id=await self._search.highest_id(conn, wish.turn.chat_id),
        )
        if not isinstance(claimed, Expired):
            return claimed
        if self._renew is not None:
            await self._renew(conn, claimed.key)
        return None


class _Wish(msgspec.Struct, eq=False):
    turn: Waiting
    picture: bytes | None
    png: bytes | None
    claimed: Attempt | Alert | None = None
