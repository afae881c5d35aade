"""`make compiled`: the engine through mypyc into machine code, about seven times as fast. Needs a C compiler.

The sources are written for readers and stay as they are. A copy of them is prepared here for the compiler:

- a dataclass loses its `slots`, which a compiled class has by nature, and is given its annotations in words, by which
  msgspec reads it back from a snapshot: the compiler keeps of `float | None` only that it is a type;
- a private value of a module (a `msgspec.Struct` that nobody encodes) becomes a plain class;
- the candle and a compiled module's public values become dataclasses, which msgspec writes and reads the same: their
  fields are read where they lie, whole numbers as such;
- a module's constants are declared final, and what is imported from a module that is not compiled, and the members of
  enums, are looked up once, not each time.

Other modules that say what is stored, sent or configured stay interpreted: msgspec's classes cannot be compiled.
"""

from __future__ import annotations

import ast
import enum
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from bot.compiled import BUILD, ROOT, SEAL, digest
from engine import config, trading_config, types

if TYPE_CHECKING:
    from setuptools import Extension

INTERPRETED = frozenset(
    [
        "__init__",
        "config",
        "events",
        "kill_zones",
        "performance",
        "readiness",
        "section",
        "settings",
        "trading_config",
    ]
)
# Modules of engine/types with one value each, and its name: those that every detector reads at every candle.
COMPILED_VALUES = {"types/candle": "Candle"}
ATTRIBUTE_CACHE = Path(__file__).with_name("attribute_cache.h")
# Nobody else calls its functions, so they need not be called by way of a table.
FLAGS = ("-include", str(ATTRIBUTE_CACHE), "-fvisibility=hidden", "-fno-semantic-interposition")
FOR_THE_COMPILER = ("__future__", "collections.abc", "dataclasses", "typing")
CONSTANT = re.compile(r"_?[A-Z][A-Z0-9_]+")
MEMBERS = {
    name: frozenset(kind.__members__)
    for module in (types, config, trading_config)
    for name, kind in vars(module).items()
    if isinstance(kind, type) and issubclass(kind, enum.Enum)
}


def main() -> None:
    """Make it anew. A build that fails leaves none behind."""
    made_of = digest()  # what is changed meanwhile is not in it
    shutil.rmtree(BUILD, ignore_errors=True)
    names = prepare(ROOT / "engine", BUILD / "engine")
    _compile(BUILD, names)
    (BUILD / SEAL).write_text(made_of, "utf-8")
    print(f"The compiled engine is in {BUILD.relative_to(ROOT)}: {len(names)} modules. run_bot.py uses it from now on.")


def prepare(sources: Path, to: Path) -> list[str]:
    """Copy the engine's sources, those to be compiled prepared for it; returns their names."""
    compiled = []
    for path in sorted(sources.rglob("*.py")):
        copy = to / path.relative_to(sources)
        copy.parent.mkdir(parents=True, exist_ok=True)
        source = path.read_text("utf-8")
        name = path.relative_to(sources).with_suffix("").as_posix()
        if name in COMPILED_VALUES or (path.parent == sources and name not in INTERPRETED):
            source = prepared(source)
            compiled.append(name)
        copy.write_text(source, "utf-8")
    return compiled


def prepared(source: str) -> str:
    """One module's source as the compiler gets it."""
    tree = ast.parse(source)
    hints: list[ast.stmt] = []
    for node in tree.body:
        if not isinstance(node, ast.ClassDef):
            continue
        if _is_value(node):
            _make_plain(node)
            continue
        if _is_public_value(node):
            _make_dataclass(node)
        elif _is_dataclass(node):
            does_begin_plainly = not any(isinstance(default, ast.Call) for *_, default in _fields(node))
            node.decorator_list = [ast.parse(f"dataclass(init={not does_begin_plainly})", mode="eval").body]
            if does_begin_plainly:  # else the standard library would write an `__init__` for the interpreter
                node.body.append(_init(node))
        else:
            continue
        words = {field: ast.unparse(annotation) for field, annotation, _ in _fields(node)}
        hints += ast.parse(f"setattr({node.name}, '__annotations__', {words!r})").body
    tree.body = [_declare_final(node) for node in tree.body]
    modules = [name.name for each in tree.body if isinstance(each, ast.Import) for name in each.names]
    once = _Once(_imported(tree), frozenset(modules))
    tree = once.visit(tree)
    last_import = max(at for at, node in enumerate(tree.body) if isinstance(node, ast.Import | ast.ImportFrom))
    needed = ["from dataclasses import dataclass", "from typing import Final"]
    needed += [f"{name}: Final = {stands_for}" for name, stands_for in sorted(once.found.items())]
    tree.body[last_import + 1 : last_import + 1] = ast.parse("\n".join(needed)).body
    tree.body += hints
    return ast.unparse(ast.fix_missing_locations(tree))


def _imported(tree: ast.Module) -> frozenset[str]:
    """Names that come from modules that are not compiled, those for annotations and declarations apart."""
    found: set[str] = set()
    for each in tree.body:
        if isinstance(each, ast.ImportFrom) and each.module and each.module not in FOR_THE_COMPILER:
            top, _, rest = each.module.partition(".")
            if top != "engine" or rest == "types" or rest in INTERPRETED:
                found |= {name.name for name in each.names} - set(COMPILED_VALUES.values())
    return frozenset(found)


def _declare_final(node: ast.stmt) -> ast.stmt:
    """`MANY = 3` → `MANY: Final = 3`."""
    match node:
        case ast.Assign([ast.Name(name) as target], value) if CONSTANT.fullmatch(name):
            return ast.AnnAssign(target, ast.Name("Final", ast.Load()), value, 1)
        case _:
            return node


