"""One reason in words: its code, prices and detail filled into the sentences of `reason_english.py`. Nothing here is
escaped yet.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.words.reason_english import ReasonEnglish
from bot.words.wording import Voice, signed, tidy
from engine.types import Direction, PatternKind, PoolKind, Reason, ReasonCode, Regime, Session, Setup

_MOST_CHANGES = 3
_MINOR = (  # changes that are told only where there is room
    ReasonCode.TREND_BREAK,
    ReasonCode.PATTERN,
    ReasonCode.VALUE,
    ReasonCode.STRETCHED,
    ReasonCode.KILL_ZONE,
    ReasonCode.ROUND_AHEAD,
)


def brief(reason: Reason, setup: Setup, voice: Voice) -> str:
    """For a caption, after the timeframe's name."""
    return _phrase(voice.reason_words.BRIEF, reason, setup, voice)


def tip(reason: Reason, setup: Setup, voice: Voice) -> str:
    """For a toast: the timeframe only where it is not the trade's own."""
    text = _phrase({**voice.reason_words.BRIEF, **voice.reason_words.TIPS}, reason, setup, voice)
    return text if reason.timeframe is setup.timeframe else f"{reason.timeframe} {text}"


def full(reason: Reason, setup: Setup, voice: Voice) -> str:
    """For Why, without its points."""
    return _phrase(voice.reason_words.FULL, reason, setup, voice)


def scored(reason: Reason, setup: Setup, voice: Voice, part: str) -> str:
    """A line of Why with its points: `Sweep of 2267.64, wick to 2265.41 +8`. `part` is the timeframe said above it."""
    text = full(reason, setup, voice)
    if reason.timeframe != part:
        text = f"{reason.timeframe} {text}"
    points = f" {signed(reason.points, 0)}" if reason.points else ""
    return f"{text[:1].upper()}{text[1:]}{points}"


def again(setup: Setup, voice: Voice) -> str | None:
    """`Again: last seen 12:30 UTC, since then + sweep`, in one line. None when the idea is new."""
    before = seen_before(setup, voice)
    return None if before is None else voice.reason_words.AGAIN.format(before=before)


def seen_before(setup: Setup, voice: Voice) -> str | None:
    """When the idea was last proposed, and what is different: `last seen 12:30 UTC, since then + sweep`."""
    if setup.again_of_ms is None:
        return None
    time = voice.clock_since(setup.again_of_ms, setup.known_ms)
    changes = _changes(setup, voice.reason_words)
    if not changes:
        return voice.reason_words.LAST_SEEN.format(time=time)
    told, hidden = voice.words.COMMA.join(changes[:_MOST_CHANGES]), len(changes) - _MOST_CHANGES
    if hidden > 0:
        told = voice.reason_words.MORE_CHANGES.format(changes=told, count=hidden)
    return voice.reason_words.SINCE_THEN.format(time=time, changes=told)


def _changes(setup: Setup, words: type[ReasonEnglish]) -> list[str]:
    """`+ sweep`, `− held gap`: what matters first. What is gone and new under one name is no change to a reader."""
    ordered = sorted(setup.changed, key=lambda change: _code(change) in _MINOR)
    nouns = [(change[:1] == "+", _noun(change, setup.direction, words)) for change in ordered]
    kept = [(is_new, noun) for is_new, noun in nouns if (not is_new, noun) not in nouns]
    return [(words.GAINED if is_new else words.LOST).format(noun=noun) for is_new, noun in dict.fromkeys(kept)]


def _noun(change: str, direction: Direction, words: type[ReasonEnglish]) -> str:
    """`+sweep:day` and `-against.no_sweep:swing`, as `Setup.changed` has them, → a few words."""
    code, detail = _code(change), tidy(change.partition(":")[2])
    if code not in list(ReasonCode):
        return tidy(code).replace("_", " ")
    return words.NOUNS[ReasonCode(code)].format(**_words(detail, direction, words))


def _code(change: str) -> str:
    return change[1:].partition(":")[0].removeprefix("against.")


