"""Faults of requests and answers, over real sockets: what the bot sees, and what is true."""

import http.client
import time

import pytest

from tradewind.testing import Exchange

from .bot import Bot


def test_a_dropped_answer_leaves_the_order_in_the_book(venue: Exchange, bot: Bot) -> None:
    """The connection ends without a byte."""
    venue.fault("drop", operation="order.place")
    with pytest.raises(http.client.RemoteDisconnected):
        bot.order("one")
    assert bot.names() == ["one"]


def test_a_lost_request_leaves_nothing(venue: Exchange, bot: Bot) -> None:
    """To the bot it looks the same."""
    venue.fault("lose", operation="order.place")
    with pytest.raises(http.client.RemoteDisconnected):
        bot.order("one")
    assert bot.names() == []


def test_a_gateway_error_hides_an_accepted_order(venue: Exchange, bot: Bot) -> None:
    """5xx with the page of a load balancer."""
    venue.fault("error", operation="order.place", value=503)
    status, body = bot.order("one")
    assert (status, b"<html>" in body) == (503, True)
    assert bot.names() == ["one"]


def test_a_timeout_is_the_venues_own_word(venue: Exchange, bot: Bot) -> None:
    """Status unknown; the order is there."""
    venue.fault("timeout", operation="order.place")
    status, body = bot.order("one")
    assert (status, body["code"]) == (504, -1007)
    assert bot.names() == ["one"]


@pytest.mark.parametrize(("value", "status", "code"), [(1, 500, -1006), (2, 500, -1000)])
def test_the_other_words_for_status_unknown(
    venue: Exchange, bot: Bot, value: int, status: int, code: int
) -> None:
    """Each hides an accepted order."""
    venue.fault("timeout", operation="order.place", value=value)
    told, body = bot.order("one")
    assert (told, body["code"]) == (status, code)
    assert bot.names() == ["one"]


def test_an_overloaded_venue_has_done_nothing(venue: Exchange, bot: Bot) -> None:
    """It says so, and the order may be sent again."""
    venue.fault("overload", operation="order.place", nth=1)
    status, body = bot.order("one")
    assert (status, body["code"]) == (503, -1008)
    assert bot.names() == []
    assert bot.order("one")[0] == 200


def test_a_delayed_answer_comes_after_the_truth(venue: Exchange, bot: Bot) -> None:
    """The order rests before the bot knows it."""
    venue.fault("delay", operation="order.place", value=300)
    begun = time.monotonic()
    assert bot.order("one")[0] == 200
    assert time.monotonic() - begun >= 0.3
    (request,) = venue.ask("GET", "/log")["requests"]
    assert (request["status"], request["fault"]) == (200, "delay")


def test_a_late_request_is_judged_when_it_arrives(venue: Exchange, bot: Bot) -> None:
    """Its receive window is over by then."""
    venue.fault("late", operation="order.place", value=120)
    assert bot.order("one", recvWindow=100)[1]["code"] == -1021
    venue.clear_faults()
    assert bot.order("two", recvWindow=5_000)[0] == 200
    assert bot.names() == ["two"]


def test_a_cut_answer_arrives_in_part(venue: Exchange, bot: Bot) -> None:
    """The first bytes and no more; the order is there."""
    venue.fault("cut", operation="time", value=40)
    found = bot.raw("/api/v3/time")
    assert len(found) == 40
    assert found.startswith(b"HTTP/1.1 200")
    venue.fault("cut", operation="order.place", value=400)
    with pytest.raises((http.client.IncompleteRead, http.client.RemoteDisconnected)):
        bot.order("one")
    assert bot.names() == ["one"]


def test_a_slow_answer_comes_byte_by_byte(venue: Exchange, bot: Bot) -> None:
    """Whole in the end, and nobody else waits."""
    venue.fault("dribble", operation="time", value=1)
    begun = time.monotonic()
    found = bot.raw("/api/v3/time")
    took = time.monotonic() - begun
    assert found.rstrip().endswith(b"}")
    assert took >= (len(found) - 1) / 1_000


def test_a_skewed_clock_is_seen_in_time_and_freshness(venue: Exchange, bot: Bot) -> None:
    """A request with the right time is refused, one with the venue's wrong time is taken."""
    _, right = bot.ask("GET", "/api/v3/time")
    venue.fault("skew", value=-60_000)
    _, wrong = bot.ask("GET", "/api/v3/time")
    assert right["serverTime"] - wrong["serverTime"] == 60_000
    assert bot.order("right")[1]["code"] == -1021
    assert bot.order("shifted", ahead_ms=-60_000)[0] == 200
    assert bot.names() == ["shifted"]


def test_a_ban_refuses_until_its_time_is_over(venue: Exchange, bot: Bot) -> None:
    """418, the venue's words, and again 200 when venue time has come that far."""
    venue.fault("ban", seconds=120)
    status, body = bot.ask("GET", "/api/v3/time")
    assert (status, body["code"]) == (418, -1003)
    assert "IP banned until" in body["msg"]
    venue.advance(seconds=121)
    assert bot.ask("GET", "/api/v3/time")[0] == 200


def test_maintenance_refuses_requests_and_keeps_orders(venue: Exchange, bot: Bot) -> None:
    """What rested rests."""
    bot.order("one")
    number = venue.fault("maintenance")
    assert bot.ask("GET", "/api/v3/time")[0] == 503
    assert bot.order("two")[0] == 503
    venue.clear_fault(number)
    assert bot.names() == ["one"]


def test_only_the_nth_matching_request_is_struck(venue: Exchange, bot: Bot) -> None:
    """Others count, of other operations not even that."""
    venue.fault("timeout", operation="order.place", nth=2)
    seen = []
    for name in ("one", "two", "three"):
        bot.ask("GET", "/api/v3/time")
        seen.append(bot.order(name)[0])
    assert seen == [200, 504, 200]
    assert bot.names() == ["one", "two", "three"]


def test_a_fault_of_one_account_leaves_the_others_alone(venue: Exchange, bot: Bot) -> None:
    """Chosen by the key that the request shows."""
    venue.fault("drop", account="somebody else", operation="order.place")
    assert bot.order("one")[0] == 200


def test_a_count_ends_a_fault(venue: Exchange, bot: Bot) -> None:
    """So often and no more."""
    venue.fault("error", operation="time", count=2, value=500)
    assert [bot.ask("GET", "/api/v3/time")[0] for _ in range(4)] == [500, 500, 200, 200]


def test_chance_follows_from_the_seed(venue: Exchange, bot: Bot) -> None:
    """The same seed strikes the same requests."""

    def struck() -> list[int]:
        number = venue.fault("error", operation="time", probability=0.5, seed=3, value=500)
        seen = [bot.ask("GET", "/api/v3/time")[0] for _ in range(12)]
        venue.clear_fault(number)
        return seen

    first = struck()
    assert first == struck()
    assert set(first) == {200, 500}
