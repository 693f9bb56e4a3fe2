"""The shape of the source as rules over its syntax trees. Each rule gives sentences about what is
wrong, so that a planted violation can be shown to be seen.

A ``Source`` is the text of one file with its path below ``src/tradewind``.
"""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "tradewind"

RANK = {
    "model": 0,
    "protocol": 1,
    "engine": 1,
    "guard": 1,
    "venues": 2,
    "net": 3,
    "vault": 3,
    "client": 4,
    "exchange": 4,
    "simulation": 5,
    "testing": 5,
    "comparing": 5,
    "cli": 5,
    "panel": 5,
    "recorder": 5,
    "backtest": 5,
    "strategy": 5,
    "": 6,  # the package's own face
}
TOP = 5  # programs: they may stand on each other
SEAM = PurePosixPath("protocol/hosting.py")  # where engine and venue meet; may know both

PURE = {"model", "protocol", "engine", "guard", "venues"}
IMPURE = {
    "asyncio",
    "socket",
    "time",
    "random",
    "secrets",
    "os",
    "threading",
    "select",
    "selectors",
    "ssl",
    "subprocess",
    "uuid",
    "multiprocessing",
    "concurrent",
    "signal",
    "tempfile",
    "sqlite3",
    "httptools",
    "picows",
    "uvloop",
}
CLOCKS = {"now", "utcnow", "today"}
SIX = {"binance", "bybit", "kraken", "coinbase", "okx", "cryptocom"}


@dataclass(frozen=True)
class Source:
    """One file: path below the package, text, and (for Python) its tree."""

    path: PurePosixPath
    text: str
    tree: ast.Module = field(init=False)

    def __post_init__(self) -> None:
        tree = ast.parse(self.text) if self.path.suffix == ".py" else ast.Module([], [])
        object.__setattr__(self, "tree", tree)

    @property
    def package(self) -> str:
        """The first folder, "" for the package's own modules."""
        return self.path.parts[0] if len(self.path.parts) > 1 else ""

    @property
    def venue(self) -> str:
        """The venue whose folder this is in."""
        inside = len(self.path.parts) > 2 and self.path.parts[0] == "venues"
        return self.path.parts[1] if inside else ""

    @property
    def part(self) -> str:
        """The module of the venue (client, exchange, wire...) that this belongs to."""
        return self.path.parts[2].removesuffix(".py") if self.venue else ""


@cache
def sources(root: Path = PACKAGE) -> list[Source]:
    """Every text file of the package."""
    kinds = {".py", ".json", ".toml", ".md"}
    files = sorted(f for f in root.rglob("*") if f.suffix in kinds and "__pycache__" not in f.parts)
    return [Source(PurePosixPath(f.relative_to(root).as_posix()), f.read_text()) for f in files]


def imports(source: Source) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of all that is imported, also inside functions."""
    here = ("tradewind", *source.path.with_suffix("").parts)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield node.lineno, name.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join((*here[: len(here) - node.level], *filter(None, [node.module])))
            for name in node.names:
                yield node.lineno, f"{base}.{name.name}" if base else name.name


def ours(source: Source) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Imports of our own modules, as path parts below the package."""
    for line, name in imports(source):
        parts = name.split(".")
        if parts[0] == "tradewind":
            yield line, tuple(parts[1:])


def direction(source: Source) -> Iterator[str]:
    """Imports go down: model <- protocol, engine, guard <- venues <- net ... <- cli."""
    if source.package not in RANK:
        yield f"{source.path}: the folder {source.package!r} has no place in the order of imports"
        return
    rank = RANK[source.package]
    for line, parts in ours(source):
        target = parts[0] if parts and parts[0] in RANK else ""
        same = target == source.package
        seam = source.path == SEAM and target == "engine"
        face = target == "" and parts[:1] in {(), ("__version__",)}
        top = rank >= TOP and RANK[target] <= rank
        if not (same or seam or face or top or RANK[target] < rank):
            yield f"{source.path}:{line}: {source.package or 'the package'} imports {target}"


def isolation(source: Source) -> Iterator[str]:
    """No venue imports another; client and exchange of one venue do not know each other."""
    if not source.venue:
        return
    for line, parts in ours(source):
        if len(parts) < 2 or parts[0] != "venues":
            continue
        if parts[1] in SIX and parts[1] != source.venue:
            yield f"{source.path}:{line}: {source.venue} imports {parts[1]}"
        if len(parts) > 2 and {source.part, parts[2]} == {"client", "exchange"}:
            yield f"{source.path}:{line}: {source.part} imports {parts[2]}"


def naming(source: Source) -> Iterator[str]:
    """A venue is named only in its own folder."""
    for number, line in enumerate(source.text.lower().splitlines(), 1):
        for venue in SIX - {source.venue}:
            if re.search(rf"(?<![a-z]){venue}|{venue}(?![a-z])", line):
                yield f"{source.path}:{number}: names {venue}"


def purity(source: Source) -> Iterator[str]:
    """What is pure has no clock, no chance, no socket: it is given ``now`` and a generator."""
    if source.package not in PURE:
        return
    for line, name in imports(source):
        if name.split(".")[0] in IMPURE:
            yield f"{source.path}:{line}: imports {name}"
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = ast.unparse(node.func.value)
            if node.func.attr in CLOCKS and owner.split(".")[-1] in {"datetime", "date"}:
                yield f"{source.path}:{node.lineno}: reads the clock with {owner}.{node.func.attr}"


def honesty(source: Source) -> Iterator[str]:
    """Nothing unfinished is left in the source, and nothing catches everything in silence."""
    for number, line in enumerate(source.text.splitlines(), 1):
        if re.search(r"\b(TODO|FIXME|XXX)\b|NotImplementedError", line):
            yield f"{source.path}:{number}: unfinished: {line.strip()}"
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler) and len(node.body) == 1:
            wide = node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"}
            if wide and isinstance(node.body[0], ast.Pass):
                yield f"{source.path}:{node.lineno}: swallows every error"


Rule = Callable[[Source], Iterable[str]]
RULES: dict[str, Rule] = {
    rule.__name__: rule for rule in (direction, isolation, naming, purity, honesty)
}
