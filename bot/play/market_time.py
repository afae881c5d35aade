"""Recorded and simulated markets: the inputs move the clock, so that the same requests are sent at any speed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from bot.clock import MarketClock, steady_ms
from bot.service import Service, known_at_ms
from engine.events import Command, Event, Input
from engine.types import DAY_MS

NEVER_MS = 2**62
LONGEST_WAIT_MS = 600_000  # a gap in the market longer than this is stepped over
_BREATH_MS = 20  # how long inputs may run without letting the page and the admins in


class MarketTime:
    """Drives a service through a stream of inputs. `speed` is market time over real time; None: as fast as it goes.

    Before an input is pushed, everything that became due before it (an outbox slot, a report) happens, each at its
    own market time. Commands come in between, at the stream's current time.
    """

    def __init__(self, service: Service, clock: MarketClock, speed: float | None) -> None:
        self._service = service
        self._clock = clock
        self._speed = speed
        self._commands: asyncio.Queue[Command] = asyncio.Queue()
        self._due_ms = 0
        self._day_ends_ms = 0
        self._began_ms = 0  # market time and real time of the moment that waiting counts from
        self._began_at_ms = 0
        self._last_ms = 0

    def submit(self, command: Command) -> None:
        """An admin's wish, taken before the next input."""
        self._commands.put_nowait(command)

    async def play(self, inputs: Iterable[Input], on_events: Callable[[list[Event]], None] | None = None) -> None:
        """Push all inputs, in their time. Returns when there are none left and the outbox is settled."""
        breath_ms = steady_ms()
        for item in inputs:
            if self._speed is not None:
                await self._wait_until(known_at_ms(item))
            events = await self.step(item)
            if events and on_events is not None:
                on_events(events)
            if steady_ms() - breath_ms > _BREATH_MS:
                await self._take_commands()
                await asyncio.sleep(0)
                breath_ms = steady_ms()
        await self.settle()

    async def step(self, item: Input) -> list[Event]:
        """One input: first what became due before it, then the input itself. Returns what it made known."""
        now_ms = known_at_ms(item)
        if now_ms is not None:
            if now_ms >= self._due_ms:
                await self._catch_up(now_ms)
            self._clock.move_to(now_ms)
            if now_ms >= self._day_ends_ms:
                await self._service.keep_journal()
                self._day_ends_ms = now_ms - now_ms % DAY_MS + DAY_MS
        if not self._service.push(item):
            return []
        self._due_ms = 0
        return await self._service.commit()

    async def settle(self, within_ms: int = 3_600_000) -> None:
        """After the last input: let the outbox empty itself and channels with a delay hear the rest.

        Market time goes on for at most `within_ms`.
        """
        last_ms = self._clock.now_ms() + within_ms
        self._due_ms = 0
        while not self._service.outbox.is_empty or self._service.channels.due_ms() <= last_ms:
            await self._catch_up(self._clock.now_ms())
            if self._due_ms > last_ms:
                return
            self._clock.move_to(self._due_ms)

    async def linger(self) -> None:
        """The stream is over: go on in real time, so that the admin chat still answers. Until cancelled."""
        while True:
            before_ms = steady_ms()
            await asyncio.sleep(0.05)
            self._clock.move_to(self._clock.now_ms() + steady_ms() - before_ms)
            await self._take_commands()
            await self._catch_up(self._clock.now_ms())

    async def _catch_up(self, until_ms: int) -> None:
        """Everything due up to this moment, each at its own time."""
        service = self._service
        while True:
            due_ms = await service.outbox.run_due()
            self._due_ms = min(service.due_ms(), service.boards.due_ms(), NEVER_MS if due_ms is None else due_ms)
            if self._due_ms > until_ms:
                return
            self._clock.move_to(self._due_ms)
            await service.report()
            await service.keep_boards()

    async def _wait_until(self, market_ms: int | None) -> None:
        """Sleep until real time has come as far as market time, at the chosen speed; let commands in meanwhile.

        A closed market is not waited for: a weekend would be minutes of nothing.
        """
        if market_ms is None or self._speed is None:
            return
        if market_ms - self._last_ms > LONGEST_WAIT_MS:
            self._began_ms, self._began_at_ms = market_ms, steady_ms()
        self._last_ms = market_ms
        while True:
            target_ms = self._began_at_ms + (market_ms - self._began_ms) / self._speed
            wait_ms = target_ms - steady_ms()
            if wait_ms < -1000:  # a long gap in the recording, or a slow machine: do not race to catch up
                self._began_ms, self._began_at_ms = market_ms, steady_ms()
            if wait_ms <= 1:
                return
            try:
                command = await asyncio.wait_for(self._commands.get(), timeout=min(wait_ms, 50) / 1000)
            except TimeoutError:
                await self._catch_up(self._clock.now_ms())
                continue
            await self._obey(command)

    async def _take_commands(self) -> None:
        while not self._commands.empty():
            await self._obey(self._commands.get_nowait())
        if not self._service.outbox.is_empty:
            await self._catch_up(self._clock.now_ms())

    async def _obey(self, command: Command) -> None:
        self._service.push(command)
        await self._service.commit()
        await self._catch_up(self._clock.now_ms())
