"""Is the record what it was? Pure: entries, heads and the bot's own tables in, findings out.

Without a head only consistency can be proven: whoever owns the database could have made another consistent one. A
head that was published in a channel, where the owner cannot change what subscribers have read, fixes every entry up
to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from bot.record.entries import figures
from bot.words.captions import order_block
from bot.words.wording import escape
from storage.check_record import entry_hash
from storage.ledger import FIRST_HASH, SHOWN_DIGITS, Entry, EntryKind


class Finding(msgspec.Struct, frozen=True):
    """Something that is not as it should be. `n` is the entry it was found at, None where there is none."""

    n: int | None
    what: str


class Promise(msgspec.Struct, frozen=True):
    """A head as a subscriber read it: the count, and the first digits of the hash."""

    count: int
    start: str


class Known(msgspec.Struct, frozen=True):
    """What the bot's other tables say, by signal id: their own copy of what the record tells.

    `steps` is the result of an ended trade (None while it lives), `texts` the words its messages show now. `heads` are
    those that the reports show which were sent: whoever changes the record and no more is found between two of them.
    """

    steps: Mapping[str, int | None]
    texts: Mapping[str, Sequence[str]]
    heads: Sequence[Promise] = ()


def read_promise(text: str) -> Promise:
    """`128:3f2a…`, as a report shows it. ValueError says what would do."""
    count, colon, start = text.strip().lower().partition(":")
    is_hex = len(start) <= 64 and all(digit in "0123456789abcdef" for digit in start)
    if not (colon and count.isdecimal() and is_hex and len(start) >= SHOWN_DIGITS):
        raise ValueError(
            f"{text!r} is not a head; give it as the daily report shows it, a count, a colon and {SHOWN_DIGITS} digits"
        )
    return Promise(int(count), start)


def verify(found: Sequence[Entry], promises: Sequence[Promise], known: Known | None = None) -> list[Finding]:
    """Everything that is wrong, in the order of the entries. Empty: the record holds."""
    broken = list(_chain(found))
    findings = broken + list(_promised(found, promises))
    findings += _story(found)
    if known is not None:
        findings += _promised(found, known.heads, "what the reports show that were sent")
        findings += _beside(found, known)
    return sorted(findings, key=lambda finding: (finding.n is None, finding.n or 0))


def _chain(found: Sequence[Entry]) -> Iterator[Finding]:
    """Numbers without a gap, each entry after the one before, each hash that of its content."""
    previous = FIRST_HASH
    for number, entry in enumerate(found, 1):
        if entry.n != number:
            yield Finding(number, f"entry {number} is missing: {entry.n} stands in its place")
            return  # all that follows is out of place, and would only say so again
        if entry.previous != previous:
            yield Finding(number, f"entry {number} does not follow entry {number - 1}: one of them was exchanged")
        if _hash(entry) != entry.hash:
            yield Finding(number, f"entry {number} ({entry.kind}) was changed after it was written")
        previous = entry.hash


def _promised(
    found: Sequence[Entry], promises: Sequence[Promise], what: str = "what was published"
) -> Iterator[Finding]:
    """Where a chain that was made anew leaves the one of the promises, as closely as they can say."""
    hashes = _recomputed(found)
    held = 0
    for promise in sorted(promises, key=lambda each: each.count):
        if promise.count >= len(hashes):
            yield Finding(
                len(hashes),
                f"a report named entry {promise.count}; the record ends at {len(hashes) - 1}: it was cut short",
            )
        elif hashes[promise.count].startswith(promise.start):
            held = promise.count
            continue
        else:
            elsewhere = next((n for n, hash_ in enumerate(hashes) if hash_.startswith(promise.start)), None)
            moved = "" if elsewhere is None else f"; what was published stands at entry {elsewhere} now"
            yield Finding(held + 1, f"between entries {held + 1} and {promise.count} the record is not {what}{moved}")
        return


def _recomputed(found: Sequence[Entry]) -> list[str]:
    """The hashes the contents lead to, whatever hashes are written beside them."""
    hashes = [FIRST_HASH]
    for entry in found:
        hashes.append(_hash(msgspec.structs.replace(entry, previous=hashes[-1])))
    return hashes


def _hash(entry: Entry) -> str:
    return entry_hash(msgspec.structs.asdict(entry))


def _story(found: Sequence[Entry]) -> Iterator[Finding]:
    """Each signal issued once, published with its own words, ended at most once; reports that follow from it."""
    issued: dict[str, Entry] = {}
    closed: dict[str, Entry] = {}
    published = _places(found)
    for entry in found:
        try:
            yield from list(_told(entry, issued, closed))
            if entry.kind == EntryKind.REPORTED:
                yield from list(_hidden(entry, published))
        except (
            AttributeError,
            IndexError,
            KeyError,
            TypeError,
            ZeroDivisionError,
        ):  # whoever wrote it, it was not this program
            yield Finding(entry.n, f"entry {entry.n} ({entry.kind}) lacks what such an entry holds")


def _told(entry: Entry, issued: dict[str, Entry], closed: dict[str, Entry]) -> Iterator[Finding]:
    """What is wrong with one entry, after those before it; notes what it tells."""
    match entry.kind:
        case EntryKind.ISSUED:
            name = entry.body["id"]
            if name in issued:
                yield Finding(entry.n, f"{name} was issued twice")
            issued[name] = entry
        case EntryKind.PUBLISHED:
            yield from _published(entry, issued.get(entry.body["id"]))
        case EntryKind.CLOSED:
            name = entry.body["id"]
            if name not in issued or name in closed:
                yield Finding(entry.n, f"{name} ended {'twice' if name in closed else 'without being issued'}")
            yield from _adds_up(entry)
            closed[name] = entry
        case EntryKind.REPORTED:
            yield from _reported(entry, closed)
        case _:
            yield Finding(entry.n, f"entry {entry.n} is of an unknown kind, {entry.kind!r}")


def _published(entry: Entry, issued: Entry | None) -> Iterator[Finding]:
    name = entry.body["id"]
    if issued is None:
        yield Finding(entry.n, f"{name} was published without being issued")
    elif _block(issued) not in entry.body["text"]:
        yield Finding(entry.n, f"{name} was published with another order than was decided")


def _block(issued: Entry) -> str:
    """The order as it stands in every message of the signal."""
    body = issued.body
    return escape(order_block(body["order"], body["symbol"], body["entry"], body["stop"], body["targets"]))


def _adds_up(entry: Entry) -> Iterator[Finding]:
    """The result is the sum of the parts."""
    steps = sum(fill["ticks"] * fill["lot_steps"] for fill in entry.body["fills"])
    if steps != entry.body["steps"]:
        yield Finding(entry.n, f"{entry.body['id']}: its parts make {steps} ticks × lot steps, it says otherwise")


def _reported(entry: Entry, closed: Mapping[str, Entry]) -> Iterator[Finding]:
    """What a report told follows from the trades that ended in its period, and were known when it went out."""
    body = entry.body
    inside = [
        other.body
        for other in closed.values()
        if other.body["symbol"] in body["symbols"]
        and body["from_ms"] <= other.time_ms < body["to_ms"]
        and other.body["opened_ms"] is not None
        and other.body["id"] not in body.get("left_out", ())
    ]
    expected = figures([(each["steps"], each["lot_steps"], each["risk_ticks"]) for each in inside])
    wrong = [name for name, value in expected.items() if body.get(name) != value]
    if wrong:
        told = ", ".join(f"{name} {body.get(name)} instead of {expected[name]}" for name in wrong)
        yield Finding(entry.n, f"the report of {body['name']} for {body['channel']} says {told}")


def _places(found: Sequence[Entry]) -> set[tuple[str, str]]:
    """(signal, channel) of all that was published, also later than a report that leaves it out."""
    bodies = [entry.body for entry in found if entry.kind == EntryKind.PUBLISHED and isinstance(entry.body, dict)]
    return {(str(body.get("id")), str(body.get("channel", body.get("chat")))) for body in bodies}


def _hidden(entry: Entry, published: set[tuple[str, str]]) -> Iterator[Finding]:
    """A report may leave out only what its channel was never told."""
    body = entry.body
    for name in body.get("left_out", ()):
        if (name, body["channel"]) in published:
            yield Finding(
                entry.n,
                f"the report of {body['name']} for {body['channel']} leaves out {name}, which was published there",
            )


def _beside(found: Sequence[Entry], known: Known) -> Iterator[Finding]:
    """The bot's other tables tell the same story, and every signal that ended there has its outcome here."""
    issued, closed = by_signal(found, EntryKind.ISSUED), by_signal(found, EntryKind.CLOSED)
    for name, steps in known.steps.items():
        first, last = issued.get(name), closed.get(name)
        if first is None:
            yield Finding(None, f"{name} is among the signals and not in the record")
        elif steps is None and last is not None:
            yield Finding(last.n, f"{name} ended in the record and is alive among the trades")
        elif steps is not None and last is None:
            yield Finding(first.n, f"{name} has ended, and the record has no outcome")
        elif last is not None and last.body.get("steps") != steps:
            yield Finding(last.n, f"{name} made {steps} ticks × lot steps among the trades, not what the record says")
        for text in known.texts.get(name, ()) if first is not None else ():
            if first is not None and not _shows(first, text):
                yield Finding(first.n, f"{name}: the message in the channel shows another order than was issued")
    for name, entry in issued.items():
        if name not in known.steps:
            yield Finding(entry.n, f"{name} is in the record and not among the signals")


def _shows(issued: Entry, text: str) -> bool:
    try:
        return _block(issued) in text
    except (KeyError, TypeError, IndexError):  # said already: the entry lacks what it should hold
        return True


def by_signal(found: Sequence[Entry], kind: EntryKind) -> dict[str, Entry]:
    """Entries of one kind by the signal they tell of; those that name none are left out."""
    readable = (entry for entry in found if entry.kind == kind and isinstance(entry.body, dict))
    return {entry.body["id"]: entry for entry in readable if isinstance(entry.body.get("id"), str)}
