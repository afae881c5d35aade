"""Every finding in words: none without a sentence, each as a trader says it, from the buyer's and the seller's side."""

from __future__ import annotations

import enum
from collections.abc import Mapping

import msgspec
import pytest

from bot.words import explain_english
from bot.words.captions import signal_caption
from bot.words.phrases import pattern_name, pool_name, zone_name
from bot.words.reason_english import ReasonEnglish
from bot.words.reasons import why, why_toast
from bot.words.wording import utf16_length
from engine.types import (
    Direction,
    InducementStatus,
    Missing,
    PatternKind,
    PoolKind,
    Reason,
    ReasonCode,
    Regime,
    Role,
    Setup,
    Strategy,
    SwingKind,
    Timeframe,
    ZoneKind,
    ZoneStatus,
)
from tests.bot.copiers import COPIERS
from tests.bot.reader import VOICE, golden, shown, visible
from tests.builders import at, gold, opened, reason, setup, signal, trade, zone

UP, DOWN = Direction.UP, Direction.DOWN
BOTH = pytest.mark.parametrize("direction", list(Direction))


# Nothing without words


@pytest.mark.parametrize(
    ("table", "members"),
    [
        (ReasonEnglish.BRIEF, ReasonCode),
        (ReasonEnglish.FULL, ReasonCode),
        ({**ReasonEnglish.BRIEF, **ReasonEnglish.TIPS}, ReasonCode),
        (ReasonEnglish.NOUNS, ReasonCode),
        (ReasonEnglish.STRATEGIES, Strategy),
        (ReasonEnglish.REGIMES, Regime),
        (ReasonEnglish.PATTERNS, PatternKind),
        (ReasonEnglish.ROLES, Role),
        (explain_english.MISSING, Missing),
        (explain_english.STATUSES, ZoneKind),
        (explain_english.INDUCEMENTS, InducementStatus),
        (explain_english.SWING_SIDES, SwingKind),
    ],
)
def test_every_member_has_words(table: Mapping[enum.Enum, str], members: type[enum.Enum]) -> None:
    assert [member for member in members if not table.get(member)] == []
    assert set(table) == set(members), "and nothing is translated that no longer exists"


@pytest.mark.parametrize("kind", PoolKind)
@pytest.mark.parametrize("is_high", [False, True])
def test_every_pool_is_named_but_a_plain_swing(kind: PoolKind, is_high: bool) -> None:
    assert bool(pool_name(kind, ReasonEnglish, is_high=is_high)) == (kind is not PoolKind.SWING)


@BOTH
@pytest.mark.parametrize("kind", ZoneKind)
@pytest.mark.parametrize("status", ZoneStatus)
def test_every_zone_has_a_name_in_every_state(kind: ZoneKind, status: ZoneStatus, direction: Direction) -> None:
    of = zone(direction=direction, kind=kind, status=status)

    assert zone_name(of.name, of.bias, ReasonEnglish) != of.name


@pytest.mark.parametrize("kind", ZoneKind)
@pytest.mark.parametrize("status", ZoneStatus)
def test_every_state_of_a_zone_has_a_word_or_a_name_of_its_own(kind: ZoneKind, status: ZoneStatus) -> None:
    has_own_name = zone(kind=kind, status=status).name != kind

    assert (status in explain_english.STATUSES[kind]) is not has_own_name


def test_a_block_is_tested_and_mitigated_while_a_gap_is_touched_and_filled() -> None:
    reached = (ZoneStatus.TOUCHED, ZoneStatus.HALF)

    assert [explain_english.STATUSES[ZoneKind.BLOCK][status] for status in reached] == ["tested", "mitigated"]
    assert [explain_english.STATUSES[ZoneKind.GAP][status] for status in reached] == ["touched", "half filled (CE)"]


def test_a_base_is_demand_below_price_and_supply_above() -> None:
    assert [zone_name("SD", direction, ReasonEnglish) for direction in (UP, DOWN)] == ["demand zone", "supply zone"]


def test_a_pattern_says_its_side_where_it_has_one() -> None:
    assert [pattern_name(kind, UP, ReasonEnglish) for kind in PatternKind] == [
        "bullish engulfing",
        "bullish pin bar",
        "inside bar",
        "doji",
    ]


@pytest.mark.parametrize("code", ReasonCode)
def test_what_changed_is_a_noun_of_a_few_words(code: ReasonCode) -> None:
    bare = ReasonEnglish.NOUNS[code].replace("{", "").replace("}", " ")

    assert 1 <= len(bare.split()) <= 3


# How each is said


