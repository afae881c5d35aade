"""Why: reasons are codes and prices in the engine, and become sentences here, in three lengths."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bot.words import english
from bot.words.wording import DOT, Html, Voice, bold, lines, number, say, signed, tidy, utf16_length
from engine.events import SetupRejected
from engine.types import Direction, PoolKind, Reason, ReasonCode, Role, Session, Setup, Trade

MOST_POINTS = {Role.TREND: 40, Role.SETUP: 35, Role.ENTRY: 25}
TOAST_LIMIT = 200  # UTF-16 units in a callback answer
_PHRASES_A_LINE = 3
# The story a caption tells, in its order; the rest stands under Why.
_STORY = (
    ReasonCode.TREND,
    ReasonCode.TREND_BREAK,
    ReasonCode.ZONE_HELD,
    ReasonCode.SWEEP,
    ReasonCode.STRUCTURE,
    ReasonCode.ENTRY_ZONE,
)


class RoleLine(msgspec.Struct, frozen=True):
    """One line of the caption's quote: a part of the score, what it rests on, its points."""

    points: int
    text: Html


class ScorePart(msgspec.Struct, frozen=True):
    """A part of the score in full: `H4 trend 34/40`, and each reason under it. Not escaped yet."""

    head: str
    reasons: tuple[str, ...]


def role_lines(setup: Setup, voice: Voice) -> list[RoleLine]:
    """`H1 gap 2266.64–2271.01 held · 29/35`, one line for each part of the score that has points."""
    found = []
    for role, most in MOST_POINTS.items():
        spoken = _spoken(setup, role)
        if not spoken:
            continue
        phrases = ", ".join(_brief(reason, setup, voice) for reason in spoken)
        points = setup.score_of(role)
        text = say(
            "{timeframe} {phrases} · {points}/{most}",
            timeframe=spoken[0].timeframe,
            phrases=phrases,
            points=points,
            most=most,
        )
        found.append(RoleLine(points, text))
    return found


def against_items(setup: Setup, voice: Voice) -> list[str]:
    """What speaks against, each with its timeframe. Not escaped yet."""
    return [f"{reason.timeframe} {_brief(reason, setup, voice)}" for reason in _of(setup, Role.AGAINST)]


def score_parts(setup: Setup, voice: Voice) -> list[ScorePart]:
    """Every reason with its points, one part for each timeframe; a part without a point says so."""
    parts = []
    for role, most in MOST_POINTS.items():
        reasons = _of(setup, role)
        name = english.ROLES[role]
        if not reasons:
            parts.append(ScorePart(english.WHY_NO_ROLE.format(role=name.capitalize(), most=most), ()))
            continue
        head = english.WHY_ROLE.format(
            timeframe=reasons[0].timeframe, role=name, points=setup.score_of(role), most=most
        )
        parts.append(ScorePart(head, tuple(_full(reason, setup, voice) for reason in reasons)))
    return parts


def against_part(setup: Setup, voice: Voice) -> ScorePart:
    """All that speaks against, in full; a setup with nothing against it says so."""
    items = [f"{reason.timeframe} {_phrase(english.FULL, reason, setup, voice)}" for reason in _of(setup, Role.AGAINST)]
    return ScorePart(english.ROLES[Role.AGAINST], tuple(items or [english.NOTHING_AGAINST.capitalize()]))


def refusals(event: SetupRejected) -> list[str]:
    """What the gate refused it for, each with its numbers. Not escaped yet."""
    return [_refusal(code, limit, event.setup) for code, limit in _refusals(event)]


def why_toast(trade: Trade, voice: Voice) -> str:
    """Plain text for a callback answer, at most 200 units: as many of the reasons as there is room for."""
    setup = trade.signal.setup
    told = [_tip(reason, setup, voice) for role in MOST_POINTS for reason in _spoken(setup, role)]
    items = [_tip(reason, setup, voice) for reason in _of(setup, Role.AGAINST)] or [english.NOTHING_AGAINST]
    while True:
        text = DOT.join([*told, english.WHY_TIP_AGAINST.format(items=", ".join(items))])
        if utf16_length(text) <= TOAST_LIMIT or len(told) + len(items) <= 2:
            return text
        (items if len(items) > 1 else told).pop()


def why(trade: Trade, voice: Voice) -> Html:
    """Every reason with its points, for /why."""
    setup = trade.signal.setup
    head = say(
        english.WHY,
        number=number(trade.id),
        order=setup.direction.order,
        symbol=tidy(setup.symbol),
        score=setup.score,
    )
    parts = [*score_parts(setup, voice), against_part(setup, voice)]
    return Html("\n\n".join([head, *(lines(bold(part.head), *part.reasons) for part in parts)]))


def why_refused(event: SetupRejected, voice: Voice) -> Html:
    """Why a setup did not become a signal, with the numbers behind each refusal."""
    setup = event.setup
    head = say(
        english.NO_SIGNAL,
        order=setup.direction.order,
        symbol=tidy(setup.symbol),
        time=voice.clock(setup.known_ms),
        score=setup.score,
    )
    return lines(head, *refusals(event))


