"""Why: which reasons are told where, in three lengths; `phrases.py` puts each into words."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bot.words.phrases import again, brief, full, scored, stop_basis, tip, way
from bot.words.wording import DOT, Html, Voice, bold, lines, number, say, tidy, utf16_length
from engine.events import SetupRejected
from engine.types import Reason, ReasonCode, Role, Setup, Timeframe, Trade

MOST_POINTS = {Role.TREND: 40, Role.SETUP: 35, Role.ENTRY: 25}
TOAST_LIMIT = 200  # UTF-16 units in a callback answer
_PHRASES_A_LINE = 3
# The story a caption tells, in its order; the rest stands under Why.
_STORY = (
    ReasonCode.TREND,
    ReasonCode.TREND_BREAK,
    ReasonCode.TREND_HALF,
    ReasonCode.REGIME,
    ReasonCode.RANGE_EDGE,
    ReasonCode.ZONE_HELD,
    ReasonCode.OTE,
    ReasonCode.INDUCEMENT,
    ReasonCode.SWEEP,
    ReasonCode.STRUCTURE,
    ReasonCode.ENTRY_ZONE,
    ReasonCode.PATTERN,
    ReasonCode.KEY_LEVEL,
)
_ASIDES = (ReasonCode.TREND_HALF, ReasonCode.REGIME)  # told only where they carry more than a quarter of their part
# What speaks against, the gravest first; round numbers are in the way of nearly every trade.
_GRAVEST = (
    ReasonCode.COUNTER_TREND,
    ReasonCode.OPPOSING_ZONE,
    ReasonCode.WRONG_HALF,
    ReasonCode.LEVEL_AHEAD,
    ReasonCode.NO_SWEEP,
    ReasonCode.NO_INDUCEMENT,
    ReasonCode.EXHAUSTED,
    ReasonCode.ROUND_AHEAD,
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
        timeframe, points = spoken[0].timeframe, setup.score_of(role)
        phrases = voice.words.COMMA.join(
            brief(reason, setup, voice)
            if reason.timeframe is timeframe
            else f"{reason.timeframe} {brief(reason, setup, voice)}"
            for reason in spoken
        )
        text = say(
            voice.words.SCORED,
            timeframe=timeframe,
            phrases=phrases,
            points=points,
            most=most,
        )
        found.append(RoleLine(points, text))
    return found


def against_items(setup: Setup, voice: Voice) -> list[str]:
    """What speaks against, the gravest first, each with its timeframe. Not escaped yet."""
    return [f"{reason.timeframe} {brief(reason, setup, voice)}" for reason in _gravest(setup)]


def score_parts(setup: Setup, voice: Voice) -> list[ScorePart]:
    """Every reason with its points, one part for each timeframe; a part without a point says so."""
    parts = []
    for role, most in MOST_POINTS.items():
        reasons = _of(setup, role)
        name, timeframe, points = voice.reason_words.ROLES[role], _timeframe(reasons), setup.score_of(role)
        if timeframe is None:
            head = voice.words.WHY_NO_TIMEFRAME.format(role=name.capitalize(), points=points, most=most)
        else:
            head = voice.words.WHY_ROLE.format(timeframe=timeframe, role=name, points=points, most=most)
        parts.append(ScorePart(head, tuple(scored(reason, setup, voice, timeframe or "") for reason in reasons)))
    return parts


def against_part(setup: Setup, voice: Voice) -> ScorePart:
    """All that speaks against, in full; a setup with nothing against it says so."""
    items = [f"{reason.timeframe} {full(reason, setup, voice)}" for reason in _of(setup, Role.AGAINST)]
    return ScorePart(voice.reason_words.ROLES[Role.AGAINST], tuple(items or [voice.words.NOTHING_AGAINST.capitalize()]))


def refusals(event: SetupRejected, voice: Voice) -> list[str]:
    """What the gate refused it for, each with its numbers. Not escaped yet."""
    return [_refusal(code, limit, event.setup, voice) for code, limit in _refusals(event)]


def why_toast(trade: Trade, voice: Voice) -> str:
    """Plain text for a callback answer, at most 200 units: as many of the reasons as there is room for."""
    setup = trade.signal.setup
    told = [(reason.points, tip(reason, setup, voice)) for role in MOST_POINTS for reason in _spoken(setup, role)]
    items = [tip(reason, setup, voice) for reason in _gravest(setup)] or [voice.words.NOTHING_AGAINST]
    while True:
        against = voice.words.WHY_TIP_AGAINST.format(items=voice.words.COMMA.join(items))
        text = voice.directed_plain(DOT.join([*(words for _, words in told), against]))
        if utf16_length(text) <= TOAST_LIMIT or len(told) + len(items) <= 2:
            return text
        if len(items) > 1:
            items.pop()
        else:
            told.remove(min(told, key=lambda each: each[0]))


def why(trade: Trade, voice: Voice) -> Html:
    """Every reason with its points, for /why."""
    setup = trade.signal.setup
    head = say(
        voice.words.WHY,
        number=number(trade.id),
        order=setup.direction.order,
        symbol=tidy(setup.symbol),
        score=setup.score,
    )
    bet = voice.words.WHY_BET.format(strategy=voice.reason_words.STRATEGIES[setup.strategy], kind=tidy(setup.kind))
    basis = stop_basis(setup, voice)
    stop = None if basis is None else voice.words.WHY_STOP.format(price=voice.price(setup.stop), basis=basis)
    parts = [*score_parts(setup, voice), against_part(setup, voice)]
    text = "\n\n".join(
        [
            lines(head, bet, stop, again(setup, voice)),
            *(lines(bold(part.head), *part.reasons) for part in parts),
        ]
    )
    return voice.directed(Html(text))


def why_refused(event: SetupRejected, voice: Voice) -> Html:
    """Why a setup did not become a signal, with the numbers behind each refusal."""
    setup = event.setup
    head = say(
        voice.words.NO_SIGNAL,
        order=setup.direction.order,
        symbol=tidy(setup.symbol),
        strategy=voice.reason_words.STRATEGIES[setup.strategy].lower(),
        time=voice.clock(setup.known_ms),
        score=setup.score,
    )
    return voice.directed(lines(head, *refusals(event, voice)))


def refusal_name(code: str, needed: str, voice: Voice) -> str:
    """A refusal in a few words, to be counted: `score under 80`. Not escaped yet."""
    sentence = voice.words.REFUSED_BRIEF.get(code, "{code}")
    return sentence.format(code=tidy(code).replace("_", " "), needed=tidy(needed))


def _refusals(event: SetupRejected) -> list[tuple[str, tuple[str, str]]]:
    limits = [*event.limits, *[("", "")] * len(event.refusals)]
    return list(zip(event.refusals, limits, strict=False))


def _refusal(code: str, limit: tuple[str, str], setup: Setup, voice: Voice) -> str:
    found, needed = map(tidy, limit)
    if code == "score":
        return voice.words.SCORE_UNDER.format(needed=needed, weakest=_weakest(setup, voice))
    sentence = voice.words.REFUSED.get(code, "{code}")
    return sentence.format(code=tidy(code).replace("_", " "), found=found, needed=needed)


def _weakest(setup: Setup, voice: Voice) -> str:
    """The part of the score that missed most points."""
    role = max(MOST_POINTS, key=lambda part: MOST_POINTS[part] - setup.score_of(part))
    points, most = setup.score_of(role), MOST_POINTS[role]
    counter = [reason for reason in _of(setup, Role.AGAINST) if reason.code is ReasonCode.COUNTER_TREND]
    if role is Role.TREND and counter:
        against = way(setup.direction.opposite, voice.reason_words)
        return voice.words.WEAK_TREND.format(timeframe=counter[0].timeframe, way=against, points=points, most=most)
    return voice.words.WEAK_ROLE.format(role=voice.reason_words.ROLES[role].capitalize(), points=points, most=most)


def _spoken(setup: Setup, role: Role) -> list[Reason]:
    """What a caption says of this role: its best reasons that belong to the story, else its best reason."""
    scoring = [reason for reason in _of(setup, role) if reason.points > 0]
    story = [reason for reason in scoring if reason.code in _STORY and not _is_aside(reason, scoring)]
    best = sorted(story, key=lambda reason: -reason.points)[:_PHRASES_A_LINE]
    if not best:
        return sorted(scoring, key=lambda reason: -reason.points)[:1]
    telling = [reason for reason in best if 4 * reason.points > best[0].points]  # the rest would only make it longer
    return sorted(telling, key=lambda reason: _STORY.index(reason.code))


def _is_aside(reason: Reason, among: Sequence[Reason]) -> bool:
    """Not worth a reader's first look: of little weight, or said already, since the trend names its last break."""
    if reason.code in _ASIDES:
        return 4 * reason.points <= MOST_POINTS.get(reason.role, 0)
    return reason.code is ReasonCode.TREND_BREAK and any(
        other.code is ReasonCode.TREND and other.prices == reason.prices for other in among
    )


def _timeframe(reasons: Sequence[Reason]) -> Timeframe | None:
    """Whose part of the score this is. The regime is read from another timeframe and says so itself."""
    return next((reason.timeframe for reason in reasons if reason.code is not ReasonCode.REGIME), None)


def _gravest(setup: Setup) -> list[Reason]:
    ranks = {code: rank for rank, code in enumerate(_GRAVEST)}
    return sorted(_of(setup, Role.AGAINST), key=lambda reason: ranks.get(reason.code, 0))


def _of(setup: Setup, role: Role) -> list[Reason]:
    return [reason for reason in setup.reasons if reason.role is role]