def said(found: Reason, direction: Direction = UP) -> tuple[str, str]:
    """The reason as the caption and as Why tell it, without the timeframe and the points."""
    of = against_sell(found) if direction is DOWN else setup(reasons=(found,))
    caption = shown(visible(signal_caption(trade(signal(of)), VOICE))).splitlines()
    told = shown(visible(why(trade(signal(of)), VOICE))).splitlines()
    brief = next(line for line in caption if line.startswith((f"{found.timeframe} ", f"Against: {found.timeframe} ")))
    full = told[-1] if found.role is Role.AGAINST else told[told.index("Against") - 2]
    prefix = f"{found.timeframe} "
    return (
        brief.removeprefix("Against: ").removeprefix(prefix).partition(" · ")[0],
        full.removeprefix(prefix) if found.role is Role.AGAINST else full.removesuffix(f" +{found.points}"),
    )


def against_sell(found: Reason) -> Setup:
    prices = {"stop": gold("2283.30"), "targets": (gold("2260.30"), gold("2251.10"))}
    return setup(direction=DOWN, reasons=(found,), **prices)


def of_entry(code: ReasonCode, *prices: str, detail: str = "", strength: int | None = None) -> Reason:
    """A reason of the last part of the score, so that it stands last."""
    levels = [gold(price) for price in prices]
    return reason(code, 9, *levels, role=Role.ENTRY, timeframe=Timeframe.M15, detail=detail, strength=strength)


def against(code: ReasonCode, *prices: str, detail: str = "", strength: int | None = None) -> Reason:
    levels = [gold(price) for price in prices]
    return reason(code, 0, *levels, role=Role.AGAINST, timeframe=Timeframe.H1, detail=detail, strength=strength)


