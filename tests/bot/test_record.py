"""The record: what is written, and that nobody edits it quietly."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.record.entries import Reported, closed_news, figures, issued_news, record_published, record_report
from bot.record.prices import against_prices
from bot.record.verify import Finding, Known, read_promise, verify
from bot.words.wording import Market
from engine.types import CloseReason, Trade
from storage import ledger
from storage.check_record import entry_hash
from storage.database import reading, transaction
from storage.ledger import Entry, EntryKind, News, append, append_once, end_of, entries, exported
from tests.bot.delivery import CHANNEL
from tests.builders import GOLD, at, candle, closed, ended, gold, opened, secured, signal
from tests.databases import fresh_database

pytestmark = pytest.mark.both_databases

CHECKER = Path(__file__).parents[2] / "storage" / "check_record.py"
BLOCK = "<pre>BUY XAUUSD\nEntry 2274.10\nSL 2264.90\nTP1 2287.90\nTP2 2297.10</pre>\nand so on"


def story() -> list[Trade]:
    """A stop, a full win, one that never opened, and one that still lives."""
    return [
        closed(opened(signal(id="XAU_20240403_001"))),
        closed(secured(signal(id="XAU_20240403_002")), gold("2297.10"), CloseReason.TARGET),
        ended(CloseReason.EXPIRED, signal(id="XAU_20240403_003")),
        opened(signal(id="XAU_20240403_004")),
    ]


async def write(conn, trades: Sequence[Trade]) -> None:
    """As the service does: issued and published, ended, and the day's report."""
    for number, trade in enumerate(trades, 1):
        await append_once(conn, [issued_news(trade, GOLD, Market.LIVE, trade.signal.issued_ms)])
        await record_published(conn, trade.id, CHANNEL, 100 + number, BLOCK, trade.signal.issued_ms + 800)
    done = [trade for trade in trades if trade.closed_ms is not None]
    for trade in done:
        end = closed_news(trade, GOLD, Decimal("-92.0"), Decimal("-92.00"), trade.closed_ms)
        await append_once(conn, [end])
    period = Reported("2024-04-03", str(CHANNEL), ("XAUUSD",), at("2024-04-02 21:00"), at("2024-04-03 21:00"))
    await record_report(conn, period, [trade for trade in done if trade.opened_ms is not None], period.to_ms)


@pytest.fixture
async def database(tmp_path: Path):
    engine = await fresh_database(tmp_path / "assay.db")
    yield engine
    await engine.dispose()


@pytest.fixture
async def record(database: AsyncEngine) -> list[Entry]:
    async with transaction(database) as conn:
        await write(conn, story())
    async with reading(database) as conn:
        return await entries(conn)


def whats(findings: Sequence[Finding]) -> list[str]:
    return [finding.what for finding in findings]


def known(trades: Sequence[Trade]) -> Known:
    steps = {trade.id: trade.total_steps if trade.is_done else None for trade in trades}
    return Known(steps, {trade.id: [BLOCK] for trade in trades})


def rehashed(found: Sequence[Entry]) -> list[Entry]:
    """What a careful forger does: number and hash everything anew."""
    made: list[Entry] = []
    for number, entry in enumerate(found, 1):
        previous = made[-1].hash if made else ledger.FIRST_HASH
        entry = msgspec.structs.replace(entry, n=number, previous=previous)
        made.append(msgspec.structs.replace(entry, hash=entry_hash(msgspec.structs.asdict(entry))))
    return made


def bettered(found: Sequence[Entry], number: int) -> list[Entry]:
    """Entry `number` with another body: a loss becomes none."""
    changed = list(found)
    body = changed[number - 1].body | {"steps": 0, "fills": []}
    changed[number - 1] = msgspec.structs.replace(changed[number - 1], body=body)
    return changed


# Writing


async def test_the_record_of_an_honest_day_holds(record):
    head = end_of(record)

    assert [entry.kind for entry in record] == ["issued", "published"] * 4 + ["closed"] * 3 + ["reported"]
    assert verify(record, [read_promise(str(head))], known(story())) == []


