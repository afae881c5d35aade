"""Limits on loss by hand: 10,000 paid in, 5 % a day, 10 % a week, 10 % under the highest balance."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.account import booked, new_account
from engine.config import AccountConfig, LimitsConfig
from engine.engine import Engine
from engine.events import (
    AccountChanged,
    BreakerRearmed,
    BreakerTripped,
    Command,
    CommandRefused,
    EquityMarked,
    Event,
    LimitHit,
    Rearm,
    SetMode,
    SettingChanged,
    TargetHit,
    TradeClosed,
    TradeMarked,
)
from engine.limits import after_trade, floor, locks, losing_streak, rearmed, turned_day, watched, with_high
from engine.trading_config import Basis, DrawdownFrom, PercentOf
from engine.types import Account, Book, Entry, Mode
from tests.builders import at, closed, gold, opened, secured
from tests.engine.following import BUY, desk, pending, quote, quotes
from tests.engine.market_data import MONDAY_MS, config, heard, of_type

RULES = LimitsConfig()
MINUTE_MS, DAY_MS = 60_000, 86_400_000
NOW_MS = at("2024-01-09 12:00")  # Tuesday; the day began at 22:00 UTC on Monday


def account(balance: object = 10_000, **changes: object) -> Account:
    """In the day and week of now, of which nothing is over yet."""
    gain = Decimal(balance) - 10_000
    made = new_account(AccountConfig())
    if gain:
        cash, result = (Book.CASH, Book.RESULT) if gain > 0 else (Book.RESULT, Book.CASH)
        made = booked(made, [Entry(1, cash, result, abs(gain))])
    began = turned_day(made, made.balance, NOW_MS, RULES)
    return msgspec.structs.replace(began, **({"high": Decimal(10_000)} | changes))


def rules(**changes: object) -> LimitsConfig:
    return LimitsConfig(**changes)


def said(of: Account, equity: object, config: LimitsConfig = RULES) -> list[Event]:
    return watched(of, Decimal(equity), NOW_MS, config)[1]


def codes(of: Account, equity: object, config: LimitsConfig = RULES) -> list[str]:
    return [code for code, _ in locks(of, Decimal(equity), NOW_MS, config)]


# The day


@pytest.mark.parametrize(
    ("moment", "ends"),
    [
        ("2024-01-09 21:59", "2024-01-09 22:00"),
        ("2024-01-09 22:00", "2024-01-10 22:00"),
        ("2024-07-09 20:59", "2024-07-09 21:00"),
        ("2024-07-09 21:00", "2024-07-10 21:00"),
    ],
)
def test_a_day_ends_at_five_in_new_york_summer_and_winter(moment, ends):
    assert turned_day(new_account(AccountConfig()), Decimal(1), at(moment), RULES).day_end_ms == at(ends)


def test_a_firm_in_prague_ends_its_day_at_midnight_there():
    prague = rules(reset_at="00:00 Europe/Prague")

    assert turned_day(account(day_end_ms=0), Decimal(1), at("2024-01-09 12:00"), prague).day_end_ms == at(
        "2024-01-09 23:00"
    )
    assert turned_day(account(day_end_ms=0), Decimal(1), at("2024-07-09 12:00"), prague).day_end_ms == at(
        "2024-07-09 22:00"
    )


@pytest.mark.parametrize(("basis", "expected"), [(Basis.BALANCE, 9_900), (Basis.EQUITY, 9_950), (Basis.HIGHER, 9_950)])
def test_a_day_begins_with_what_the_account_was_worth(basis, expected):
    begun = turned_day(account(9_900), Decimal(9_950), NOW_MS + DAY_MS, rules(basis=basis))

    assert begun.day_basis == expected


def test_a_new_day_forgets_the_days_loss_and_a_new_week_the_weeks():
    lost = account(is_day_lost=True, is_week_lost=True)

    wednesday = turned_day(lost, Decimal(9_000), NOW_MS + DAY_MS, RULES)
    sunday = turned_day(lost, Decimal(9_000), at("2024-01-14 22:00"), RULES)

    assert (wednesday.is_day_lost, wednesday.is_week_lost) == (False, True)
    assert (sunday.is_day_lost, sunday.is_week_lost) == (False, False)


def test_within_a_day_nothing_turns_and_at_its_very_end_the_next_begins():
    lost = account(9_400, is_day_lost=True)
    last, first = (turned_day(lost, Decimal(1), lost.day_end_ms + late_ms, RULES) for late_ms in (-1, 0))

    assert last == lost
    assert (first.day_end_ms, first.day_basis, first.is_day_lost) == (at("2024-01-10 22:00"), 9_400, False)


# What is reached


def test_a_days_loss_is_reached_at_its_very_amount_and_told_once():
    assert said(account(), "9500.01") == []
    after, events = watched(account(), Decimal(9_500), NOW_MS, RULES)

    assert events == [LimitHit(NOW_MS, "daily_loss", "500.00 USD", "500.00 USD")]
    assert watched(after, Decimal(9_400), NOW_MS, RULES) == (after, [])


def test_what_was_lost_stays_lost_until_the_day_is_over_even_when_equity_comes_back():
    after, _ = watched(account(), Decimal(9_500), NOW_MS, RULES)

    assert locks(after, Decimal(10_100), NOW_MS, RULES) == (("daily_loss", ("-100.00 USD", "500.00 USD")),)
    assert codes(turned_day(after, Decimal(10_100), NOW_MS + DAY_MS, RULES), 10_100) == []


def test_the_limit_is_counted_from_the_days_beginning_and_in_percent_of_what_was_paid_in():
    """FTMO: balance at midnight minus 5 % of the initial balance. 10,400 − 500."""
    of = account(10_400, high=Decimal(10_400))

    assert said(of, "9900.01") == []
    assert [event.code for event in said(of, 9_900)] == ["daily_loss"]


def test_or_in_percent_of_the_days_beginning():
    of, own = account(10_400, high=Decimal(10_400)), rules(percent_of=PercentOf.BASIS)

    assert said(of, "9880.01", own) == []
    assert [event.code for event in said(of, 9_880, own)] == ["daily_loss"]


@pytest.mark.parametrize(("percent", "money", "least"), [(5, 300, 300), (2, 300, 200), (0, 300, 300), (5, 0, 500)])
def test_of_an_amount_and_a_percentage_the_smaller_counts(percent, money, least):
    own = rules(daily_loss_percent=Decimal(percent), daily_loss_money=Decimal(money))

    assert said(account(), 10_000 - least + Decimal("0.01"), own) == []
    assert [event.code for event in said(account(), 10_000 - least, own)] == ["daily_loss"]


def test_a_weeks_loss_goes_over_days():
    of = account(9_200, week_basis=Decimal(10_000), high=Decimal(9_200))

    assert said(of, "9000.01") == []
    assert said(of, 9_000) == [LimitHit(NOW_MS, "weekly_loss", "1000.00 USD", "1000.00 USD")]


def test_a_limit_of_nothing_is_none():
    off = rules(
        daily_loss_percent=Decimal(0), weekly_loss_percent=Decimal(0), max_drawdown_percent=Decimal(0), max_losses=0
    )

    assert said(account(), 1, off) == []
    assert codes(account(losses=99, last_loss_ms=NOW_MS), 1, off) == []


@pytest.mark.parametrize(
    "lost", [{}, {"is_day_lost": True}, {"is_tripped": True}, {"is_day_lost": True, "is_tripped": True}]
)
def test_above_the_floor_there_is_nothing_to_say_and_at_it_there_is(lost):
    of = account(10_400, high=Decimal(10_400), **lost)
    edge = floor(of, RULES)

    assert said(of, edge + Decimal("0.01")) == []
    assert said(of, edge) != []


# The breaker


def test_the_breaker_trips_ten_percent_under_the_high_and_is_told_once():
    of = account(10_600, high=Decimal(11_000), day_basis=Decimal(10_050))

    assert said(of, "10000.01") == []
    after, events = watched(of, Decimal(10_000), NOW_MS, RULES)

    assert events == [BreakerTripped(NOW_MS, Decimal(10_000), Decimal(10_000))]
    assert watched(after, Decimal(9_900), NOW_MS, RULES)[1] == []
    assert locks(after, Decimal(10_900), NOW_MS, RULES) == (("drawdown", ("100.00 USD", "1000.00 USD")),)


def test_the_breaker_stays_tripped_over_days_and_weeks_until_it_is_rearmed_and_counts_from_there():
    tripped = account(is_tripped=True, high=Decimal(11_000))
    months_later = turned_day(tripped, Decimal(12_000), NOW_MS + 60 * DAY_MS, RULES)

    assert "drawdown" in codes(months_later, 12_000)
    again = rearmed(months_later, Decimal(9_800))
    assert (again.is_tripped, again.high, codes(again, 9_800)) == (False, 9_800, [])
    assert said(again, "9300", rules(daily_loss_percent=Decimal(0))) == []


@pytest.mark.parametrize(
    ("kind", "after_trade", "after_day"),
    [
        (DrawdownFrom.START, 10_000, 10_000),
        (DrawdownFrom.BALANCE, 10_700, 10_700),
        (DrawdownFrom.DAY_END, 10_000, 10_700),
    ],
)
def test_the_high_is_what_was_paid_in_or_follows_the_balance_at_once_or_by_the_day(kind, after_trade, after_day):
    own, of = rules(drawdown_from=kind), account(10_700)

    assert with_high(of, own).high == after_trade
    assert turned_day(with_high(of, own), Decimal(10_700), NOW_MS + DAY_MS, own).high == after_day
    assert with_high(account(9_000, high=Decimal(10_700)), own).high == 10_700


# Losers in a row


def streak(losses: int, minutes_ago: int = 0) -> Account:
    return account(losses=losses, last_loss_ms=NOW_MS - minutes_ago * MINUTE_MS)


def test_the_fifth_loser_in_a_row_pauses_signals_for_four_hours():
    assert losing_streak(streak(4), NOW_MS, RULES) == []
    assert losing_streak(streak(5), NOW_MS, RULES) == [LimitHit(NOW_MS, "losing_streak", "5", "240")]
    assert locks(streak(5, 239), Decimal(10_000), NOW_MS, RULES) == (("losing_streak", ("239", "240")),)
    assert locks(streak(5, 240), Decimal(10_000), NOW_MS, RULES) == ()


def test_a_sixth_loser_pauses_them_again_and_a_winner_ends_the_row():
    loser = closed(opened(), closed_ms=NOW_MS)
    six = after_trade(streak(5, 300), loser)

    assert (six.losses, six.last_loss_ms) == (6, NOW_MS)
    assert losing_streak(six, NOW_MS, RULES) == [LimitHit(NOW_MS, "losing_streak", "6", "240")]
    assert after_trade(six, closed(secured(), gold("2297.10"))).losses == 0


def test_an_even_trade_neither_ends_a_row_nor_lengthens_it():
    assert after_trade(streak(4), closed(opened(), gold("2274.10"))) == streak(4)


# In the engine


def losing(**sections: object) -> Engine:
    """A trade of 6.00 lots that loses 600 USD at its stop."""
    engine = Engine(config(**sections))
    engine.adopt([pending(BUY, split=(300, 300), lots=Decimal("6.00"))])
    return engine


def limit_events(events: list[Event]) -> list[Event]:
    return of_type(events, LimitHit, BreakerTripped, BreakerRearmed)


def test_floating_losses_count():
    """600 steps of a cent: 83 ticks are 498 USD, 84 are 504."""
    events = heard(losing(), quotes(BUY, [0, -83, -84, -93]))

    assert limit_events(events) == [LimitHit(MONDAY_MS + 3000, "daily_loss", "558.00 USD", "500.00 USD")]
    assert of_type(events, EquityMarked)[-1] == EquityMarked(MONDAY_MS + 3000, Decimal(10_000), Decimal(9_442))


def test_a_loss_of_the_very_limit_reaches_it():
    engine = Engine(config())
    engine.adopt([pending(BUY, split=(250, 250), lots=Decimal(5))])

    events = heard(engine, quotes(BUY, [0, -99, -100]))

    assert limit_events(events) == [LimitHit(MONDAY_MS + 2000, "daily_loss", "500.00 USD", "500.00 USD")]


def test_a_result_that_moves_at_the_very_end_of_a_day_is_of_the_next():
    engine = losing()
    heard(engine, quotes(BUY, [0]))
    end_ms = engine.account.day_end_ms

    heard(engine, [quote(BUY, -20, end_ms)])

    assert (end_ms, engine.account.day_end_ms) == (at("2024-01-08 22:00"), at("2024-01-09 22:00"))


def test_equity_is_looked_at_whenever_the_running_result_is_news():
    """A tenth of an R here is ten ticks, 60 USD: between two marks a limit may be passed by less than that."""
    assert limit_events(heard(losing(), quotes(BUY, [0, -83, -92]))) == []


def test_in_signal_mode_there_are_no_limits_on_loss():
    engine = losing(account=AccountConfig(mode=Mode.SIGNAL))

    events = heard(engine, quotes(BUY, [0, -50, -100]))

    assert limit_events(events) == []
    assert engine.account.balance == 9_400
    assert [mark.equity for mark in of_type(events, EquityMarked)] == [10_000, 9_700, 9_400]


TIGHT = LimitsConfig(max_drawdown_percent=Decimal(4), daily_loss_percent=Decimal(0))


def test_the_breaker_outlives_a_restart_and_an_owner_rearms_it():
    engine = losing(limits=TIGHT)
    tripped = limit_events(heard(engine, quotes(BUY, [0, -100])))
    again = Engine.restore(engine.config, engine.snapshot())

    assert [type(event) for event in tripped] == [BreakerTripped]
    assert again.account.is_tripped
    said_then = again.push(Command(7, Rearm()))
    assert said_then == [
        BreakerRearmed(MONDAY_MS + 1000, 7, Decimal(9_400)),
        AccountChanged(MONDAY_MS + 1000, again.account),
    ]
    assert (again.account.is_tripped, again.account.high) == (False, 9_400)


def test_the_breaker_outlives_a_rebuild_from_what_was_stored():
    engine = losing(limits=TIGHT)
    stored = of_type(heard(engine, quotes(BUY, [0, -100])), AccountChanged)[-1].account
    rebuilt = Engine(config(limits=TIGHT, stall_after_s=301))

    rebuilt.adopt_account(stored)

    assert rebuilt.account == engine.account
    assert rebuilt.account.is_tripped


def test_losers_are_counted_as_they_close_and_the_one_too_many_is_told():
    events = heard(losing(limits=LimitsConfig(max_losses=1, daily_loss_percent=Decimal(0))), quotes(BUY, [0, -100]))

    assert limit_events(events) == [LimitHit(MONDAY_MS + 1000, "losing_streak", "1", "240")]


def test_the_loser_too_many_is_told_once_whatever_the_same_moment_does_to_another_trade():
    engine = Engine(config(limits=LimitsConfig(max_losses=1)))
    engine.adopt([pending(BUY, id="near"), pending(BUY, id="far", risk=500)])

    events = heard(engine, [*quotes(BUY, [0, -100]), quote(BUY, 100, MONDAY_MS + 1000)])

    (lost,), (marked,), (won,) = (of_type(events, kind) for kind in (TradeClosed, TradeMarked, TargetHit))
    assert [event.trade.id for event in (lost, marked, won)] == ["near", "far", "far"]
    assert limit_events(events) == [LimitHit(MONDAY_MS + 1000, "losing_streak", "1", "240")]


def test_a_winner_raises_what_the_drawdown_is_counted_from():
    engine = losing()

    heard(engine, quotes(BUY, [0, 100, 200]))

    assert (engine.account.high, engine.account.losses) == (10_900, 0)


def test_what_is_not_tripped_cannot_be_rearmed():
    (refused,) = desk(pending(BUY)).push(Command(7, Rearm()))

    assert isinstance(refused, CommandRefused)
    assert refused.why == "not_tripped"


def test_every_change_of_the_account_is_told_so_that_what_is_stored_is_what_is_remembered():
    engine = losing()
    known = engine.account
    for tick in [*quotes(BUY, [0, -40, 100, 30, 0]), quote(BUY, 5, MONDAY_MS + 3 * DAY_MS)]:
        for event in of_type(engine.push(tick), AccountChanged):
            known = event.account
        assert known == engine.account


def test_live_mode_needs_the_configurations_word():
    engine, allowed = Engine(config()), Engine(config(account=AccountConfig(allows_live=True)))

    (refused,), (changed,) = engine.push(Command(7, SetMode(Mode.LIVE))), allowed.push(Command(7, SetMode(Mode.LIVE)))

    assert isinstance(refused, CommandRefused)
    assert (refused.why, engine.mode) == ("live_not_allowed", Mode.PAPER)
    assert isinstance(changed, SettingChanged)
    assert allowed.mode is Mode.LIVE


EQUITIES = st.lists(st.integers(8_500, 11_500), min_size=1, max_size=20)


@given(EQUITIES)
def test_once_reached_a_limit_holds_whatever_equity_does_within_the_day(equities):
    of, reached = account(), set()
    for equity in equities:
        of, events = watched(of, Decimal(equity), NOW_MS, RULES)
        new = {event.code if isinstance(event, LimitHit) else "drawdown" for event in events}
        assert not new & reached
        reached |= new
        assert set(codes(of, equity)) == reached
        lowest = min(equities[: equities.index(equity) + 1])
        assert ("daily_loss" in reached) >= (lowest <= 9_500)
