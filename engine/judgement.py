"""From a proposal to a signal: sized, held against the gate, and given its name, or refused with the reasons."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from engine.config import EngineConfig
from engine.events import Event, SetupRejected, SignalIssued
from engine.gate import Announcement, Standing, refusals
from engine.hours import trading_day
from engine.market import Market
from engine.orders import cushion, ordered
from engine.risk import Means, Size, position_size
from engine.state import EngineState, Issued
from engine.treasury import Treasury
from engine.types import DAY_MS, MINUTE_MS, Instrument, Order, Setup, Signal, Trade, TradeStatus


class Judgement:
    """What the rules, the account and the engine's memory say of a setup."""

    def __init__(self, config: EngineConfig, state: EngineState, treasury: Treasury) -> None:
        self._config = config
        self._state = state
        self._treasury = treasury

    def of(self, market: Market, proposed: Setup) -> Event:
        """Through the gate or refused, with the reasons."""
        market.remember(proposed)
        state, trades = self._state, self._config.trades
        setup, order = ordered(proposed, trades)
        rate = self._treasury.rate(market.instrument, setup.entry)
        means = self._treasury.means(market, state.risk_percent)
        size = _size(market.instrument, means, rate, setup, trades.shares, self._config.account.digits)
        refused = refusals(setup, market.instrument, self._config.gate, self._standing(market, setup, size, rate))
        if refused or rate is None:
            codes, limits = [code for code, _ in refused], [limit for _, limit in refused]
            return SetupRejected(setup.known_ms, setup, tuple(codes), tuple(limits))
        trade = Trade(self._signal(market.instrument, setup, size, order, rate), TradeStatus.PENDING, setup.stop)
        state.issued = [i for i in state.issued if i.time_ms > setup.known_ms - 3 * DAY_MS]
        state.issued.append(Issued(setup.known_ms, setup.symbol))
        return SignalIssued(setup.known_ms, trade)

    def _standing(self, market: Market, setup: Setup, size: Size, rate: Decimal | None) -> Standing:
        now_ms = setup.known_ms
        day_ms, _ = trading_day(now_ms - 1, market.instrument.day_start)
        today = [issued for issued in self._state.issued if issued.time_ms > day_ms]
        open_risk, groups = self._treasury.open_risk(market.instrument, size.risk_money, now_ms)
        return Standing(
            is_paused=self._state.is_paused(setup.symbol, now_ms),
            min_score=self._config.strategies.of(setup.strategy).min_score,
            lot_steps=size.lot_steps,
            open_directions=tuple(position.trade.signal.setup.direction for position in market.positions),
            last_stop_ms=market.last_stop_ms.get(setup.direction),
            signals_today=len(today),
            signals_today_symbol=sum(issued.symbol == setup.symbol for issued in today),
            bound=size.bound,
            has_rate=rate is not None,
            open_trades=sum(len(each.positions) for each in self._state.markets.values()),
            open_risk_percent=open_risk,
            group_risks=groups,
            typical_spread=market.typical_spread(),
            quote_age_s=(now_ms - market.quote_ms) // 1000,
            max_quote_age_s=self._config.stall_after_s,
            flat_before_weekend_min=self._config.trades.flat_before_weekend_min,
            announcement=self._announcement(market, now_ms),
            locks=self._treasury.locks(now_ms),
        )

    def _announcement(self, market: Market, now_ms: int) -> Announcement | None:
        """The first one whose blackout this is; without minutes on either side there is none."""
        rules = self._config.news
        if not rules.before_min and not rules.after_min:
            return None
        for item in market.news:
            away_ms = item.time_ms - now_ms
            if item.impact.weight >= rules.impact.weight and (
                0 <= away_ms <= rules.before_min * MINUTE_MS or 0 < -away_ms <= rules.after_min * MINUTE_MS
            ):
                return Announcement(f"{item.currency} {item.title}", away_ms // MINUTE_MS)
        return None

    def _signal(self, instrument: Instrument, setup: Setup, size: Size, order: Order, rate: Decimal) -> Signal:
        """The id readers see is made of facts: short name, UTC date, count of that symbol's signals on that date."""
        trades, now_ms = self._config.trades, setup.known_ms
        date = datetime.fromtimestamp(now_ms // 1000, UTC).date()
        midnight_ms = now_ms - now_ms % DAY_MS
        count = 1 + sum(i.symbol == setup.symbol and i.time_ms >= midnight_ms for i in self._state.issued)
        waits_min = trades.limit_expiry_min if order is Order.LIMIT else trades.entry_expiry_min
        return Signal(
            id=f"{instrument.short}_{date:%Y%m%d}_{count:03}",
            setup=setup,
            mode=self._state.mode,
            lots=size.lots,
            lot_steps=size.lot_steps,
            split=size.split,
            risk_percent=size.risk_money * 100 / self._treasury.capital(now_ms),
            risk_money=size.risk_money,
            issued_ms=now_ms,
            expires_ms=now_ms + waits_min * MINUTE_MS,
            order=order,
            cushion=cushion(setup, instrument, rate, trades.breakeven_covers),
            rate=rate,
        )


def _size(
    instrument: Instrument, means: Means, rate: Decimal | None, setup: Setup, shares: tuple[int, ...], digits: int
) -> Size:
    """Nothing can be sized without a rate."""
    if rate is None:
        return Size(Decimal(0), 0, (0,) * len(shares), Decimal(0))
    return position_size(instrument, means, rate, setup.entry, abs(setup.entry - setup.stop), shares, digits)
