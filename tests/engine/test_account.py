"""The paper account by hand: a tick of gold on 0.10 lot is ten cents; then as properties over random trades."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.account import booked, new_account, nights, paid_in
from engine.config import AccountConfig
from engine.engine import Engine
from engine.events import (
    AccountChanged,
    CloseTrade,
    Command,
    EquityMarked,
    Event,
    StopMoved,
    TargetHit,
    Tick,
    TradeClosed,
    TradeMarked,
    TradeOpened,
)
from engine.market import Market
from engine.trades import Position
from engine.trading_config import Capital
from engine.treasury import Purse, Treasury
from engine.types import Account, Book, Entry, Instrument, Mode, Trade, TradeStatus
from tests.builders import at, bitcoin, instrument
from tests.engine.following import BUY, ENTRY, SELL, pending, quote, quotes
from tests.engine.market_data import BOUNDLESS, MONDAY_MS, config, heard, of_type
from tests.engine.test_trade_properties import PATHS, SPLITS

BOTH = pytest.mark.parametrize("way", [BUY, SELL])
DAY_MS = 86_400_000
COSTS = {"commission_per_lot": Decimal(7), "swap_long": Decimal("-30.5"), "swap_short": Decimal("12.3")}


def trading(*of: Trade, instruments: tuple[Instrument, ...] = (instrument(**COSTS),), **sections: object) -> Engine:
    engine = Engine(config(*instruments, **({"limits": BOUNDLESS} | sections)))
    engine.adopt(of)
    return engine


def money(text: str) -> Decimal:
    return Decimal(text)


def last(events: list[Event], kind: type) -> Trade:
    return of_type(events, kind)[-1].trade


@BOTH
def test_a_winner_is_booked_part_by_part_with_its_commission(way):
    """0.10 lot, 5 steps at each target: 5 and 10 USD. 7 USD a lot: 35 cents in, 17.5 (18) for each half out."""
    engine = trading(pending(way, lots=money("0.10")))

    said = heard(engine, quotes(way, [0, 100, 200]))

    assert last(said, TradeOpened).money == money("-0.35")
    assert last(said, TradeClosed).money == money("14.29")
    assert engine.account.balance == engine.equity == money("10014.29")
    assert (engine.account.result, engine.account.commission) == (money("-15.00"), money("0.71"))


@BOTH
def test_r_knows_nothing_of_commission_and_swap(way):
    engine = trading(pending(way))

    assert last(heard(engine, quotes(way, [0, 100, 200])), TradeClosed).result_r == 1.5


@pytest.mark.parametrize(
    ("kind", "capital"), [(Capital.START, "10000"), (Capital.BALANCE, "10005"), (Capital.EQUITY, "10007.50")]
)
def test_risk_is_a_percentage_of_what_was_chosen_while_a_trade_floats(kind, capital):
    """0.05 lot is closed at +100, which books 5 USD, and the rest stands at +50, 2.50 USD."""
    of = pending(BUY, lots=money("0.10"))
    engine = trading(of, instruments=(instrument(),), account=AccountConfig(risk_of=kind))

    heard(engine, quotes(BUY, [0, 100, 50]))

    assert engine.capital == money(capital)


def test_every_night_costs_swap_and_wednesdays_cost_three():
    """Bought on Monday, sold on Saturday's Sunday session: Mon 1, Tue 1, Wed 3, Thu 1, Fri 1: 7 × 3.05 USD."""
    engine = trading(pending(BUY, lots=money("0.10"), split=(10,), targets=(500,)))
    sunday_ms = at("2024-01-14 23:30")

    said = heard(
        engine, [quote(BUY, 0, MONDAY_MS), quote(BUY, 10, sunday_ms), Command(1, CloseTrade("XAU_20240403_002"))]
    )

    assert engine.account.swap == money("21.35")
    assert last(said, TradeClosed).money == money("1.00") - money("0.70") - money("21.35")