async def test_a_report_tells_what_a_hand_makes_of_the_trades(record):
    report = record[-1].body

    # −1R, and half at 1.5R with half at 2.5R: 2R
    assert {name: report[name] for name in ("won", "lost", "even", "r")} == {
        "won": 1,
        "lost": 1,
        "even": 0,
        "r": "1.00",
    }


async def test_an_entry_is_hashed_as_anybody_can_repeat(database):
    async with transaction(database) as conn:
        head = await append(conn, News(EntryKind.REPORTED, 7, {"name": "Zoë <&>", "n": 1}))

    # printf '%s' '{"body":{"n":1,"name":"Zoë <&>"},"kind":"reported","n":1,"previous":"000…0","time_ms":7}' | sha256sum
    assert head.hash == "1ca21badc54312e9922c9bd3cefd5d4cab6d42454a235bf190b1c004837af6c3"


async def test_a_float_never_enters_the_record(database):
    async with transaction(database) as conn:
        with pytest.raises(ValueError, match="float"):
            await append(conn, News(EntryKind.CLOSED, 1, {"id": "a", "deep": [{"r": 1.5}]}))

    async with reading(database) as conn:
        assert await entries(conn) == []


async def test_what_happens_once_is_written_once(database):
    async with transaction(database) as conn:
        for _ in range(2):
            await write(conn, story()[:1])

    async with reading(database) as conn:
        kinds = [entry.kind for entry in await entries(conn)]
    assert (kinds.count("issued"), kinds.count("closed")) == (1, 1)


@given(st.lists(st.tuples(st.integers(-5000, 5000), st.integers(1, 50), st.integers(1, 2000)), max_size=8))
def test_r_is_rounded_once_and_from_the_exact_sum(results):
    total = sum((Decimal(steps) / (lots * risk) for steps, lots, risk in results), Decimal(0))

    assert abs(Decimal(str(figures(results)["r"])) - total) <= Decimal("0.005000001")


# Tampering that was not thought through: found at the very entry


def test_an_edited_entry_is_named(record):
    assert "entry 9 (closed) was changed after it was written" in whats(verify(bettered(record, 9), []))


def test_a_deleted_entry_is_named(record):
    assert "entry 9 is missing: 10 stands in its place" in whats(verify([*record[:8], *record[9:]], []))


def test_exchanged_entries_are_named(record):
    swapped = [*record[:8], record[9], record[8], *record[10:]]

    assert "entry 9 is missing: 10 stands in its place" in whats(verify(swapped, []))


def test_entries_that_keep_their_numbers_and_change_their_contents_are_named(record):
    first, second = record[8], record[9]
    swapped = [
        *record[:8],
        msgspec.structs.replace(second, n=9),
        msgspec.structs.replace(first, n=10),
        *record[10:],
    ]

    assert "entry 9 does not follow entry 8: one of them was exchanged" in whats(verify(swapped, []))


# Tampering by somebody who makes all hashes anew: only a published head can tell


@pytest.mark.parametrize(
    ("forge", "said"),
    [
        (lambda r: bettered(r, 9), "between entries 1 and 12 the record is not what was published"),
        (
            lambda r: [*r[:8], *r[9:]],
            "a report named entry 12; the record ends at 11: it was cut short",
        ),
        (lambda r: [*r[:8], r[9], r[8], *r[10:]], "between entries 1 and 12 the record is not what was published"),
        (lambda r: r[:-1], "a report named entry 12; the record ends at 11: it was cut short"),
        (lambda r: [r[0], r[0], *r[1:]], "between entries 1 and 12 the record is not what was published"),
    ],
    ids=["edited", "deleted", "reordered", "cut short", "padded"],
)
def test_a_published_head_convicts_a_forger_who_hashes_everything_anew(
    record, forge: Callable[[list[Entry]], list[Entry]], said: str
):
    promise = read_promise(str(end_of(record)))
    forged = rehashed(forge(record))

    assert said in whats(verify(forged, [promise]))
    assert not any("changed after it was written" in what for what in whats(verify(forged, [])))