@pytest.mark.parametrize(
    ("found", "buyer", "seller"),
    [
        (
            of_entry(ReasonCode.TREND_SWING, "2240.10", detail="MSS"),
            ("swing trend up", "Swing trend up since MSS 2240.10, 3 Apr 13:15 UTC"),
            ("swing trend down", "Swing trend down since MSS 2240.10, 3 Apr 13:15 UTC"),
        ),
        (
            of_entry(ReasonCode.TREND_AVERAGE, "2251.30", "2274.00"),
            ("above slow EMA 2251.30", "Closed at 2274.00, above the slow EMA 2251.30"),
            ("below slow EMA 2251.30", "Closed at 2274.00, below the slow EMA 2251.30"),
        ),
        (
            of_entry(ReasonCode.REGIME, detail="ranging", strength=14),
            ("ranging market", "M15 ranging market, ADX 14"),
            ("ranging market", "M15 ranging market, ADX 14"),
        ),
        (
            of_entry(ReasonCode.ZONE_HELD, "2266.64", "2271.01", detail="SD"),
            ("demand zone 2266.64–2271.01 held", "Demand zone 2266.64–2271.01 tested and held"),
            ("supply zone 2266.64–2271.01 held", "Supply zone 2266.64–2271.01 tested and held"),
        ),
        (
            of_entry(ReasonCode.ZONE_HELD, "2266.64", "2271.01", detail="BB"),
            ("breaker 2266.64–2271.01 held", "Breaker 2266.64–2271.01 tested and held"),
            ("breaker 2266.64–2271.01 held", "Breaker 2266.64–2271.01 tested and held"),
        ),
        (
            of_entry(ReasonCode.OTE, "2266.00", "2268.00"),
            ("pullback into OTE 2266.00–2268.00", "Pullback reached the OTE band 2266.00–2268.00"),
            ("pullback into OTE 2266.00–2268.00", "Pullback reached the OTE band 2266.00–2268.00"),
        ),
        (
            of_entry(ReasonCode.INDUCEMENT, "2268.40"),
            ("inducement 2268.40 taken", "Inducement 2268.40 taken, early stops are gone"),
            ("inducement 2268.40 taken", "Inducement 2268.40 taken, early stops are gone"),
        ),
        (
            of_entry(ReasonCode.RANGE_EDGE, "2260.00", "2290.00"),
            ("bottom quarter of 2260.00–2290.00", "Price in the bottom quarter of 2260.00–2290.00"),
            ("top quarter of 2260.00–2290.00", "Price in the top quarter of 2260.00–2290.00"),
        ),
        (
            of_entry(ReasonCode.STRUCTURE, "2274.48", detail="MSS"),
            ("MSS 2274.48", "MSS 2274.48, 3 Apr 13:15 UTC"),
            ("MSS 2274.48", "MSS 2274.48, 3 Apr 13:15 UTC"),
        ),
        (
            of_entry(ReasonCode.SWEEP, "2270.00", "2269.10", detail="round", strength=71),
            ("sweep of round number 2270.00", "Sweep of round number 2270.00, wick to 2269.10, turned 71/100"),
            ("sweep of round number 2270.00", "Sweep of round number 2270.00, wick to 2269.10, turned 71/100"),
        ),
        (
            of_entry(ReasonCode.PATTERN, "2268.00", "2275.00", detail="pin bar"),
            ("bullish pin bar", "Bullish pin bar, candle 2268.00–2275.00"),
            ("bearish pin bar", "Bearish pin bar, candle 2268.00–2275.00"),
        ),
        (
            of_entry(ReasonCode.KEY_LEVEL, "2266.64", strength=3),
            ("support 2266.64 held", "Support 2266.64 held, touched 3×"),
            ("resistance 2266.64 held", "Resistance 2266.64 held, touched 3×"),
        ),
        (
            of_entry(ReasonCode.VALUE, "2262.40", detail="val"),
            ("price below VAL 2262.40", "Price below the last day's VAL 2262.40"),
            ("price above VAL 2262.40", "Price above the last day's VAL 2262.40"),
        ),
        (
            of_entry(ReasonCode.VALUE, "2288.00", detail="vah"),
            ("price below VAH 2288.00", "Price below the last day's VAH 2288.00"),
            ("price above VAH 2288.00", "Price above the last day's VAH 2288.00"),
        ),
        (
            of_entry(ReasonCode.VALUE, "2275.30", detail="vwap"),
            ("price below VWAP 2275.30", "Price below today's VWAP 2275.30"),
            ("price above VWAP 2275.30", "Price above today's VWAP 2275.30"),
        ),
        (
            of_entry(ReasonCode.STRETCHED, "2265.20", detail="band"),
            ("back inside the Bollinger band 2265.20", "Back inside the Bollinger band 2265.20"),
            ("back inside the Bollinger band 2265.20", "Back inside the Bollinger band 2265.20"),
        ),
        (
            of_entry(ReasonCode.STRETCHED, detail="rsi", strength=27),
            ("oversold, RSI 27", "Oversold, RSI 27"),
            ("overbought, RSI 27", "Overbought, RSI 27"),
        ),
        (
            against(ReasonCode.OPPOSING_ZONE, "2276.00", "2280.96", detail="SD"),
            ("supply zone 2276.00–2280.96 overhead", "supply zone 2276.00–2280.96 overhead"),
            ("demand zone 2276.00–2280.96 below", "demand zone 2276.00–2280.96 below"),
        ),
        (
            against(ReasonCode.NO_SWEEP, "2262.40", detail="day"),
            ("stops rest at previous day low 2262.40", "stops still rest at previous day low 2262.40"),
            ("stops rest at previous day high 2262.40", "stops still rest at previous day high 2262.40"),
        ),
        (
            against(ReasonCode.NO_INDUCEMENT, "2268.40"),
            ("inducement 2268.40 not taken", "inducement 2268.40 not taken, early stops still rest"),
            ("inducement 2268.40 not taken", "inducement 2268.40 not taken, early stops still rest"),
        ),
        (
            against(ReasonCode.LEVEL_AHEAD, "2281.00", strength=4),
            ("resistance 2281.00 ahead", "resistance 2281.00 before TP1, touched 4×"),
            ("support 2281.00 ahead", "support 2281.00 before TP1, touched 4×"),
        ),
        (
            against(ReasonCode.ROUND_AHEAD, "2280.00"),
            ("round number 2280.00 ahead", "round number 2280.00 before TP1"),
            ("round number 2280.00 ahead", "round number 2280.00 before TP1"),
        ),
        (
            against(ReasonCode.EXHAUSTED, strength=78),
            ("overbought, RSI 78", "move may be exhausted: overbought, RSI 78"),
            ("oversold, RSI 78", "move may be exhausted: oversold, RSI 78"),
        ),
    ],
    ids=lambda each: f"{each.code}-{each.detail}" if isinstance(each, Reason) else "",
)
def test_a_reason_is_said_as_a_trader_says_it(found: Reason, buyer: tuple[str, str], seller: tuple[str, str]) -> None:
    assert said(found) == buyer
    assert said(found, DOWN) == seller


def test_a_reason_from_another_timeframe_than_its_part_names_it() -> None:
    half = reason(ReasonCode.TREND_HALF, 16, gold("2228.27"), gold("2288.61"))
    regime = reason(ReasonCode.REGIME, 16, timeframe=Timeframe.H1, detail="ranging", strength=14)
    of = setup(reasons=(half, regime))
    caption = shown(visible(signal_caption(trade(signal(of)), VOICE)))
    told = shown(visible(why(trade(signal(of)), VOICE)))

    assert "H4 discount of 2228.27–2288.61, H1 ranging market · 32/40" in caption
    assert "H4 trend 32/40\nPrice in the discount of 2228.27–2288.61 +16\nH1 ranging market, ADX 14 +16" in told


