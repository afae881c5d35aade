"""What the gate is told by the engine: seeded walks that give many signals, and what keeps them back."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import msgspec
import pytest

from engine.account import booked, new_account
from engine.config import AccountConfig, EngineConfig, GateConfig, NewsConfig, TradesConfig
from engine.engine import Engine
from engine.events import (
    AccountChanged,
    Event,
    History,
    LimitHit,
    NewsItem,
    SetupRejected,
    SignalIssued,
    Tick,
    TradeClosed,
    TradeOpened,
)
from engine.trading_config import Capital, RiskGroup, Trailing
from engine.types import Account, Book, CloseReason, Direction, Entry, Impact, Mode, Order, StopBy
from tests.builders import at, candle, ended, instrument, signal
from tests.engine.following import pending
from tests.engine.market_data import CRAMPED, EAGER, MONDAY_MS, QUICK, TALKATIVE, config, heard, of_type, walk_ticks

MINUTE_MS = 60_000
GOLD, EURUSD = instrument(), instrument("EURUSD", short="EUR", base="EUR", tick_size=Decimal("0.00001"), digits=5)
SILVER = instrument("XAGUSD", short="XAG", base="XAG")
TICKS = walk_ticks(seed=4, count=20_000, mean_gap_ms=20_000)


def rules(*instruments: object, gate: dict[str, object] | None = None, **sections: object) -> EngineConfig:
    usual = {name: getattr(TALKATIVE, name) for name in TALKATIVE.__struct_fields__}
    sections = {"timeframes": QUICK, "detectors": CRAMPED, "strategies": EAGER} | sections
    return config(*(instruments or (GOLD,)), gate=GateConfig(**(usual | (gate or {}))), **sections)


def said(of: EngineConfig, account: Account | None = None, before: tuple[object, ...] = ()) -> list[Event]:
    engine = Engine(of)
    if account is not None:
        engine.adopt_account(account)
    return heard(engine, [*before, *TICKS])


def issued(events: list[Event]) -> list[SignalIssued]:
    return of_type(events, SignalIssued)


def refused(events: list[Event]) -> Counter[str]:
    return Counter(code for event in of_type(events, SetupRejected) for code in event.refusals)


PLAIN = said(rules())


def with_balance(balance: int, **changes: object) -> Account:
    books = (Book.CASH, Book.RESULT) if balance > 10_000 else (Book.RESULT, Book.CASH)
    after = booked(new_account(AccountConfig()), [Entry(1, *books, Decimal(abs(balance - 10_000)))])
    return msgspec.structs.replace(after, **changes)


def test_the_walk_used_here_gives_signals():
    assert len(issued(PLAIN)) >= 5


def test_while_a_cross_is_not_quoted_there_are_no_signals_and_then_there_are():
    euros = rules(GOLD, EURUSD, account=AccountConfig(currency="EUR", equal_currencies=()))
    quote = Tick("EURUSD", TICKS[0].time_ms, 125_000, 125_000)

    before, after = said(euros), said(euros, before=(quote,))

    assert issued(before) == []
    assert all("no_rate" in event.refusals for event in of_type(before, SetupRejected))
    assert "no_rate" not in refused(after)
    first, dollars = issued(after)[0].signal, issued(PLAIN)[0].signal
    assert first.rate == Decimal("0.8")
    assert first.setup == dollars.setup
    assert first.lots >= dollars.lots  # 100 EUR are 125 USD
    assert 60 < first.risk_money <= 100


def test_a_candle_of_the_past_is_a_quote_too():
    euros = rules(GOLD, EURUSD, account=AccountConfig(currency="EUR", equal_currencies=()))
    past = candle(125_000, symbol="EURUSD", open_ms=TICKS[0].time_ms // 900_000 * 900_000 - 900_000, spread=0)

    assert issued(said(euros, before=(History(past),)))[0].signal.rate == Decimal("0.8")


@pytest.mark.parametrize(("kind", "money"), [(Capital.START, 100), (Capital.BALANCE, 200), (Capital.EQUITY, 200)])
def test_risk_is_a_percentage_of_what_was_paid_in_or_of_what_there_is(kind, money):
    of = said(rules(account=AccountConfig(risk_of=kind)), with_balance(20_000))
    first = issued(of)[0].signal
    pair = 2 * first.risk_money / first.lot_steps

    assert money - pair < first.risk_money <= money
    assert first.risk_percent == first.risk_money * 100 / (100 * money)


def test_risk_is_counted_in_units_as_small_as_the_accounts():
    """Half an ounce of gold, of which one percent is less than a hundredth of an ounce."""
    account = AccountConfig(currency="XAU", balance=Decimal("0.5"), digits=6)
    first = issued(said(rules(account=account)))[0].signal

    loss = GOLD.money(first.setup.risk, first.lots) * first.rate
    assert first.risk_money == loss.quantize(Decimal("0.000001"))
    assert Decimal("0.001") < first.risk_money <= Decimal("0.005")
    assert first.risk_percent == first.risk_money * 200


def test_a_trade_that_won_makes_the_next_one_larger_where_risk_is_of_the_balance():
    events = said(rules())
    balance = Decimal(10_000)
    for event in events:
        if isinstance(event, SignalIssued):
            assert event.signal.risk_percent == event.signal.risk_money * 100 / balance
        elif isinstance(event, TradeClosed):
            balance += event.trade.money or 0
    assert balance != 10_000


def test_where_the_market_moves_more_than_usual_trades_are_smaller():
    scaled = said(rules(account=AccountConfig(scale_by_volatility=True)))
    plain = {event.signal.id: event.signal for event in issued(PLAIN)}
    sizes = [(event.signal.lots, plain[event.signal.id].lots) for event in issued(scaled) if event.signal.id in plain]

    assert any(small < whole for small, whole in sizes)
    assert all(small <= whole for small, whole in sizes[:1])


@pytest.mark.parametrize(
    ("lock", "code"),
    [
        ({"is_tripped": True}, "drawdown"),
        ({"is_day_lost": True, "day_end_ms": 2**50}, "daily_loss"),
        ({"is_week_lost": True, "week_end_ms": 2**50}, "weekly_loss"),
        ({"losses": 5, "last_loss_ms": TICKS[-1].time_ms}, "losing_streak"),
    ],
)
def test_a_limit_on_loss_keeps_every_signal_back_in_paper_mode_and_none_in_signal_mode(lock, code):
    account = with_balance(10_001, **lock)

    paper = said(rules(), account)
    signal = said(rules(account=AccountConfig(mode=Mode.SIGNAL)), account)

    assert issued(paper) == []
    assert all(code in event.refusals for event in of_type(paper, SetupRejected))
    assert issued(signal)
    assert code not in refused(signal)


def test_a_limit_that_was_passed_between_two_marks_keeps_the_next_signal_back():
    """Silver bought with 6.00 lots falls by 84 cents, 504 USD, which is not news where marks are nine R apart."""
    engine = Engine(rules(GOLD, SILVER, trades=TradesConfig(mark_step_r=Decimal(9))))
    engine.adopt([pending(symbol="XAGUSD", split=(300, 300), lots=Decimal(6))])
    heard(engine, [Tick("XAGUSD", MONDAY_MS, bid, bid) for bid in (10_000, 9_916)])
    assert (engine.equity, engine.account.is_day_lost) == (9_496, False)

    day_end_ms = engine.account.day_end_ms
    events = heard(engine, [tick for tick in TICKS if tick.time_ms < day_end_ms])
    reached, *others = of_type(events, LimitHit)
    (changed,) = of_type(events, AccountChanged)
    judged = of_type(events, SignalIssued, SetupRejected)

    assert others == []
    assert reached == LimitHit(judged[0].time_ms, "daily_loss", "504.00 USD", "500.00 USD")
    assert events.index(reached) < events.index(judged[0])
    assert all("daily_loss" in event.refusals for event in judged)
    assert changed.account == engine.account


def test_news_keeps_signals_back_before_and_after_it():
    first = issued(PLAIN)[0]
    rule = NewsConfig(before_min=30, after_min=10)

    def refusals(minutes: int, **changes: object) -> tuple[str, ...]:
        item = NewsItem(first.time_ms + minutes * MINUTE_MS, "USD", Impact.HIGH, "CPI")
        events = said(rules(news=rule), before=(msgspec.structs.replace(item, **changes),))
        [judged] = [e for e in of_type(events, SignalIssued, SetupRejected) if e.time_ms == first.time_ms][:1]
        return judged.refusals if isinstance(judged, SetupRejected) else ()

    assert [refusals(minutes) for minutes in (31, 30, 0, -10, -11)] == [(), ("news",), ("news",), ("news",), ()]
    assert refusals(5, currency="XAU") == ("news",)
    assert refusals(5, currency="JPY") == ()
    assert refusals(5, impact=Impact.MEDIUM) == ()


@pytest.mark.parametrize(("after_min", "kept_back"), [(0, False), (1, True)])
def test_news_that_is_ignored_keeps_nothing_back_at_its_very_moment(after_min, kept_back):
    first = issued(PLAIN)[0]
    item = NewsItem(first.time_ms, "USD", Impact.HIGH, "CPI")

    events = said(rules(news=NewsConfig(before_min=0, after_min=after_min)), before=(item,))

    assert ("news" in refused(events)) is kept_back


def test_a_signal_at_midnight_is_the_first_of_its_date():
    first = issued(PLAIN)[0]
    midnight_ms = first.time_ms - first.time_ms % 86_400_000
    engine = Engine(rules())
    engine.adopt([ended(of=signal(issued_ms=midnight_ms))])

    assert issued(heard(engine, TICKS))[0].trade.id == first.trade.id.replace("_001", "_002")


def test_news_said_again_and_again_does_not_push_later_news_out():
    first = issued(PLAIN)[0]
    early = NewsItem(first.time_ms - 600 * MINUTE_MS, "USD", Impact.HIGH, "early")
    near = NewsItem(first.time_ms + MINUTE_MS, "USD", Impact.HIGH, "CPI")

    events = said(rules(), before=(*[early] * 300, near))

    assert [event for event in issued(events) if event.time_ms == first.time_ms] == []


def test_no_signal_is_cancelled_before_it_was_issued():
    """Trades are closed two days before the weekend: from Wednesday 17:00 in New York on."""
    flat = rules(trades=TradesConfig(flat_before_weekend_min=2 * 24 * 60))
    events, out_ms = said(flat), at("2024-01-10 22:00")

    assert [event.time_ms for event in issued(events) if event.time_ms >= out_ms] == []
    assert all(
        "closing" in event.refusals or "closed" in event.refusals
        for event in of_type(events, SetupRejected)
        if event.time_ms >= out_ms
    )
    assert issued(events)
    assert max(event.time_ms for event in issued(PLAIN)) > out_ms


def silver_too(leverage: int = 100, **gate: object) -> list[Event]:
    """Silver makes the moves of gold, a second later."""
    both = sorted(
        [*TICKS, *(msgspec.structs.replace(t, symbol="XAGUSD", time_ms=t.time_ms + 1000) for t in TICKS)],
        key=lambda each: each.time_ms,
    )
    metals = (msgspec.structs.replace(each, leverage=Decimal(leverage)) for each in (GOLD, SILVER))
    return heard(Engine(rules(*metals, gate=gate)), both)


def most_open(events: list[Event]) -> int:
    """How many trades were pending or open at once."""
    now = most = 0
    for event in events:
        now += isinstance(event, SignalIssued)
        now -= isinstance(event, TradeClosed)
        most = max(most, now)
    return most


def test_no_more_trades_are_open_at_once_than_allowed_over_all_symbols():
    assert most_open(silver_too()) == 2
    one = silver_too(max_open_trades=1)

    assert most_open(one) == 1
    assert refused(one)["open_trades"] > 0


@pytest.mark.parametrize(
    "gate",
    [
        {"max_open_risk_percent": Decimal("1.5")},
        {"groups": (RiskGroup("dollar", ("USD",), Decimal("1.5")),)},
        {"groups": (RiskGroup("metals", ("XAUUSD", "XAG"), Decimal("1.5")),)},
    ],
)
def test_risk_that_is_open_already_keeps_the_second_trade_back_until_its_stop_is_at_the_entry(gate):
    events, at_risk = silver_too(**gate), dict[str, float]()
    code = "group_risk" if "groups" in gate else "open_risk"
    for event in events:
        trade = getattr(event, "trade", None)
        if trade is not None:
            at_risk[trade.id] = 0 if trade.is_done or trade.targets_hit else float(trade.signal.risk_percent)
            assert sum(at_risk.values()) <= 1.5

    assert most_open(events) == 2
    assert refused(events)[code] > 0


def test_a_group_of_others_keeps_nothing_back():
    assert most_open(silver_too(groups=(RiskGroup("yen", ("JPY",), Decimal("0.1")),))) == 2


@pytest.mark.parametrize("left", [0, -1])
def test_an_account_with_nothing_left_trades_nothing(left):
    judged = of_type(said(rules(), with_balance(left)), SignalIssued, SetupRejected)

    assert judged
    assert all(isinstance(event, SetupRejected) and "lots" in event.refusals for event in judged)


def test_margin_keeps_a_trade_back_that_lots_would_allow():
    unlevered = msgspec.structs.replace(GOLD, leverage=Decimal(1), lot_step=Decimal("0.05"), lot_min=Decimal("0.05"))

    assert refused(said(rules(unlevered)))["margin"] > 0  # 0.05 lot of gold at 2,300 are 11,500 USD
    assert issued(said(rules(unlevered))) == []


def test_what_open_trades_hold_is_not_there_for_the_next_one():
    """At a leverage of one 10,000 USD move 0.04 lot of gold; while they do, silver has nothing left."""
    events, held = silver_too(leverage=1), dict[str, Decimal]()
    for event in events:
        trade = getattr(event, "trade", None)
        if trade is not None:
            price = trade.opened_price or trade.signal.setup.entry
            held[trade.id] = trade.open_steps * Decimal("0.01") * price
        assert sum(held.values()) <= 10_500

    assert refused(events)["margin"] > 0
    assert issued(events)


def test_what_a_waiting_order_will_hold_is_not_there_for_the_next_one():
    """At a leverage of one 0.90 lot of silver at 100.00 is 9,000 USD, and 0.01 lot of gold is more than the rest."""
    metals = (msgspec.structs.replace(each, leverage=Decimal(1)) for each in (GOLD, SILVER))
    engine = Engine(rules(*metals))
    engine.adopt([pending(symbol="XAGUSD", split=(45, 45), lots=Decimal("0.90"), order=Order.LIMIT, expires_ms=2**50)])

    events = heard(engine, TICKS)

    assert issued(events) == []
    assert all("margin" in event.refusals for event in of_type(events, SetupRejected))
    assert engine.margin == 0


def test_a_quote_from_before_a_silence_is_no_price_to_trade_at():
    first = issued(PLAIN)[0]
    last_ms = max(tick.time_ms for tick in TICKS if tick.time_ms < first.time_ms)
    quiet = rules(stall_after_s=max(1, (first.time_ms - last_ms) // 1000 - 1))

    assert "stale" in of_type(said(quiet), SetupRejected)[0].refusals or first.time_ms - last_ms < 2000


def test_a_spread_far_beyond_the_usual_one_keeps_signals_back():
    first = issued(PLAIN)[0]
    wide = [
        msgspec.structs.replace(t, ask=t.bid + 12) if first.time_ms - 60_000 < t.time_ms < first.time_ms else t
        for t in TICKS
        if t.time_ms < first.time_ms + 60_000
    ]
    judged = of_type(heard(Engine(rules(gate={"max_spread_r": Decimal(9)})), wide), SignalIssued, SetupRejected)
    at_first = [event for event in judged if event.time_ms == first.time_ms]

    assert at_first
    assert all(isinstance(event, SetupRejected) and "abnormal_spread" in event.refusals for event in at_first)


def test_every_limit_order_is_filled_at_its_price_or_better():
    events = said(rules(trades=TradesConfig(entry=Order.LIMIT)))
    limits = {e.trade.id for e in issued(events) if e.signal.order is Order.LIMIT}
    filled = [e.trade for e in of_type(events, TradeOpened) if e.trade.id in limits]

    assert filled
    for trade in filled:
        better = (trade.signal.setup.entry - trade.opened_price) * trade.direction.sign
        assert better >= 0, trade.id


@pytest.mark.parametrize("kind", [Trailing.ATR, Trailing.STRUCTURE])
def test_no_stop_ever_loosens(kind):
    events = said(rules(trades=TradesConfig(trailing=kind, trail_atr=Decimal(1))))
    stops: dict[str, int] = {}
    trailed = 0
    for event in events:
        trade = getattr(event, "trade", None)
        if trade is None:
            continue
        move = trade.stop if trade.direction is Direction.UP else -trade.stop
        assert move >= stops.get(trade.id, move)
        stops[trade.id] = move
        trailed += trade.stop_by is StopBy.TRAIL and trade.reason is CloseReason.TRAILED
    assert trailed
