"""Check an exported record against heads read in the channel: python check_record.py record.jsonl 128:3f2a…

Needs only Python. A hash covers its entry and the one before, so a head vouches for all up to it. Exit code 0: held."""

import hashlib
import json
import sys
from pathlib import Path

KEYS = ("body", "kind", "n", "previous", "time_ms")
as_json = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def entry_hash(entry: dict[str, object]) -> str:
    """SHA-256 of the entry as JSON, keys sorted, no spaces, its own hash left out."""
    return hashlib.sha256(as_json({key: entry[key] for key in KEYS}).encode()).hexdigest()


def check(lines: list[str], heads: list[str]) -> tuple[list[str], list[str]]:
    """The hashes of a record's entries, the first being what entry 1 follows; and what is wrong, in sentences."""
    hashes, wrong = ["0" * 64], list[str]()
    for number, line in enumerate(lines, 1):
        try:
            hashes.append(entry_hash(entry := json.loads(line)))
        except (ValueError, KeyError, TypeError):
            return hashes, [*wrong, f"line {number} is no entry: it was cut short or spoilt"]
        if entry["n"] != number:
            wrong.append(f"line {number} holds entry {entry['n']}: one was taken out, put in or moved")
        if entry["previous"] != hashes[-2]:
            wrong.append(f"entry {number} does not follow entry {number - 1}")
        if as_json({key: entry[key] for key in KEYS} | {"hash": hashes[-1]}) != line:  # or spelled otherwise
            wrong.append(f"entry {number} was changed after it was written")
    for count, _, start in (head.lower().partition(":") for head in heads):
        if not count.isdecimal() or len(start) < 32:
            wrong.append(f"{count}:{start} is no head: a count, a colon and at least 32 digits, as a report shows it")
        elif int(count) >= len(hashes):
            wrong.append(f"the record ends at entry {len(lines)}, and entry {count} was published: it was cut short")
        elif not hashes[int(count)].startswith(start):
            wrong.append(f"something up to entry {count} is not what it was when {count}:{start} was published")
    return hashes, wrong


if __name__ == "__main__":
    path = Path(sys.argv[1]) if sys.argv[1:] else sys.exit(__doc__)
    text = path.read_text("utf-8", "replace") if path.is_file() else sys.exit(f"{path}: no such file")
    found, problems = check([line for line in text.split("\n") if line], sys.argv[2:])
    print("\n".join(problems) or f"The record holds: {len(found) - 1} entries, head {len(found) - 1}:{found[-1][:32]}")
    if not sys.argv[2:]:
        print("No head was given: this proves only that the record is consistent in itself.")
    sys.exit(bool(problems))