def test_several_heads_say_between_which_reports_it_happened(record):
    promises = [read_promise(f"{entry.n}:{entry.hash}") for entry in record if entry.n in (4, 8, 10, 12)]
    forged = rehashed(bettered(record, 9))

    for heads in (promises, promises[::-1]):
        assert "between entries 9 and 10 the record is not what was published" in whats(verify(forged, heads))


def test_the_reports_that_were_sent_convict_a_forger_who_leaves_them_as_they_are(record):
    sent = [read_promise(f"{entry.n}:{entry.hash}") for entry in record if entry.n in (8, 10)]
    beside = msgspec.structs.replace(known(story()), heads=sent)

    said = "between entries 9 and 10 the record is not what the reports show that were sent"
    assert said in whats(verify(rehashed(bettered(record, 9)), [], beside))
    assert verify(record, [], beside) == []


def test_later_entries_do_not_disturb_an_earlier_head(record):
    promise = read_promise(f"8:{record[7].hash[:32]}")

    assert verify(record, [promise]) == []


@pytest.mark.parametrize(
    "text", ["", "12", "12:abc", "²:" + "0" * 32, "x:" + "0" * 32, "12:" + "g" * 32, "12:" + "0" * 65]
)
def test_what_is_no_head_is_refused_with_the_remedy(text):
    with pytest.raises(ValueError, match="as the daily report shows it"):
        read_promise(text)


# The story it tells


def test_an_outcome_better_than_its_parts_is_found(record):
    lied = list(record)
    lied[8] = msgspec.structs.replace(lied[8], body=lied[8].body | {"steps": 5000})

    assert "XAU_20240403_001: its parts make -9200 ticks × lot steps, it says otherwise" in whats(
        verify(rehashed(lied), [])
    )


def test_a_report_that_does_not_follow_from_the_trades_is_found(record):
    lied = list(record)
    lied[-1] = msgspec.structs.replace(lied[-1], body=lied[-1].body | {"r": "3.00", "lost": 0})

    said = whats(verify(rehashed(lied), []))
    assert said == [f"the report of 2024-04-03 for {CHANNEL} says lost 0 instead of 1, r 3.00 instead of 1.00"]


def leaving_out(record: Sequence[Entry], channel: str, published_in: str | None = None) -> list[Entry]:
    """The day's report as a channel gives it that does not carry the signal that was stopped."""
    found = list(record)
    if published_in is not None:
        found[1] = msgspec.structs.replace(found[1], body=found[1].body | {"channel": published_in})
    without = {"channel": channel, "left_out": ["XAU_20240403_001"], "won": 1, "lost": 0, "r": "2.00"}
    found[-1] = msgspec.structs.replace(found[-1], body=found[-1].body | without)
    return rehashed(found)


def test_a_report_may_leave_out_what_its_channel_was_never_told(record):
    assert verify(leaving_out(record, "-42"), []) == []
    assert verify(leaving_out(record, f"{CHANNEL}/7", published_in=f"{CHANNEL}/8"), []) == []


def test_a_loss_that_was_published_cannot_be_left_out_of_the_report(record):
    said = f"the report of 2024-04-03 for {CHANNEL} leaves out XAU_20240403_001, which was published there"

    assert whats(verify(leaving_out(record, str(CHANNEL)), [])) == [said]
    assert len(verify(leaving_out(record, f"{CHANNEL}/7", published_in=f"{CHANNEL}/7"), [])) == 1


def test_a_signal_published_with_another_order_is_found(record):
    lied = list(record)
    lied[1] = msgspec.structs.replace(lied[1], body=lied[1].body | {"text": BLOCK.replace("2264.90", "2269.90")})

    assert "XAU_20240403_001 was published with another order than was decided" in whats(verify(rehashed(lied), []))


def test_a_signal_without_its_outcome_is_found(record):
    without = rehashed([entry for entry in record if entry.n not in (9, 12)])

    assert "XAU_20240403_001 has ended, and the record has no outcome" in whats(verify(without, [], known(story())))