def test_a_part_pays_only_for_the_nights_it_was_held():
    engine = trading(pending(BUY, lots=money("0.10")))

    heard(
        engine, [quote(BUY, 0, MONDAY_MS), quote(BUY, 100, MONDAY_MS + DAY_MS), quote(BUY, 200, MONDAY_MS + 2 * DAY_MS)]
    )

    assert engine.account.swap == money("1.53") + money("3.05")  # 0.05 lot a night (1.525), 0.05 lot two nights


@pytest.mark.parametrize(
    ("of", "from_", "to", "count"),
    [
        (instrument(), "2024-01-08 21:59", "2024-01-08 22:00", 1),  # Monday 17:00 in New York
        (instrument(), "2024-01-08 22:00", "2024-01-09 21:59", 0),
        (instrument(), "2024-01-10 12:00", "2024-01-10 22:00", 3),  # Wednesday
        (instrument(), "2024-01-12 12:00", "2024-01-14 23:00", 1),  # over the weekend
        (instrument(), "2024-01-08 12:00", "2024-01-15 12:00", 7),
        (instrument(), "2024-03-08 12:00", "2024-03-15 12:00", 7),  # the clocks change
        (bitcoin(), "2024-01-08 12:00", "2024-01-15 12:00", 7),
        (bitcoin(), "2024-01-10 12:00", "2024-01-11 12:00", 1),
        (bitcoin(), "2024-01-13 12:00", "2024-01-14 12:00", 1),
    ],
)
def test_nights_are_counted_where_the_trading_day_ends(of, from_, to, count):
    assert nights(at(from_), at(to), of) == count


YEN = instrument(
    "USDJPY", tick_size=Decimal("0.001"), digits=3, contract_size=Decimal(100_000), base="USD", quote="JPY"
)


def trading_yen(target: int) -> Engine:
    """A buy of 0.10 lot of dollars for yen."""
    of = pending(BUY, symbol="USDJPY", split=(10,), targets=(target,), lots=money("0.10"))
    return trading(of, instruments=(YEN,))


def test_yen_are_booked_at_the_price_they_were_made_at():
    """100 ticks of 0.001 on 0.10 lot are 1,000 yen; at 10.100 (a toy price) that is 99.01 USD."""
    engine = trading_yen(target=100)

    heard(engine, [Tick("USDJPY", MONDAY_MS, ENTRY, ENTRY), Tick("USDJPY", MONDAY_MS + 1, ENTRY + 100, ENTRY + 100)])

    assert engine.account.balance == 10_000 + money("99.01")


def test_what_is_open_stands_at_what_would_be_booked_each_amount_rounded_by_itself():
    """0.05 lot: 17.5 (18) cents to open; 5.00 USD ahead, less 1.525 (1.53) for a night: 3.47, not 3.48."""
    engine = trading(pending(BUY, lots=money("0.05"), split=(5,), targets=(500,)))

    heard(engine, [quote(BUY, 0, MONDAY_MS), quote(BUY, 100, MONDAY_MS + DAY_MS)])

    assert engine.equity == 10_000 - money("0.18") + money("5.00") - money("1.53")


def test_what_is_paid_in_differently_later_is_a_deposit():
    account = booked(new_account(AccountConfig()), [Entry(1, Book.CASH, Book.RESULT, Decimal(50), "A")])

    more = paid_in(account, Decimal(12_000))

    assert (more.balance, more.paid_in, total(more)) == (12_050, 12_000, 0)


def test_an_entry_that_moves_nothing_is_none():
    with pytest.raises(ValueError, match="more than 0"):
        Entry(1, Book.CASH, Book.RESULT, Decimal(0))
    with pytest.raises(ValueError, match="moves nothing"):
        Entry(1, Book.CASH, Book.CASH, Decimal(1))


