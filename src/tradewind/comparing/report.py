"""A comparison as a page for people and as JSON for programs. Both hold shapes, never values."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct, to_builtins

from .differences import Difference
from .play import LeftOut, Result

FORMAT = 1
"""Of the JSON; another number when fields change their meaning."""

QUESTIONS_MAX = 6
"""Questions that are named for one difference on the page; the JSON has all."""


class About(Struct, frozen=True):
    """What was compared. ``day`` is ISO, in UTC."""

    venue: str
    env: str
    tradewind: str
    day: str
    key: bool


class Group(Struct, frozen=True):
    """The same difference in the answers to one or more questions."""

    first: Difference
    questions: tuple[str, ...]


def grouped(found: Iterable[Difference]) -> list[Group]:
    """Equal differences together, in the order in which they were first met."""
    together: dict[tuple[str, ...], dict[str, None]] = {}
    firsts: dict[tuple[str, ...], Difference] = {}
    for each in found:
        where = "" if each.what == "header" else each.operation
        key = (where, each.what, each.field, each.venue, each.box)
        firsts.setdefault(key, each)
        together.setdefault(key, {})[f"{each.operation}: {each.title}"] = None
    return [Group(first, tuple(together[key])) for key, first in firsts.items()]


def as_json(about: About, result: Result) -> dict[str, Any]:
    """For programs."""
    return {
        "format": FORMAT,
        **to_builtins(about),
        "asked": result.asked,
        "unfinished": result.unfinished,
        "differences": [
            {
                "operation": group.first.operation,
                "what": group.first.what,
                "field": group.first.field,
                "venue": group.first.venue,
                "box": group.first.box,
                "questions": list(group.questions),
            }
            for group in grouped(result.differences)
        ],
        "left_out": to_builtins(result.left_out),
        "open": result.open,
    }


def as_page(about: About, result: Result) -> str:
    """For people."""
    groups = grouped(result.differences)
    lines = [
        f"# {about.venue} ({about.env}) beside a box",
        "",
        f"Tradewind {about.tradewind}, {about.day}, {'with' if about.key else 'without'} a key. "
        f"{counted(result.asked, 'question')}, {counted(len(groups), 'difference')}. "
        "Shapes only: no key, signature, id, balance or address is in here.",
        "",
    ]
    if result.unfinished:
        lines += [f"**It did not come to its end:** {result.unfinished}", ""]
    for left in result.open:
        lines += [f"**Look after this at the venue:** {left}", ""]
    lines += _differences(groups)
    lines += _left_out(result.left_out)
    return "\n".join(lines).rstrip() + "\n"


def _differences(groups: list[Group]) -> list[str]:
    if not groups:
        return ["No difference was found.", ""]
    lines: list[str] = []
    operation = ""
    for group in sorted(groups, key=lambda each: _place(each.first)):
        first = group.first
        title = "every answer" if first.what == "header" else first.operation
        if title != operation:
            operation = title
            lines += ["", f"## {title}", "", "| what | field | venue | box | asked |",
                      "|---|---|---|---|---|"]  # fmt: skip
        cells = (first.what, first.field, first.venue, first.box, _named(group, title))
        lines.append(f"| {' | '.join(_cell(cell) for cell in cells)} |")
    return [*lines, ""]


def _place(first: Difference) -> tuple[bool, str, str, str]:
    return first.what != "header", first.operation, first.field, first.what


def _named(group: Group, title: str) -> str:
    """Which questions, without the operation that stands above."""
    names = [name.removeprefix(f"{title}: ") for name in group.questions]
    shown = "; ".join(names[:QUESTIONS_MAX])
    more = len(names) - QUESTIONS_MAX
    return f"{shown}; and {more} more" if more > 0 else shown


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ") or " "


def _left_out(left_out: list[LeftOut]) -> list[str]:
    if not left_out:
        return []
    reasons: dict[str, list[str]] = {}
    for each in left_out:
        reasons.setdefault(each.why, []).append(f"{each.operation}: {each.title}")
    lines = ["## Not compared", ""]
    for why, names in reasons.items():
        shown = "; ".join(names[:QUESTIONS_MAX])
        more = f"; and {len(names) - QUESTIONS_MAX} more" if len(names) > QUESTIONS_MAX else ""
        lines.append(f"- {why} ({shown}{more})")
    return lines


def counted(number: int, word: str) -> str:
    """``1 question``, ``2 questions``, ``no questions``."""
    return f"{number or 'no'} {word}{'' if number == 1 else 's'}"