def test_a_part_that_rests_on_the_regime_alone_claims_no_timeframe_for_it() -> None:
    regime = reason(ReasonCode.REGIME, 16, timeframe=Timeframe.H1, detail="ranging", strength=14)
    told = shown(visible(why(trade(signal(setup(reasons=(regime,)))), VOICE)))

    assert "\n\nTrend 16/40\nH1 ranging market, ADX 14 +16\n\n" in told


# What a caption tells first


def fade() -> Setup:
    """A range fade at the bottom: what carries it is not what carries a trend trade."""
    h1 = {"role": Role.SETUP, "timeframe": Timeframe.H1}
    m15 = {"role": Role.ENTRY, "timeframe": Timeframe.M15}
    h1_against = {"role": Role.AGAINST, "timeframe": Timeframe.H1}
    return setup(
        strategy=Strategy.RANGE_FADE,
        score=91,
        again_of_ms=at("2024-04-03 12:30"),
        changed=("+sweep:day", "-zone_held:FVG"),
        reasons=(
            reason(ReasonCode.TREND, 4, gold("2265.67"), detail="BOS"),
            reason(ReasonCode.TREND_HALF, 16, gold("2228.27"), gold("2288.61")),
            reason(ReasonCode.REGIME, 16, timeframe=Timeframe.H1, detail="ranging", strength=14),
            reason(ReasonCode.ZONE_HELD, 10, gold("2266.64"), gold("2271.01"), detail="SD", **h1),
            reason(ReasonCode.STRUCTURE, 2, gold("2279.00"), detail="BOS", **h1),
            reason(ReasonCode.RANGE_EDGE, 18, gold("2265.00"), gold("2301.00"), **h1),
            reason(ReasonCode.SWEEP, 7, gold("2267.64"), gold("2265.41"), detail="day", **m15),
            reason(ReasonCode.PATTERN, 4, gold("2265.41"), gold("2274.00"), detail="pin bar", **m15),
            reason(ReasonCode.KEY_LEVEL, 4, gold("2266.00"), strength=3, **m15),
            reason(ReasonCode.VALUE, 3, gold("2275.30"), detail="vwap", **m15),
            reason(ReasonCode.ROUND_AHEAD, 0, gold("2280.00"), **(h1_against | {"timeframe": Timeframe.M15})),
            reason(ReasonCode.NO_INDUCEMENT, 0, gold("2268.40"), **h1_against),
            reason(ReasonCode.OPPOSING_ZONE, 0, gold("2276.00"), gold("2280.96"), detail="FVG", **h1_against),
        ),
    )


def test_a_range_fade_proposed_again_reads_as_designed() -> None:
    assert shown(signal_caption(opened(signal(fade())), VOICE)) == golden("signal_fade")


def test_why_tells_a_range_fade_in_full() -> None:
    assert shown(why(opened(signal(fade())), VOICE)) == golden("why_fade")


def test_a_toast_gives_up_first_what_carries_least() -> None:
    whole = fade()
    longer = [msgspec.structs.replace(each, detail="month") if each.detail == "day" else each for each in whole.reasons]
    longer.append(reason(ReasonCode.OTE, 5, gold("2266.00"), gold("2268.00"), role=Role.SETUP, timeframe=Timeframe.H1))
    toast = shown(why_toast(trade(signal(msgspec.structs.replace(whole, reasons=tuple(longer)))), VOICE))

    assert toast == (
        "H4 discount · H1 ranging · H1 bottom quarter of range · H1 demand zone 2266.64–2271.01 held · H1 OTE reached"
        " · sweep of previous month low 2267.64 · support 2266.00 held · against: H1 gap overhead"
    )
    assert utf16_length(toast) <= 200 < utf16_length(f"{toast} · bullish pin bar")


@pytest.mark.parametrize("copier", COPIERS)
def test_copiers_read_one_order_whatever_is_said_below_it(copier) -> None:
    order = copier(visible(signal_caption(opened(signal(fade())), VOICE)))

    assert order == ("BUY", "XAUUSD", "2274.10", "2264.90", ("2287.90", "2297.10"))