def test_an_outcome_that_differs_from_the_trades_table_is_found(record):
    trades = story()
    bent = Known({trade.id: trade.total_steps if trade.is_done else None for trade in trades} | {trades[0].id: 50}, {})

    assert "XAU_20240403_001 made 50 ticks × lot steps among the trades, not what the record says" in whats(
        verify(record, [], bent)
    )


def test_a_message_that_shows_another_order_now_is_found(record):
    shown = known(story())
    shown = Known(shown.steps, {**shown.texts, "XAU_20240403_002": [BLOCK.replace("2297.10", "2277.10")]})

    assert "XAU_20240403_002: the message in the channel shows another order than was issued" in whats(
        verify(record, [], shown)
    )


@given(data=st.data())
def test_whatever_stands_in_an_entry_verification_answers(data):
    bodies = st.recursive(
        st.none() | st.integers() | st.text(max_size=5) | st.booleans(),
        lambda deeper: st.lists(deeper, max_size=3) | st.dictionaries(st.sampled_from(sorted(_KEYS)), deeper),
        max_leaves=8,
    )
    found = [
        Entry(n, n, data.draw(st.sampled_from([*EntryKind, "other"])), data.draw(bodies), "", "")
        for n in range(1, data.draw(st.integers(1, 5)) + 1)
    ]

    assert verify(rehashed(found), [], Known({}, {})) is not None


_KEYS = {"id", "symbol", "order", "entry", "stop", "targets", "text", "fills", "steps", "symbols", "from_ms", "to_ms"}


# What subscribers run


def run_checker(folder: Path, lines: Sequence[str], *heads: str) -> tuple[int, str]:
    """Isolated, without site-packages: the standard library is all it may need."""
    file = folder / "record.jsonl"
    file.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    done = subprocess.run(  # noqa: S603 — our own
        [sys.executable, "-I", "-S", CHECKER, file, *heads], capture_output=True, text=True, timeout=30, check=False
    )
    return done.returncode, done.stdout


def test_the_checker_that_ships_needs_nothing_and_fits_a_page():
    assert len(CHECKER.read_text("utf-8").splitlines()) <= 50


def test_a_subscriber_checks_the_export_against_a_head(record, tmp_path):
    lines, head = list(exported(record)), str(end_of(record))

    assert run_checker(tmp_path, lines, head) == (0, f"The record holds: 12 entries, head {head}\n")
    code, said = run_checker(tmp_path, lines)
    assert code == 0
    assert "proves only that the record is consistent in itself" in said


def test_a_subscriber_finds_what_was_done_to_the_export(record, tmp_path):
    head = str(end_of(record))
    edited = [json.loads(line) for line in exported(record)]
    edited[8]["body"]["steps"] = 0
    forged = list(exported(rehashed(bettered(record, 9))))

    assert run_checker(tmp_path, [json.dumps(entry) for entry in edited], head)[0] == 1
    assert run_checker(tmp_path, forged)[0] == 0, "consistent in itself"
    assert run_checker(tmp_path, forged, head) == (
        1,
        f"something up to entry 12 is not what it was when {head} was published\n",
    )
    assert "cut short" in run_checker(tmp_path, list(exported(record))[:-1], head)[1]


@pytest.mark.parametrize(
    ("was", "is_now", "said"),
    [
        ('"steps":', '"steps":0,"steps":', "entry 9 was changed after it was written"),  # readers may see the first
        ('{"body":', '{"a note":1,"body":', "entry 9 was changed after it was written"),
        ('"n":9', '"n": 9', "entry 9 was changed after it was written"),
        ('"n":9', '"n":9.0', "entry 9 was changed after it was written"),
        (',"hash"', "", "line 9 is no entry: it was cut short or spoilt"),
        ('"kind":', '"king":', "line 9 is no entry: it was cut short or spoilt"),
        ("{", "[{", "line 9 is no entry: it was cut short or spoilt"),
    ],
)
def test_a_subscriber_is_told_of_a_line_that_is_spelled_otherwise_or_spoilt(record, tmp_path, was, is_now, said):
    lines, head = list(exported(record)), str(end_of(record))
    assert was in lines[8]
    lines[8] = lines[8].replace(was, is_now, 1)

    code, told = run_checker(tmp_path, lines, head)

    assert (code, told.splitlines()[0]) == (1, said)


