"""The laws of the house, read off the imports and calls of one source text. Used by `test_architecture.py`."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import metadata, packages_distributions
from pathlib import PurePosixPath

OURS = ("bot", "engine", "feeds", "charts", "storage", "run_bot", "tests")
DOORWAYS = ("feeds", "charts", "storage")
SHARED_WORDS = ("engine.types", "engine.events")

# What would let the world, the clock or chance into the engine.
WORLDLY = frozenset(
    [
        "aiosqlite",
        "asyncio",
        "concurrent",
        "contextvars",
        "http",
        "httpx",
        "io",
        "locale",
        "logging",
        "multiprocessing",
        "os",
        "pathlib",
        "pickle",
        "platform",
        "queue",
        "random",
        "secrets",
        "select",
        "selectors",
        "shutil",
        "signal",
        "socket",
        "sqlite3",
        "ssl",
        "structlog",
        "subprocess",
        "sys",
        "tempfile",
        "threading",
        "time",
        "urllib",
        "uuid",
        "websockets",
    ]
)
WORLDLY_CALLS = frozenset(["open", "print", "input", "eval", "exec", "compile", "__import__", "hash", "id", "globals"])
WALL_CLOCK = frozenset({"now", "utcnow", "today"})
ENGINE_MAY = frozenset({"msgspec", "numpy"})

# Who may look at the machine's clock, and why.
CLOCK_SEAMS = {
    "bot/clock.py": "it is the clock",
}
TELEGRAM_SEAM = "bot/delivery/telegram_client.py"

# GPL or AGPL libraries of this trade that somebody might reach for. Installed ones are asked for their licence.
COPYLEFT = frozenset(
    [
        "backtesting",
        "backtrader",
        "fitz",
        "freqtrade",
        "MySQLdb",
        "pylint",
        "pymupdf",
        "PyQt5",
        "PyQt6",
        "rpy2",
        "ultralytics",
        "unidecode",
    ]
)


def violations(path: str, source: str) -> list[str]:
    """What this file must not do, one line each. `path` is relative to the repository, with slashes."""
    tree = ast.parse(source)
    package = PurePosixPath(path).parts[0].removesuffix(".py")
    found = [complaint for module in imported(tree) for complaint in _import_complaints(path, package, module)]
    found += [f"{path}: relative import" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level]
    if package == "engine":
        found += [f"{path}: {complaint}" for complaint in _impurities(tree)]
    return found


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported, at any depth and for any reason; of `from a import b` both `a` and `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            if node.module in OURS:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            else:
                yield node.module


def _import_complaints(path: str, package: str, module: str) -> Iterator[str]:
    root = module.partition(".")[0]
    if root in OURS:
        if not _may_know(package, root, module):
            yield f"{path}: {package} may not know {module}"
        return
    if package == "engine" and (
        root in WORLDLY or module.startswith("numpy.random") or not (root in ENGINE_MAY or _is_standard(root))
    ):
        yield f"{path}: the engine may not import {module}"
    if root == "time" and package != "engine" and path not in CLOCK_SEAMS:
        yield f"{path}: only {', '.join(CLOCK_SEAMS)} may ask the machine's clock"
    if root == "telegram" and path != TELEGRAM_SEAM:
        yield f"{path}: only {TELEGRAM_SEAM} may import telegram"
    if root in COPYLEFT or _is_copyleft(root):
        yield f"{path}: {module} is under the GPL or AGPL"


def _may_know(package: str, root: str, module: str) -> bool:
    if root == "tests":
        return False
    if root == package:
        return True
    if package == "run_bot":
        return root == "bot"
    if package == "bot":
        return root != "run_bot"
    return package in DOORWAYS and module in SHARED_WORDS


def _impurities(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in WORLDLY_CALLS:
            yield f"line {node.lineno} calls {node.func.id}()"
        elif isinstance(node, ast.Attribute) and node.attr in WALL_CLOCK | {"random"}:
            yield f"line {node.lineno} asks for {node.attr}"
        elif isinstance(node, ast.Global | ast.AsyncFunctionDef | ast.Await):
            yield f"line {node.lineno} uses {type(node).__name__}"


def _is_standard(root: str) -> bool:
    return root == "__future__" or root in sys.stdlib_module_names


@cache
def _is_copyleft(root: str) -> bool:
    """Whether an installed library says that it is under the GPL or AGPL. The LGPL lets itself be imported."""
    for distribution in _distributions().get(root, ()):
        facts = metadata(distribution)
        words = [facts.get("License-Expression") or "", (facts.get("License") or "")[:100]]
        words += [c for c in facts.get_all("Classifier") or () if c.startswith("License")]
        text = " ".join(words).replace("LGPL", "").replace("Lesser General Public", "")
        if "GPL" in text or "General Public License" in text:
            return True
    return False


@cache
def _distributions() -> dict[str, list[str]]:
    return dict(packages_distributions())