@pytest.mark.parametrize("strategy", Strategy)
def test_the_strategy_is_named_below_the_order_with_its_timeframe_and_session(strategy: Strategy) -> None:
    caption = visible(signal_caption(trade(signal(setup(strategy=strategy))), VOICE)).splitlines()
    name = ReasonEnglish.STRATEGIES[strategy]

    assert caption.count(f"{name} · M15 · New York") == 1
    assert not any(name in line for line in caption[:5])


# Proposed again


def again_line(*changed: str, direction: Direction = UP, seen: str = "2024-04-03 12:30") -> str | None:
    """The line of the caption; the same stands under Why."""
    of = setup(again_of_ms=at(seen), changed=changed, direction=direction)
    caption = shown(visible(signal_caption(trade(signal(of)), VOICE))).splitlines()
    told = shown(visible(why(trade(signal(of)), VOICE))).splitlines()
    line = next((line for line in caption if line.startswith("Again")), None)
    assert line in told
    return line


def test_a_setup_proposed_again_says_what_is_new_and_what_is_gone() -> None:
    assert again_line("+sweep:swing", "-zone_held:FVG") == (
        "Again: last seen 12:30 UTC, since then + sweep, − held gap"
    )


def test_what_was_said_on_another_day_names_the_day() -> None:
    assert again_line("+ote", seen="2024-04-02 23:45") == "Again: last seen 2 Apr 23:45 UTC, since then + OTE pullback"


def test_a_new_setup_says_nothing_of_before() -> None:
    assert "Again:" not in signal_caption(trade(), VOICE) + why(trade(), VOICE)


@pytest.mark.parametrize(
    ("change", "noun"),
    [
        ("+structure:MSS", "+ MSS"),
        ("-trend:CHoCH", "− trend CHoCH"),
        ("+sweep:Asia", "+ Asia low sweep"),
        ("+against.no_sweep:day", "+ resting previous day low stops"),
        ("-against.opposing_zone:IFVG", "− inverted gap overhead"),
        ("+zone_stacked:SD", "+ second demand zone"),
        ("+kill_zone:London", "+ London kill zone"),
        ("+value:vwap", "+ below VWAP"),
        ("-stretched:rsi", "− oversold RSI"),
        ("+against.exhausted", "+ overbought RSI"),
        ("-against.level_ahead", "− resistance ahead"),
        ("+regime:quiet", "+ quiet market"),
        ("+pattern:pin bar", "+ bullish pin bar"),
    ],
)
def test_a_change_is_told_in_two_words_or_three(change: str, noun: str) -> None:
    assert again_line(change) == f"Again: last seen 12:30 UTC, since then {noun}"


def test_three_changes_are_told_the_small_ones_last() -> None:
    assert again_line("+kill_zone:London", "+ote", "+inducement", "-pattern:doji", "-structure:MSS") == (
        "Again: last seen 12:30 UTC, since then + OTE pullback, + taken inducement, − MSS and 2 more"
    )


def test_a_change_that_reads_the_same_both_ways_is_none() -> None:
    assert again_line("+trend_half:discount", "-trend_half:premium") == "Again: last seen 12:30 UTC"


# Where the stop lies


@pytest.mark.parametrize(
    ("basis", "direction", "words"),
    [
        ("sweep", UP, "beyond the sweep at 2265.41"),
        ("leg", UP, "beyond the leg's low at 2265.41"),
        ("leg", DOWN, "beyond the leg's high at 2265.41"),
        ("FVG", UP, "beyond the gap at 2265.41"),
        ("IFVG", UP, "beyond the inverted gap at 2265.41"),
        ("OB", DOWN, "beyond the order block at 2265.41"),
        ("SD", UP, "beyond the demand zone at 2265.41"),
        ("SD", DOWN, "beyond the supply zone at 2265.41"),
    ],
)
def test_why_says_what_the_stop_lies_beyond(basis: str, direction: Direction, words: str) -> None:
    of = setup(stop_basis=basis, direction=direction)

    assert f"\nStop 2264.90, {words}\n" in shown(visible(why(trade(signal(of)), VOICE)))


def test_a_setup_from_before_its_proof_was_kept_says_nothing_of_it() -> None:
    assert "Stop" not in visible(why(trade(signal(setup(proof=0))), VOICE))


@BOTH
@pytest.mark.parametrize("code", ReasonCode)
def test_a_reason_without_prices_or_detail_is_still_a_sentence(code: ReasonCode, direction: Direction) -> None:
    """Stored by an earlier version, or by a later one."""
    found = reason(code, 9, direction=direction)
    of = setup(direction=direction, reasons=(found,))

    assert visible(why(trade(signal(of)), VOICE))
    assert visible(signal_caption(trade(signal(of)), VOICE))
