"""``tradewind tour VENUE``: plays a venue's walk against the running box, and shows at each step
what one would see in Postman: the request line, headers, body, status, time, size and the answer.
"""

import argparse
import asyncio
import json
import secrets
import sys
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Protocol, cast
from urllib.parse import parse_qsl

from msgspec import Struct
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from ..client import Exchanged, Venue, connect
from ..model import TradewindError
from ..model.commands import NativeCall
from ..protocol.touring import Step, Tour
from ..venues import part
from .tour_texts import LANGUAGES, say

ROWS_MAX = 8
"""Rows of an answer that are shown; the rest is counted."""


class Played(Struct, frozen=True):
    """A step after it was played; ``problem`` is "" when it went as told."""

    step: Step
    number: int
    total: int
    done: Exchanged
    answer: Any
    problem: str


class Show(Protocol):
    """Where the tour is told."""

    def begin(self, tour: Tour, url: str) -> None:
        """Before the first step."""

    def step(self, played: Played) -> None:
        """After each."""

    def end(self, played: Sequence[Played]) -> None:
        """After the last."""


async def play(venue: Venue, tour: Tour, url: str, show: Show) -> bool:
    """Play a tour; whether every step went as told."""
    memory = {"client_order_id": f"tour-{secrets.token_hex(6)}"}
    show.begin(tour, url)
    told: list[Played] = []
    for number, step in enumerate(tour.steps, 1):
        done = await venue.exchange(NativeCall(step.operation, step.filled(memory)))
        answer, problem = _judge(step, done, memory)
        told.append(Played(step, number, len(tour.steps), done, answer, problem))
        show.step(told[-1])
        if problem:
            break  # what follows builds on it
    show.end(told)
    return all(not played.problem for played in told)


def _judge(step: Step, done: Exchanged, memory: dict[str, str]) -> tuple[Any, str]:
    try:
        answer = json.loads(done.answer.body)
    except ValueError:
        return done.answer.body.decode(errors="replace"), "the answer is not JSON"
    if done.answer.status != step.status:
        return answer, f"HTTP {done.answer.status} instead of {step.status}"
    try:
        return answer, step.check(answer, memory)
    except (KeyError, TypeError, IndexError, ArithmeticError) as error:
        return answer, f"the answer has another shape ({error!r})"


# --- told as JSON -------------------------------------------------------------------------------


class Lines:
    """One JSON object a line, for programs."""

    def __init__(self, language: str) -> None:
        self._language = language

    def begin(self, tour: Tour, url: str) -> None:
        """Which tour."""
        self._print({"tour": tour.title[self._language], "url": url, "steps": len(tour.steps)})

    def step(self, played: Played) -> None:
        """One step."""
        request, answer = played.done.request, played.done.answer
        self._print(
            {
                "step": played.number,
                "title": played.step.title[self._language],
                "operation": played.step.operation,
                "request": {"method": request.method, "url": played.done.url},
                "status": answer.status,
                "ms": round(answer.elapsed_ns / 1e6, 3),
                "bytes": answer.bytes_in,
                "answer": played.answer,
                "problem": played.problem,
            }
        )

    def end(self, played: Sequence[Played]) -> None:
        """How many were as told."""
        wrong = sum(bool(each.problem) for each in played)
        self._print({"as_told": len(played) - wrong, "not_as_told": wrong})

    @staticmethod
    def _print(value: Mapping[str, Any]) -> None:
        print(json.dumps(value, ensure_ascii=False), flush=True)


# --- told to a person ---------------------------------------------------------------------------


