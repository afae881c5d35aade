"""What a screen shows of a text, from left to right: the Unicode Bidirectional Algorithm, UAX 9, without embeddings.

Isolates, weak types, brackets and neutrals are here; embeddings and overrides (LRE, RLE, LRO, RLO, PDF) are not, since
no text of ours may hold one. Written from the annex, and compared with python-bidi on random texts.
"""

from __future__ import annotations

from unicodedata import bidirectional

LRI, RLI, FSI, PDI = "\u2066", "\u2067", "\u2068", "\u2069"
MARKS = {LRI, RLI, FSI, PDI, "\u200e", "\u200f", "\u061c"}
NEUTRAL = {"B", "S", "WS", "ON", "LRI", "RLI", "FSI", "PDI"}
BRACKETS = {"(": ")", "[": "]", "{": "}"}


def displayed(paragraph: str, base: int | None = None) -> str:
    """The visible characters in the order of the screen, brackets not mirrored.

    `base` is 0 from left to right, 1 from right to left, None as the first strong character says.
    """
    kinds = [bidirectional(character) or "L" for character in paragraph]
    level = _first_strong(kinds, 0, len(kinds)) if base is None else base
    levels = [level] * len(kinds)
    _resolve(paragraph, kinds, levels, level)
    for index in range(len(kinds) - 1, -1, -1):  # L1: white space at the end has the paragraph's level
        if kinds[index] not in ("WS", "LRI", "RLI", "FSI", "PDI", "BN"):
            break
        levels[index] = level
    order = list(range(len(kinds)))
    for depth in range(max(levels, default=0), 0, -1):  # L2
        start = 0
        while start < len(order):
            end = start
            while end < len(order) and levels[order[end]] >= depth:
                end += 1
            order[start:end] = order[start:end][::-1]
            start = end + 1
    return "".join(paragraph[index] for index in order if paragraph[index] not in MARKS)


def _first_strong(kinds: list[str], start: int, end: int) -> int:
    """P2, P3: what is inside an isolate does not count."""
    depth = 0
    for kind in kinds[start:end]:
        if kind in ("LRI", "RLI", "FSI"):
            depth += 1
        elif kind == "PDI":
            if not depth and start:
                return 0
            depth = max(depth - 1, 0)
        elif not depth and kind in ("L", "R", "AL"):
            return int(kind != "L")
    return 0


def _resolve(text: str, kinds: list[str], levels: list[int], base: int) -> None:
    """X1 to X10: split into sequences of one level each, isolates being neutral in the sequence around them."""
    sequences: list[list[int]] = [[]]
    stack = [(base, 0)]  # level and sequence
    for index, kind in enumerate(kinds):
        level, sequence = stack[-1]
        if kind == "PDI" and len(stack) > 1:
            stack.pop()
            level, sequence = stack[-1]
        levels[index] = level
        sequences[sequence].append(index)
        if kind in ("LRI", "RLI", "FSI"):
            odd = kind == "RLI" or (kind == "FSI" and _first_strong(kinds, index + 1, len(kinds)))
            deeper = level + 1 if (level + 1) % 2 == int(odd) else level + 2
            stack.append((deeper, len(sequences)))
            sequences.append([])
    for sequence in sequences:
        if not sequence:
            continue
        level = levels[sequence[0]]
        first, last = sequence[0], sequence[-1]
        before = levels[first - 1] if first else base
        is_open = kinds[last] in ("LRI", "RLI", "FSI")
        after = base if last + 1 == len(kinds) or is_open else levels[last + 1]
        _sequence(text, kinds, levels, sequence, _of(max(level, before)), _of(max(level, after)))


def _of(level: int) -> str:
    return "R" if level % 2 else "L"


def _sequence(text: str, original: list[str], levels: list[int], at: list[int], sos: str, eos: str) -> None:
    kinds = [original[index] for index in at]
    _weak(kinds, sos)
    embedding = _of(levels[at[0]])
    _brackets([text[index] for index in at], kinds, embedding, sos)
    start = 0
    while start < len(kinds):  # N1, N2
        end = start
        while end < len(kinds) and kinds[end] in NEUTRAL:
            end += 1
        if end > start:
            before = sos if start == 0 else _strong(kinds[start - 1])
            after = eos if end == len(kinds) else _strong(kinds[end])
            kinds[start:end] = [before if before == after else embedding] * (end - start)
        start = end + 1
    for index, kind in zip(at, kinds, strict=True):  # I1, I2
        if levels[index] % 2:
            levels[index] += kind in ("L", "EN", "AN")
        else:
            levels[index] += 1 if kind == "R" else 2 if kind in ("EN", "AN") else 0


def _strong(kind: str) -> str:
    return "R" if kind in ("EN", "AN") else kind


def _weak(kinds: list[str], sos: str) -> None:
    """W1 to W7."""
    previous = sos
    for i, kind in enumerate(kinds):
        if kind == "NSM":
            kinds[i] = "ON" if previous in ("LRI", "RLI", "FSI", "PDI") else previous
        previous = kinds[i]
    strong = sos
    for i, kind in enumerate(kinds):
        if kind in ("L", "R", "AL"):
            strong = kind
        elif kind == "EN" and strong == "AL":
            kinds[i] = "AN"
    kinds[:] = ["R" if kind == "AL" else kind for kind in kinds]
    for i in range(1, len(kinds) - 1):
        before, after = kinds[i - 1], kinds[i + 1]
        if before == after and ((kinds[i] in ("ES", "CS") and before == "EN") or (kinds[i] == "CS" and before == "AN")):
            kinds[i] = before
    start = 0
    while start < len(kinds):
        end = start
        while end < len(kinds) and kinds[end] == "ET":
            end += 1
        touches = (start > 0 and kinds[start - 1] == "EN") or (end < len(kinds) and kinds[end] == "EN")
        if end > start and touches:
            kinds[start:end] = ["EN"] * (end - start)
        start = end + 1
    kinds[:] = ["ON" if kind in ("ES", "ET", "CS") else kind for kind in kinds]
    strong = sos
    for i, kind in enumerate(kinds):
        if kind in ("L", "R"):
            strong = kind
        elif kind == "EN" and strong == "L":
            kinds[i] = "L"


def _brackets(characters: list[str], kinds: list[str], embedding: str, sos: str) -> None:
    """N0."""
    opened: list[tuple[str, int]] = []
    pairs: list[tuple[int, int]] = []
    for index, character in enumerate(characters):
        if kinds[index] != "ON":
            continue
        if character in BRACKETS:
            opened.append((BRACKETS[character], index))
        else:
            for place in range(len(opened) - 1, -1, -1):
                if opened[place][0] == character:
                    pairs.append((opened[place][1], index))
                    del opened[place:]
                    break
    for start, end in sorted(pairs):
        inside = {_strong(kind) for kind in kinds[start + 1 : end]} & {"L", "R"}
        if embedding in inside:
            side = embedding
        elif inside:
            before = next((_strong(kind) for kind in reversed(kinds[:start]) if _strong(kind) in ("L", "R")), sos)
            side = before if before != embedding else embedding
        else:
            continue
        kinds[start] = kinds[end] = side