def test_an_account_of_an_earlier_life_goes_on_and_one_in_another_currency_does_not():
    earlier = booked(new_account(AccountConfig()), [Entry(1, Book.CASH, Book.RESULT, Decimal(50), "A")])
    engine, euros = trading(), trading()

    engine.adopt_account(earlier)
    euros.adopt_account(msgspec.structs.replace(earlier, currency="EUR"))

    assert (engine.account, euros.account.balance) == (earlier, 10_000)


# As properties


def total(account: Account) -> Decimal:
    return sum((getattr(account, book.value) for book in Book), Decimal(0))


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def literal_money(of: Trade) -> Decimal:
    """A trade's money from nothing but its fills: gold is a dollar for a tick and a lot; nights are counted by day."""
    per_night = COSTS["swap_long"] if of.direction is BUY else COSTS["swap_short"]
    lots = of.signal.lot_steps * Decimal("0.01")
    sum_ = -cents(7 * lots / 2)
    for fill in of.fills:
        part = fill.lot_steps * Decimal("0.01")
        held = sum(
            (1, 1, 3, 1, 1, 0, 0)[day % 7]
            for day in range(21)
            if of.opened_ms < MONDAY_MS + day * DAY_MS + 22 * 3_600_000 <= fill.time_ms
        )
        sum_ += cents(fill.ticks * part) - cents(7 * part / 2) + cents(per_night * part * held)
    return sum_


def literal_floating(of: Trade, now_ms: int) -> Decimal:
    """What the open part would give at the last price: the money of a fill there, without its commission."""
    if not of.open_steps:
        return Decimal(0)
    part, sign = of.open_steps * Decimal("0.01"), of.direction.sign
    per_night = COSTS["swap_long"] if of.direction is BUY else COSTS["swap_short"]
    held = sum(
        (1, 1, 3, 1, 1, 0, 0)[day % 7]
        for day in range(21)
        if of.opened_ms < MONDAY_MS + day * DAY_MS + 22 * 3_600_000 <= now_ms
    )
    return cents((of.price - of.opened_price) * sign * part) + cents(per_night * part * held)


MOVED = (TradeOpened, TradeMarked, TargetHit, StopMoved, TradeClosed)


def is_of_opened(event: Event) -> bool:
    return getattr(event, "trade", None) is not None and event.trade.opened_price is not None


GAPS = st.lists(st.sampled_from([1, 60_000, 7_200_000, 50_000_000, 180_000_000]), min_size=25, max_size=25)