class Pages:
    """Readable, coloured where the terminal can."""

    def __init__(self, language: str, console: Console) -> None:
        self._language = language
        self._console = console

    def begin(self, tour: Tour, url: str) -> None:
        """Title and what is about to happen."""
        title = tour.title[self._language]
        self._print()
        self._print(Text(title, style="bold"))
        self._print(self._say("intro", count=len(tour.steps), url=url))

    def step(self, played: Played) -> None:
        """One step, top to bottom as Postman shows it."""
        title = f"{played.number}/{played.total}  {played.step.title[self._language]}"
        self._print()
        self._print(Rule(Text(title, style="bold cyan"), align="left", style="cyan"))
        self._print(Text(played.step.text[self._language], style="italic"))
        self._print()
        self._print(_indented(self._request(played.done)))
        self._print()
        self._print(_indented(self._answer(played)))

    def end(self, played: Sequence[Played]) -> None:
        """The last word."""
        wrong = [each for each in played if each.problem]
        spent = sum(each.done.answer.elapsed_ns for each in played) / 1e6
        self._print()
        if wrong:
            total = played[-1].total
            text = self._say("failed", count=len(wrong), total=total)
            self._print(Text(text, style="bold red"))
        else:
            text = self._say("end", count=len(played), ms=spent)
            self._print(Text(text, style="bold green"))
        self._print()

    def _print(self, *what: RenderableType) -> None:
        """Without the blanks that tables put at the end of lines."""
        with self._console.capture() as captured:
            self._console.print(*what)
        lines = [line.rstrip() for line in captured.get().splitlines()]
        self._console.file.write("\n".join(lines) + "\n")
        self._console.file.flush()

    def _request(self, done: Exchanged) -> RenderableType:
        request = done.request
        lines: list[RenderableType] = [
            Text.assemble((f"{request.method} ", "bold magenta"), (done.url.split("?")[0], "bold"))
        ]
        pairs = parse_qsl(request.query, keep_blank_values=True)
        if pairs:
            lines.append(_label(self._say("parameters"), pairs))
        headers = [(name, _short(value)) for name, value in request.headers.items()]
        if headers:
            lines.append(_label(self._say("headers"), headers))
        if request.method != "GET":
            body = request.body.decode() or self._say("no_body")
            lines.append(_label(self._say("body"), [(body, "")]))
        return Group(*lines)

    def _answer(self, played: Played) -> RenderableType:
        answer = played.done.answer
        good = answer.status < 400
        status = Text.assemble(
            (f"{answer.status} {_phrase(answer.status)}", "bold green" if good else "bold red"),
            (f"   {answer.elapsed_ns / 1e6:.1f} ms   {_size(answer.bytes_in)}", "dim"),
        )
        parts: list[RenderableType] = [status]
        limits = [
            (k, v) for k, v in answer.headers if k.lower().startswith("x-") and "uuid" not in k
        ]
        if limits:
            parts.append(_label(self._say("headers"), limits))
        parts.append(self._values(played.step, played.answer))
        if played.problem:
            parts.append(Text(self._say("wrong", problem=played.problem), style="bold red"))
        else:
            parts.append(Text(f"✓ {self._say('fine')}", style="green"))
        return Group(*parts)

    def _values(self, step: Step, answer: Any) -> RenderableType:
        outer = answer
        if step.inside and isinstance(answer, dict):
            answer = answer.get(step.inside, answer)
        if isinstance(answer, dict) and {"bids", "asks"} <= answer.keys():
            return _book(answer)
        if isinstance(answer, list):
            parts: list[RenderableType] = []
            if outer is not answer:
                plain = {k: v for k, v in outer.items() if not isinstance(v, list | dict)}
                wanted = {k: v for k, v in plain.items() if k in step.columns}
                parts.append(_pairs(wanted or plain))
            if not answer:
                parts.append(Text(f"[]  {self._say('empty')}", style="dim"))
            else:
                parts.append(_rows(answer[-ROWS_MAX:] if not step.inside else answer, step.columns))
                if len(answer) > ROWS_MAX:
                    parts.append(Text(self._say("more", count=len(answer) - ROWS_MAX), style="dim"))
            return Group(*parts)
        if answer == {}:
            return Text(self._say("empty_object"), style="dim")
        if isinstance(answer, dict):
            names = [name for name in step.columns if name in answer] or list(answer)
            return _pairs({name: answer[name] for name in names})
        return Text(str(answer))

    def _say(self, name: str, **values: object) -> str:
        return say(name, self._language, **values)


def _indented(inner: RenderableType) -> Padding:
    return Padding(inner, (0, 0, 0, 2), expand=False)


def _label(label: str, pairs: Iterable[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True, min_width=10)
    table.add_column(style="blue", no_wrap=True)
    table.add_column(overflow="fold")
    for number, (name, value) in enumerate(pairs):
        table.add_row(label if number == 0 else "", name, value)
    return table


def _pairs(values: Mapping[str, Any]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="blue", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in values.items():
        table.add_row(name, _cell(value))
    return table


def _rows(rows: Sequence[Any], columns: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="blue", show_edge=False, padding=(0, 1))
    names = [name for name in columns if any(name in row for row in rows)] or list(rows[0])
    for name in names:
        numeric = _is_number(rows[0].get(name))
        table.add_column(name, justify="right" if numeric else "left", no_wrap=True)
    for row in rows[:ROWS_MAX]:
        table.add_row(*[_cell(row.get(name, "")) for name in names])
    return table


def _book(answer: Mapping[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="blue", padding=(0, 1))
    for title, style in (
        ("bid quantity", ""),
        ("bid", "green"),
        ("ask", "red"),
        ("ask quantity", ""),
    ):
        table.add_column(title, justify="right", style=style)
    for bid, ask in zip(answer["bids"], answer["asks"], strict=False):
        table.add_row(bid[1], bid[0], ask[0], ask[1])
    return table


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ", ".join(_cell(each) for each in value[:6]) + (" ..." if len(value) > 6 else "")
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _short(value: str) -> str:
    return value if len(value) <= 24 else f"{value[:10]}...{value[-6:]}"


def _size(count: int) -> str:
    return f"{count} B" if count < 2000 else f"{count / 1000:.1f} kB"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


# --- the command --------------------------------------------------------------------------------


def arguments(parser: argparse.ArgumentParser) -> None:
    """What ``tradewind tour`` takes."""
    parser.add_argument("venue", help="which venue's tutorial")
    parser.add_argument("--lang", choices=LANGUAGES, default="en", help="language of the texts")
    parser.add_argument("--data", help="the box's data folder")
    parser.add_argument("--key", default="default", help="label of the key to use")
    parser.add_argument("--json", action="store_true", help="one JSON object per step")


def run(options: argparse.Namespace) -> int:
    """Play the tour; 0 when every step went as told."""
    return asyncio.run(tell(options.venue, options.lang, options.data, options.key, options.json))


async def tell(
    venue: str,
    language: str = "en",
    data: str | None = None,
    key: str = "default",
    lines: bool = False,
) -> int:
    """Play a venue's tour against the box on a folder."""
    tour = cast(Tour, part(venue, "tour").TOUR)
    show: Show = Lines(language) if lines else Pages(language, console())
    try:
        async with connect(venue, key=key, data=data) as opened:
            return 0 if await play(opened, tour, opened.url, show) else 1
    except TradewindError as error:
        print(f"tradewind tour: {error}", file=sys.stderr)
        return 1


def console() -> Console:
    """The terminal, or plain text 100 columns wide where there is none."""
    out = Console(highlight=False, soft_wrap=False)
    return out if out.is_terminal else Console(highlight=False, width=100, no_color=True)
