"""The tour: told in both languages, shown as Postman does, and failing when a step is not so."""

import io
import json
import re
from typing import Any

import pytest
from rich.console import Console

from tradewind.cli import tour as told
from tradewind.cli.tour_texts import LANGUAGES, TEXTS, say
from tradewind.client import Exchanged
from tradewind.net.wire import Answer
from tradewind.protocol.messages import HttpRequest
from tradewind.protocol.touring import Step, Tour
from tradewind.venues import have, names, part

TOURS = [name for name in names() if have(name, "tour")]


def exchanged(body: Any, status: int = 200) -> Exchanged:
    request = HttpRequest("POST", "/orders", "side=SELL&price=2", {"X-Key": "k" * 40})
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = Answer(status, raw, (("X-Used", "7"),), 1_500_000, 321, 200)
    return Exchanged(request, answer, "http://127.0.0.1:1/orders?side=SELL&price=2")


def step(check: Any = lambda *_: "", **more: Any) -> Step:
    text = {"en": "in english", "zh": "中文"}
    return Step("order.place", text, text, check, **more)


@pytest.mark.parametrize("venue", TOURS)
def test_every_step_is_told_in_every_language(venue: str) -> None:
    """Title and text, and they differ between languages."""
    tour: Tour = part(venue, "tour").TOUR
    for each in tour.steps:
        for texts in (each.title, each.text):
            assert set(texts) == set(LANGUAGES)
            assert re.search("[\u4e00-\u9fff]", texts["zh"]), texts
            assert not re.search("[\u4e00-\u9fff]", texts["en"]), texts


@pytest.mark.parametrize("venue", TOURS)
def test_every_step_asks_what_exists(venue: str) -> None:
    """Operations and parameters stand in the venue's table."""
    table = part(venue, "operations").TABLE
    for each in part(venue, "tour").TOUR.steps:
        known = {parameter.name for parameter in table.by_name[each.operation].parameters}
        assert set(each.parameters) <= known, each.operation


@pytest.mark.parametrize("venue", TOURS)
@pytest.mark.parametrize("answer", [{"symbol": "X"}, [{"orderId": 1}], "text", {"balances": []}])
def test_no_step_is_content_with_a_wrong_answer(venue: str, answer: Any) -> None:
    """Whatever else comes back, it is noticed (an empty list of open orders is right once)."""
    memory = {"client_order_id": "mine", "order_id": "1", "tick": "0.1", "bought": "77"}
    for each in part(venue, "tour").TOUR.steps:
        _, problem = told._judge(each, exchanged(answer), dict(memory))
        assert problem or (each.operation, answer) == ("openOrders.status", [{"orderId": 1}])


def test_the_frame_is_told_in_every_language() -> None:
    """Every text of the frame."""
    assert all(set(texts) == set(LANGUAGES) for texts in TEXTS.values())
    assert say("end", "en", count=16, ms=12.4).startswith("The whole walk")


@pytest.mark.parametrize(
    ("done", "problem"),
    [
        (exchanged({}), ""),
        (exchanged({}, 500), "HTTP 500"),
        (exchanged(b"<html>"), "not JSON"),
    ],
)
def test_a_step_is_judged_by_status_and_answer(done: Exchanged, problem: str) -> None:
    """Another status, or something else than JSON, is not as told."""
    assert problem in told._judge(step(), done, {})[1]
    assert bool(problem) == bool(told._judge(step(), done, {})[1])


def shown(answer: Any, language: str = "en", problem: str = "", **more: Any) -> str:
    out = io.StringIO()
    pages = told.Pages(language, Console(file=out, width=100, no_color=True))
    played = told.Played(step(**more), 2, 3, exchanged(answer), answer, problem)
    pages.step(played)
    pages.end([played])
    return out.getvalue()


def test_a_page_shows_what_postman_shows() -> None:
    """Request line, parameters, headers, body, status, time, size, answer."""
    text = shown({"orderId": 5, "status": "NEW"})
    for piece in (
        "2/3",
        "in english",
        "POST http://127.0.0.1:1/orders",
        "side",
        "SELL",
        "X-Key",
        "kkkkkkkkkk...kkkkkk",
        "none: everything is in the query",
        "200 OK",
        "1.5 ms",
        "321 B",
        "X-Used",
        "orderId",
        "NEW",
        "as told",
    ):
        assert piece in text


def test_a_key_is_not_shown_in_full() -> None:
    """It opens only the box, and still."""
    assert "k" * 40 not in shown({})


def test_lists_are_tables_and_what_is_left_out_is_counted() -> None:
    """Columns by name, at most eight rows."""
    text = shown([{"orderId": n, "status": "NEW"} for n in range(20)], columns=("orderId",))
    assert "orderId" in text
    assert "status" not in text
    assert "... and 12 more" in text


def test_a_book_is_shown_side_by_side() -> None:
    """Bids left, asks right."""
    text = shown({"bids": [["99", "1"]], "asks": [["101", "2"]]})
    assert re.search(r"1\s+99\s+101\s+2", text)


def test_what_is_not_as_told_is_said() -> None:
    """In the step and at the end, in the language."""
    text = shown({}, "zh", problem="wrong")
    assert "与说明不符" in text
    assert "1 步" in text
