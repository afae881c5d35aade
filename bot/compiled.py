"""The engine as machine code: used where it was made of these very sources, else the written one runs.

`make compiled` makes it (`bot/compiling.py`). It lives apart from the sources, so none of them is ever shadowed by
something older, and it is the same engine: what it says is compared with what the written one says.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build" / "compiled"
SEAL = "made-of"  # name of the file that tells of which sources it was made
MADE_BY = ("compiling.py", "practice.py", "attribute_cache.h")


def prefer(build: Path = BUILD, sources: Path = ROOT) -> bool:
    """Let `import engine` find the compiled one. Only where it is there, of these sources and for this Python.

    To be called before anything imports the engine; RuntimeError when it is too late.
    """
    if "engine" in sys.modules:
        raise RuntimeError("the engine is imported already; call prefer() before anything imports it")
    seal = build / SEAL
    if not seal.is_file() or seal.read_text("utf-8") != digest(sources):
        return False
    sys.path.insert(0, str(build))
    return True


def is_in_use() -> bool:
    """Whether the engine that was imported is the compiled one."""
    engine = sys.modules.get("engine.engine")
    return engine is not None and not str(engine.__file__).endswith(".py")


def digest(sources: Path = ROOT) -> str:
    """Of everything the compiled engine depends on: its sources, what turns them into machine code, and this Python."""
    sha = hashlib.sha256(f"{sys.implementation.cache_tag} {sys.platform}\n".encode())
    for path in [*sorted((sources / "engine").rglob("*.py")), *(sources / "bot" / name for name in MADE_BY)]:
        sha.update(f"{path.relative_to(sources).as_posix()}\n".encode() + path.read_bytes())
    return sha.hexdigest()
