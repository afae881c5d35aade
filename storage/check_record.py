"""Check an exported record against heads read in the channel: python check_record.py record.jsonl 128:3f2a…

Needs nothing but Python. Each line is an entry whose hash covers it and the hash of the entry before, so a head that
was published vouches for every entry up to it. Exit code 0: the record leads to every head given.
"""

import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def entry_hash(entry: dict[str, Any]) -> str:
    """SHA-256 of the entry as JSON, keys sorted, no spaces, its own hash left out."""
    content = {key: entry[key] for key in ("body", "kind", "n", "previous", "time_ms")}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def check(lines: Sequence[str], heads: Sequence[str]) -> tuple[list[str], list[str]]:
    """The hashes of a record's entries, the first being what entry 1 follows; and what is wrong, in sentences."""
    hashes, wrong = ["0" * 64], list[str]()
    for number, line in enumerate(lines, 1):
        entry = json.loads(line)
        hashes.append(entry_hash(entry))
        if entry["n"] != number:
            wrong.append(f"line {number} holds entry {entry['n']}: one was taken out, put in or moved")
        if entry["previous"] != hashes[-2]:
            wrong.append(f"entry {number} does not follow entry {number - 1}")
        if entry["hash"] != hashes[-1]:
            wrong.append(f"entry {number} was changed after it was written")
    for count, _, start in (head.lower().partition(":") for head in heads):
        if not count.isdigit() or len(start) < 32:
            wrong.append(f"{count}:{start} is no head: a count, a colon and at least 32 digits, as a report shows it")
        elif int(count) >= len(hashes):
            wrong.append(f"the record ends at entry {len(lines)}, and entry {count} was published: it was cut short")
        elif not hashes[int(count)].startswith(start):
            wrong.append(f"something up to entry {count} is not what it was when {count}:{start} was published")
    return hashes, wrong


if __name__ == "__main__":
    found, problems = check(Path(sys.argv[1]).read_text("utf-8").splitlines(), sys.argv[2:])
    print("\n".join(problems) or f"The record holds: {len(found) - 1} entries, head {len(found) - 1}:{found[-1][:32]}")
    if not sys.argv[2:]:
        print("No head was given: this proves only that the record is consistent in itself.")
    sys.exit(bool(problems))