class _Once(ast.NodeTransformer):
    """`Direction.UP`, a name that is imported, and the `msgspec.structs.replace` of a call, where they are used in a
    function → a name of the module that stands for them.
    """

    def __init__(self, imported: frozenset[str], modules: frozenset[str]) -> None:
        self.found: dict[str, str] = {}
        self._imported = imported
        self._modules = modules
        self._depth = 0  # of functions

    def visit_MatchValue(self, node: ast.MatchValue) -> ast.MatchValue:
        return node  # a bare name in a pattern would catch everything

    def visit_MatchClass(self, node: ast.MatchClass) -> ast.MatchClass:
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AnnAssign:
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self._depth += 1
        node.body = [self.visit(each) for each in node.body]
        self._depth -= 1
        return node

    def visit_Name(self, node: ast.Name) -> ast.Name:
        if not self._depth or node.id not in self._imported:
            return node
        self.found[f"{node.id}_"] = node.id
        return ast.copy_location(ast.Name(f"{node.id}_", ast.Load()), node)

    def visit_Call(self, node: ast.Call) -> ast.Call:
        called = ast.unparse(node.func)
        name = called.replace(".", "_")
        if self._depth and called.partition(".")[0] in self._modules and name.isidentifier():
            self.found[name] = called
            node.func = ast.copy_location(ast.Name(name, ast.Load()), node.func)
        self.generic_visit(node)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        of = node.value
        if not (isinstance(of, ast.Name) and node.attr in MEMBERS.get(of.id, ())):
            self.generic_visit(node)
            return node
        name = f"{of.id}_{node.attr}"
        self.found[name] = f"{of.id}.{node.attr}"
        return ast.copy_location(ast.Name(name, ast.Load()), node)


def _is_value(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base) == "msgspec.Struct" for base in node.bases)


def _is_public_value(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base) == "Value" for base in node.bases)


def _is_dataclass(node: ast.ClassDef) -> bool:
    return any(ast.unparse(each).startswith("dataclass") for each in node.decorator_list)


def _fields(node: ast.ClassDef) -> Iterable[tuple[str, ast.expr, ast.expr | None]]:
    """Name, annotation and default of each field."""
    for each in node.body:
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
            yield each.target.id, each.annotation, each.value


def _make_plain(node: ast.ClassDef) -> None:
    """A class whose fields are set by an `__init__` of its own, which can be compiled."""
    rest = [each for each in node.body if not isinstance(each, ast.AnnAssign)]
    node.bases, node.keywords, node.body = [], [], [_init(node), *rest]


def _make_dataclass(node: ast.ClassDef) -> None:
    """A value as it was: compared by what it holds, checked when it is made, and fit to go to another process."""
    held = ", ".join(f"self.{name}" for name, *_ in _fields(node))
    reduced = f"def __reduce__(self) -> tuple[object, ...]:\n    return {node.name}, ({held},)"
    node.decorator_list = [ast.parse("dataclass(init=False, unsafe_hash=True)", mode="eval").body]
    node.bases, node.keywords = [], []
    node.body += [_init(node), *ast.parse(reduced).body]


def _init(node: ast.ClassDef) -> ast.stmt:
    fields = list(_fields(node))
    words = ", ".join(
        f"{name}: {ast.unparse(annotation)}" + (f" = {ast.unparse(default)}" if default is not None else "")
        for name, annotation, default in fields
    )
    lines = [f"self.{name} = {name}" for name, *_ in fields]
    if any(isinstance(each, ast.FunctionDef) and each.name == "__post_init__" for each in node.body):
        lines.append("self.__post_init__()")
    body = "\n    ".join(lines)
    return ast.parse(f"def __init__(self, {words}) -> None:\n    {body}").body[0]


def _compile(folder: Path, names: Iterable[str]) -> None:
    """With gcc twice: it lays out anew what it saw at work. Others have other ways, and one turn must do."""
    from mypyc.build import mypycify

    os.chdir(folder)  # both the compiler and what drives it look for sources where they are run
    modules = mypycify([*(f"engine/{name}.py" for name in names), "--ignore-missing-imports"], opt_level="3")
    for each in modules:
        each.extra_compile_args = [*each.extra_compile_args, *FLAGS]
    if _is_gcc():
        seen = folder / "seen"
        _build(modules, f"-fprofile-generate={seen}", "-fprofile-update=single")
        subprocess.run([sys.executable, "-m", "bot.practice", str(folder)], cwd=ROOT, check=True)  # noqa: S603 - ours
        _build(modules, f"-fprofile-use={seen}", "-fprofile-partial-training", "-Wno-missing-profile")
        shutil.rmtree(seen)
    else:
        _build(modules)
    shutil.rmtree(folder / "build", ignore_errors=True)


def _is_gcc() -> bool:
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")[0]
    said = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True)  # noqa: S603 - as set
    return "Free Software Foundation" in said.stdout


def _build(modules: list[Extension], *flags: str) -> None:
    from setuptools import Distribution

    before = [each.extra_compile_args for each in modules]
    for each in modules:
        each.extra_compile_args, each.extra_link_args = [*each.extra_compile_args, *flags], list(flags)
    distribution = Distribution({"name": "assay-engine", "ext_modules": modules})
    command = distribution.get_command_obj("build_ext")
    command.inplace = command.force = True
    command.ensure_finalized()
    command.run()
    for each, arguments in zip(modules, before, strict=True):
        each.extra_compile_args = arguments


if __name__ == "__main__":
    main()