def refusal_name(code: str, needed: str) -> str:
    """A refusal in a few words, to be counted: `score under 80`. Not escaped yet."""
    sentence = english.REFUSED_BRIEF.get(code, "{code}")
    return sentence.format(code=tidy(code).replace("_", " "), needed=tidy(needed))


def _refusals(event: SetupRejected) -> list[tuple[str, tuple[str, str]]]:
    limits = [*event.limits, *[("", "")] * len(event.refusals)]
    return list(zip(event.refusals, limits, strict=False))


def _refusal(code: str, limit: tuple[str, str], setup: Setup) -> str:
    found, needed = map(tidy, limit)
    if code == "score":
        return english.SCORE_UNDER.format(needed=needed, weakest=_weakest(setup))
    sentence = english.REFUSED.get(code, "{code}")
    return sentence.format(code=tidy(code).replace("_", " "), found=found, needed=needed)


def _weakest(setup: Setup) -> str:
    """The part of the score that missed most points."""
    role = max(MOST_POINTS, key=lambda part: MOST_POINTS[part] - setup.score_of(part))
    points, most = setup.score_of(role), MOST_POINTS[role]
    counter = [reason for reason in _of(setup, Role.AGAINST) if reason.code is ReasonCode.COUNTER_TREND]
    if role is Role.TREND and counter:
        way = _way(setup.direction.opposite)
        return english.WEAK_TREND.format(timeframe=counter[0].timeframe, way=way, points=points, most=most)
    return english.WEAK_ROLE.format(role=english.ROLES[role].capitalize(), points=points, most=most)


def _full(reason: Reason, setup: Setup, voice: Voice) -> str:
    text = _phrase(english.FULL, reason, setup, voice)
    points = f" {signed(reason.points, 0)}" if reason.points else ""
    return f"{text[:1].upper()}{text[1:]}{points}"


def _tip(reason: Reason, setup: Setup, voice: Voice) -> str:
    """A reason for a toast: the timeframe only where it is not the trade's own."""
    phrases = english.BRIEF | english.TIPS
    text = _phrase(phrases, reason, setup, voice)
    return text if reason.timeframe is setup.timeframe else f"{reason.timeframe} {text}"


def _brief(reason: Reason, setup: Setup, voice: Voice) -> str:
    return _phrase(english.BRIEF, reason, setup, voice)


def _spoken(setup: Setup, role: Role) -> list[Reason]:
    """What a caption says of this role: its best reasons that belong to the story, else its best reason."""
    scoring = [reason for reason in _of(setup, role) if reason.points > 0]
    story = [reason for reason in scoring if reason.code in _STORY and not _is_repeated(reason, scoring)]
    best = sorted(story, key=lambda reason: -reason.points)[:_PHRASES_A_LINE]
    if not best:
        return sorted(scoring, key=lambda reason: -reason.points)[:1]
    return sorted(best, key=lambda reason: _STORY.index(reason.code))


def _is_repeated(reason: Reason, among: Sequence[Reason]) -> bool:
    """The trend already names its last break."""
    return reason.code is ReasonCode.TREND_BREAK and any(
        other.code is ReasonCode.TREND and other.prices == reason.prices for other in among
    )


def _of(setup: Setup, role: Role) -> list[Reason]:
    return [reason for reason in setup.reasons if reason.role is role]


def _phrase(phrases: dict[ReasonCode, str], reason: Reason, setup: Setup, voice: Voice) -> str:
    """Fill in what a reason's code leaves open; see `ReasonCode` for what its prices are. Not escaped yet."""
    first, last = (reason.prices[0], reason.prices[-1]) if reason.prices else (0, 0)
    detail, up = tidy(reason.detail), int(setup.direction is Direction.UP)
    return phrases[reason.code].format(
        way=_way(setup.direction),
        other_way=_way(setup.direction.opposite),
        half=english.HALVES[up],
        other_half=english.HALVES[1 - up],
        side=english.SIDES[up],
        zone=english.ZONES.get(detail, detail),
        # A buy follows a sweep of lows.
        pool=pool_name(detail, is_high=setup.direction is Direction.DOWN),
        broken=detail or english.BREAK,
        name=detail,
        strength="" if reason.strength is None else english.STRENGTH.format(strength=reason.strength),
        level=voice.price(first),
        extreme=voice.price(last),
        range=voice.prices(min(first, last), max(first, last)),
        ratio=_times(first, last),
        when=f"{voice.day(reason.known_ms)} {voice.clock(reason.known_ms)}",
    )


def _way(direction: Direction) -> str:
    return english.WAYS[direction is Direction.UP]


def pool_name(label: str, *, is_high: bool) -> str:
    """What stands before a pool's level: `previous day low `, `Asia low `, or nothing for a plain swing."""
    kind = PoolKind.SESSION if label in list(Session) else label
    if kind not in list(PoolKind) or PoolKind(kind) not in english.POOLS:
        return ""
    return english.POOLS[PoolKind(kind)][is_high].format(name=label)


def _times(body: int, atr: int) -> str:
    return f"{body / atr:.1f} ×" if atr else str(body)