def stop_basis(setup: Setup, voice: Voice) -> str | None:
    """What the stop lies beyond: `beyond the sweep at 2265.41`. None for setups of before that was kept."""
    if not setup.proof:
        return None
    up, name = setup.direction is Direction.UP, tidy(setup.stop_basis)
    if name == "leg":
        basis = voice.reason_words.LEGS[up]
    elif name == "sweep":
        basis = voice.reason_words.SWEPT
    else:
        basis = voice.reason_words.ZONE_BASIS.format(zone=zone_name(name, setup.direction, voice.reason_words))
    return voice.reason_words.BEYOND_PROOF.format(basis=basis, price=voice.price(setup.proof))


def pool_name(label: str, words: type[ReasonEnglish], *, is_high: bool) -> str:
    """What stands before a pool's level: `previous day low `, `Asia low `, or nothing for a plain swing."""
    kind = PoolKind.SESSION if label in list(Session) else label
    if kind not in list(PoolKind) or PoolKind(kind) not in words.POOLS:
        return ""
    return words.POOLS[PoolKind(kind)][is_high].format(name=words.SESSIONS.get(label, label))


def zone_name(name: str, direction: Direction, words: type[ReasonEnglish]) -> str:
    """`gap`, `breaker`, and for a base `demand zone` or `supply zone`. `direction` is the way price leaves it now."""
    return words.ZONES[name][direction is Direction.UP] if name in words.ZONES else name


def pattern_name(kind: str, direction: Direction | None, words: type[ReasonEnglish]) -> str:
    """`bullish engulfing`, `inside bar`."""
    if kind not in list(PatternKind):
        return kind
    return words.PATTERNS[PatternKind(kind)].format(tone=words.TONES[direction is Direction.UP])


def way(direction: Direction, words: type[ReasonEnglish]) -> str:
    return words.WAYS[direction is Direction.UP]


def _phrase(phrases: Mapping[ReasonCode, str], reason: Reason, setup: Setup, voice: Voice) -> str:
    """Fill in what a reason's code leaves open; see `ReasonCode` for what its prices are."""
    first, last = (reason.prices[0], reason.prices[-1]) if reason.prices else (0, 0)
    detail = tidy(reason.detail)
    values = {
        **_words(detail, setup.direction, voice.reason_words),
        "strength": _strength(reason, voice.reason_words),
        "level": voice.price(first),
        "extreme": voice.price(last),
        "range": voice.prices(min(first, last), max(first, last)),
        "when": f"{voice.day(reason.known_ms)} {voice.clock(reason.known_ms)}",
    }
    values["stretched"] = (
        voice.reason_words.STRETCHED[detail].format(**values) if detail in voice.reason_words.STRETCHED else detail
    )
    return phrases[reason.code].format(**values)


def _words(detail: str, direction: Direction, words: type[ReasonEnglish]) -> dict[str, str]:
    """All that hangs on a reason's detail and on the way of the trade."""
    up = int(direction is Direction.UP)
    return {
        "way": way(direction, words),
        "other_way": way(direction.opposite, words),
        "half": words.HALVES[up],
        "other_half": words.HALVES[1 - up],
        "quarter": words.QUARTERS[up],
        "side": words.SIDES[up],
        "beyond": words.BEYOND[up],
        "cheap": words.BEYOND[1 - up],
        "behind": words.BEHIND[up],
        "ahead": words.BEHIND[1 - up],
        "gone": words.GONE[up],
        "exhausted": words.GONE[1 - up],
        "zone": zone_name(detail, direction, words),
        "other_zone": zone_name(detail, direction.opposite, words),
        "pattern": pattern_name(detail, direction, words),
        "value": words.VALUES.get(detail, detail),
        "whole_value": words.WHOLE_VALUES.get(detail, detail),
        "stretch": words.STRETCHES[detail].format(gone=words.GONE[up]) if detail in words.STRETCHES else detail,
        # A buy follows a sweep of lows.
        "pool": pool_name(detail, words, is_high=direction is Direction.DOWN),
        "broken": detail or words.BREAK,
        "name": words.REGIMES[Regime(detail)] if detail in list(Regime) else words.SESSIONS.get(detail, detail),
    }


def _strength(reason: Reason, words: type[ReasonEnglish]) -> str:
    if reason.strength is None or reason.code not in words.STRENGTHS:
        return ""
    return words.STRENGTHS[reason.code].format(number=reason.strength)