@settings(max_examples=150)
@given(st.sampled_from([BUY, SELL]), PATHS, SPLITS, GAPS, st.integers(0, 8))
def test_every_movement_balances_and_equity_is_balance_and_floating_after_every_event(way, path, split, gaps, spread):
    of = pending(way, split=split, lots=sum(split) * Decimal("0.01"))
    engine, time_ms = trading(of), MONDAY_MS
    books = new_account(AccountConfig())
    trade = of
    for move, gap in zip(path, gaps, strict=False):
        events = engine.push(quote(way, move, time_ms, spread))
        for event in events:
            if isinstance(event, AccountChanged):
                books = booked(books, event.entries)
                assert total(event.account) == 0
                assert all(getattr(event.account, b.value) == getattr(books, b.value) for b in Book)
            else:
                trade = getattr(event, "trade", trade)
        running = engine.open_trades()
        current = running[0] if running else trade
        floating = literal_floating(current, time_ms)
        assert engine.equity == engine.account.balance + floating
        marks = of_type(events, EquityMarked)
        assert bool(marks) == any(isinstance(event, MOVED) for event in events if is_of_opened(event))
        assert all(mark == EquityMarked(time_ms, engine.account.balance, engine.equity) for mark in marks[-1:])
        if current.opened_price is not None:
            assert current.money == literal_money(current)
            assert engine.account.balance == 10_000 + literal_money(current)
        time_ms += gap


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from([BUY, SELL]), PATHS, SPLITS), min_size=1, max_size=4), GAPS)
def test_the_account_is_the_sum_of_its_trades_and_hearing_it_again_gives_the_same(lives, gaps):
    """Several trades at once, in two symbols; then the same inputs into another engine, restarted on the way."""
    others = (instrument(**COSTS), instrument("XAGUSD", short="XAG", **COSTS))
    trades = []
    for number, (way, _, split) in enumerate(lives):
        of = pending(way, split=split, lots=sum(split) * Decimal("0.01"), id=f"T{number}")
        symbol = others[number % 2].symbol
        setup = msgspec.structs.replace(of.signal.setup, symbol=symbol)
        trades.append(msgspec.structs.replace(of, signal=msgspec.structs.replace(of.signal, setup=setup)))
    inputs, time_ms = [], MONDAY_MS
    for step, gap in enumerate(gaps):
        for number, (way, path, _) in enumerate(lives):
            if step < len(path):
                tick = quote(way, path[step], time_ms)
                inputs.append(msgspec.structs.replace(tick, symbol=others[number % 2].symbol))
        time_ms += gap
    engine, again = trading(*trades, instruments=others), trading(*trades, instruments=others)

    said = heard(engine, inputs)
    heard(again, inputs[: len(inputs) // 2])
    again = Engine.restore(again.config, again.snapshot())
    heard(again, inputs[len(inputs) // 2 :])

    ended = {event.trade.id: event.trade for event in of_type(said, TradeClosed)}
    alive = {trade.id: trade for trade in engine.open_trades()}
    opened = [t for t in [*ended.values(), *alive.values()] if t.opened_price is not None]
    assert engine.account.balance == 10_000 + sum(map(literal_money, opened))
    assert (again.account, again.equity, again.margin) == (engine.account, engine.equity, engine.margin)


def test_margin_is_held_for_what_is_open_and_given_back():
    """0.10 lot of gold at 100.00 (a toy price) is 1,000 USD; a hundredth of it is held."""
    engine = trading(pending(BUY, lots=money("0.10")))

    held = [engine.margin]
    for tick in quotes(BUY, [0, 100, 200]):
        engine.push(tick)
        held.append(engine.margin)

    assert held == [0, 10, 5, 0]


def test_risk_in_yen_is_told_at_the_rate_there_is_now():
    """100 ticks on 0.10 lot are 1,000 yen: 100 USD where it opened, at 10.000, and 80 USD, 0.8 %, at 12.500."""
    of = pending(BUY, symbol="USDJPY", lots=money("0.10"))
    position = Position(of, price=ENTRY + 2_500)
    position.take(msgspec.structs.replace(of, status=TradeStatus.OPEN, opened_price=ENTRY, price=ENTRY))
    rules = config(YEN)
    market = Market.new(YEN, rules)
    market.positions.append(position)
    treasury = Treasury(rules, Purse(new_account(AccountConfig())), {"USDJPY": market}, lambda: Mode.PAPER)

    in_all, _ = treasury.open_risk(YEN, Decimal(0), MONDAY_MS)

    assert in_all == money("0.8")


def test_margin_in_yen_is_that_of_the_price_paid_at_the_rate_there_is_now():
    """0.10 lot at 10.000 is 100,000 yen; a hundredth of it is 100 USD then, and 80 USD at 12.500."""
    engine, held = trading_yen(target=3_000), []
    for number, price in enumerate((ENTRY, ENTRY + 2_500)):
        engine.push(Tick("USDJPY", MONDAY_MS + number, price, price))
        held.append(engine.margin)

    assert held == [100, 80]


def test_a_reference_account_in_signal_mode_is_booked_all_the_same():
    engine = trading(pending(BUY, mode=Mode.SIGNAL), account=AccountConfig(mode=Mode.SIGNAL))

    heard(engine, quotes(BUY, [0, 100, 200]))

    assert engine.account.result == money("-15.00")
