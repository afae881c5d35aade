"""Lines of a text file, plain or gzip, whatever state it is in. Memory stays bounded by the block size."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from feeds.base import BadLine, FeedError

MAX_LINE = 4096  # bytes; the longest format we read needs about 120
_BLOCK = 1 << 18  # about seven thousand ticks
_GZIP_MAGIC = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"


def lines(
    path: Path, *, refuse: Callable[[BadLine], None], progress: Callable[[int], None] | None = None
) -> Iterator[tuple[int, str]]:
    """Line number (from 1) and text, without line ends and blank lines.

    What is not ASCII comes as U+FFFD, which no parser accepts. `refuse` hears of lines too long and of a gzip file
    that ends or breaks in its middle; when it returns, reading goes on as far as possible. `progress` is told how many
    bytes of the file itself have been read. FeedError when the file cannot be opened.
    """
    try:
        raw = path.open("rb")
    except OSError as error:
        raise FeedError(f"{path}: cannot be read ({error.strerror}); check the name and the permissions") from None
    with raw:
        number, rest, skipping = 0, b"", False
        try:
            for block in _blocks(raw):
                if progress is not None:
                    progress(raw.tell())
                body, newline, rest = (rest + block).replace(b"\r\n", b"\n").rpartition(b"\n")
                for text in body.decode("ascii", "replace").split("\n") if newline else ():
                    number += 1
                    if text and not skipping:
                        yield number, text
                    skipping = False  # an overlong line is over at its end
                if len(rest) > MAX_LINE:
                    if not skipping:
                        found = rest[:MAX_LINE].decode("ascii", "replace")
                        refuse(BadLine(path, number + 1, "-", found, f"needs a line of at most {MAX_LINE} bytes"))
                    rest, skipping = b"", True
        except (EOFError, OSError, zlib.error):
            refuse(BadLine(path, number + 1, "-", "damaged gzip data", "needs the whole file; fetch it again"))
            return  # what is left is half a line
        if rest and not skipping:
            yield number + 1, rest.rstrip(b"\r").decode("ascii", "replace")


def _blocks(raw: IO[bytes]) -> Iterator[bytes]:
    """The file's content, unpacked when it is gzip: decided by its first bytes, not by its name."""
    magic = raw.read(2)
    raw.seek(0)
    if magic == _GZIP_MAGIC:
        with gzip.GzipFile(fileobj=raw) as unpacked:
            # read1, so that what stands before a damaged place is still delivered.
            yield from _without_bom(lambda: unpacked.read1(_BLOCK))
    else:
        yield from _without_bom(lambda: raw.read(_BLOCK))


def _without_bom(read: Callable[[], bytes]) -> Iterator[bytes]:
    block = read().removeprefix(_BOM)
    while block:
        yield block
        block = read()