@pytest.mark.parametrize(
    ("named", "told"),
    [((), "check_record.py record.jsonl 128:3f2a…"), (("gone.jsonl", "128:3f2a"), "gone.jsonl: no such file\n")],
    ids=["no file", "a file that is not there"],
)
def test_a_subscriber_who_names_no_file_is_told_in_a_line(tmp_path, named, told):
    done = subprocess.run(  # noqa: S603 — our own
        [sys.executable, "-I", "-S", CHECKER, *named],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_words_with_a_line_separator_in_them_stay_one_line(record, tmp_path):
    told = msgspec.structs.replace(record[1], body=record[1].body | {"text": BLOCK + "\u2028\x85"})
    found = rehashed([record[0], told, *record[2:]])

    assert run_checker(tmp_path, list(exported(found)), str(end_of(found)))[0] == 0


# Prices of another source


def market(**changes: tuple[str, str]) -> list:
    """M15 candles around the default trade, quiet but where said: `m1345=("2264.00", "2270.00")`."""
    made = []
    for minutes in range(13 * 60, 16 * 60, 15):
        name = f"m{minutes // 60:02}{minutes % 60:02}"
        low, high = changes.get(name, ("2270.00", "2280.00"))
        open_ms = at(f"2024-04-03 {minutes // 60:02}:{minutes % 60:02}")
        made.append(candle(gold(low), gold(high), gold(low), gold(low), open_ms=open_ms))
    return made


async def test_outcomes_that_the_other_source_saw_too_agree(record):
    candles = market(m1400=("2264.50", "2272.00"), m1500=("2285.00", "2288.00"))
    lost = [entry for entry in record if entry.body.get("id") == "XAU_20240403_001"]

    checked = against_prices(lost, candles, GOLD, tolerance=50)

    assert (checked.covered, checked.outside, checked.findings) == (1, 0, ())


async def test_a_stop_price_nobody_else_saw_is_found(record):
    lost = [entry for entry in record if entry.body.get("id") == "XAU_20240403_001"]

    said = whats(against_prices(lost, market(), GOLD, tolerance=50).findings)

    assert said == [
        "XAU_20240403_001 left at 2264.90, 2024-04-03 14:06 UTC; the other source traded 2270.00–2280.00 then"
    ]


async def test_a_stop_that_should_have_been_hit_before_the_exit_is_found(record):
    won = [entry for entry in record if entry.body.get("id") == "XAU_20240403_002"]
    candles = market(m1345=("2264.00", "2276.00"), m1500=("2285.00", "2288.00"), m1400=("2286.00", "2298.00"))

    said = whats(against_prices(won, candles, GOLD, tolerance=50).findings)

    assert said == [
        "XAU_20240403_002 had its stop at 2264.90; the other source traded 2264.00 at 2024-04-03 13:45 UTC, "
        "before its first exit"
    ]


async def test_trades_outside_the_file_are_counted_and_not_judged(record):
    checked = against_prices(record, market()[:1], GOLD, tolerance=50)

    assert (checked.covered, checked.outside, checked.findings) == (0, 2, ())


@pytest.mark.parametrize("number", [1, 9])
@pytest.mark.parametrize(
    "changes",
    [{"symbol": "XAUUSD"}, {"fills": [None], "stop": None}, {"opened": "dear", "stop": "far", "order": "BUY"}],
)
async def test_entries_that_cannot_be_compared_are_named(record, number, changes):
    found = [entry for entry in record if entry.body.get("id") == "XAU_20240403_001"]
    spoilt = record[number - 1]
    body = {"id": "XAU_20240403_001"} | ({} if len(changes) == 1 else spoilt.body) | changes
    found = [msgspec.structs.replace(entry, body=body) if entry == spoilt else entry for entry in found]

    checked = against_prices(found, market(), GOLD, tolerance=50)

    said = "XAU_20240403_001 cannot be compared: its entries lack what such entries hold"
    assert said in whats(checked.findings)
