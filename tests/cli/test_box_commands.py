"""The commands against a real box in a process of its own."""

import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tradewind.venues
from tradewind import cli

VENUE = next(name for name in tradewind.venues.names() if tradewind.venues.have(name, "exchange"))
COMMAND = [sys.executable, "-m", "tradewind.cli"]


def _environment(data: Path) -> dict[str, str]:
    return {**os.environ, "TRADEWIND_DATA": str(data)}


class Running:
    """A box that runs."""

    def __init__(self, data: Path, *arguments: str) -> None:
        self.data = data
        self.process = subprocess.Popen(
            [*COMMAND, "up", "--json", "--port-base", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=_environment(data),
        )
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline()
        self.ready: dict[str, Any] = json.loads(self.line) if self.line else {}

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Signal it; its exit code and what it complained of."""
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> tuple[int, str]:
        """Wait for it."""
        _, errors = self.process.communicate(timeout=20)
        return self.process.returncode, errors

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Another command on the same folder."""
        return subprocess.run(
            [*COMMAND, *arguments],
            capture_output=True,
            text=True,
            timeout=30,
            env=_environment(self.data),
            check=False,
        )

    def told(self, *arguments: str) -> Any:
        """The JSON a command prints."""
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("cli") / "box", "--venues", VENUE, "--seed", "7")
    yield running
    code, errors = running.end()
    assert (code, errors) == (0, "")


def test_the_ready_line_is_one_line_with_everything(box: Running) -> None:
    """Data, admin and its token, every door of every venue."""
    assert set(box.ready) == {"data", "admin", "admin_token", "venues", "tls"}
    assert box.ready["data"] == str(box.data)
    doors = box.ready["venues"][VENUE]
    assert set(doors) == set(tradewind.venues.facts(VENUE).doors)
    with urllib.request.urlopen(f"{doors['rest']}/api/v3/ping") as answer:
        assert answer.status == 200


def test_what_the_box_writes_is_for_its_owner_only(box: Running) -> None:
    """Folder 0700, every file 0600."""
    assert stat.S_IMODE(box.data.stat().st_mode) == 0o700
    files = list(box.data.iterdir())
    assert {"box.json", "running.json", "credentials.json", f"{VENUE}.sqlite"} <= {
        file.name for file in files
    }
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_key_is_created_listed_and_revoked(box: Running) -> None:
    """With the fields a program expects, and the secret only once."""
    made = box.told("keys", "create", "--venue", VENUE, "--label", "bot", "--account", "bob")
    assert set(made) == {"venue", "label", "kind", "api_key", "api_secret"}
    pair = box.told("keys", "create", "--venue", VENUE, "--kind", "ed25519", "--label", "pair")
    assert set(pair) == {"venue", "label", "kind", "api_key", "private_key"}
    listed = box.run("keys", "list", "--json").stdout
    assert made["api_secret"] not in listed
    labels = {key["label"]: key for key in json.loads(listed)}
    assert labels["bot"]["account"] == "bob"
    assert labels["bot"]["permissions"] == ["read", "trade"]
    box.told("keys", "revoke", "--venue", VENUE, "--label", "bot")
    assert {k["label"]: k["revoked"] for k in box.told("keys", "list")}["bot"]
    assert made["api_key"] in box.run("keys", "list").stdout


def test_a_chosen_key_gives_the_secret_the_seed_says(box: Running) -> None:
    """So that a script can know it before the box runs."""
    from tradewind.exchange import keys

    made = box.told("keys", "create", "--venue", VENUE, "--api-key", "localscript")
    assert made["api_secret"] == keys.make("hmac", 7, "localscript").api_secret


def test_the_faucet_gives(box: Running) -> None:
    """To an account that is made by being named."""
    told = box.told("faucet", "--venue", VENUE, "--account", "carol", "USDT=10000", "BTC=1.5")
    assert told["balances"] == [
        {"asset": "BTC", "available": "1.5", "held": "0"},
        {"asset": "USDT", "available": "10000", "held": "0"},
    ]


def test_status_says_what_runs(box: Running) -> None:
    """For people and for programs."""
    told = box.told("status")
    assert told["venues"][VENUE]["doors"] == box.ready["venues"][VENUE]
    assert box.ready["admin"] in box.run("status").stdout


def test_time_can_be_moved_and_let_go(box: Running) -> None:
    """Freeze, step, run."""
    assert box.told("time", "freeze")["frozen"]
    before = box.told("time", "show")["venue_time_ns"]
    assert box.told("time", "advance", "8h")["venue_time_ns"] == before + 8 * 3_600 * 10**9
    assert box.told("time", "run")["speed"] == 1.0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("keys", "create", "--venue", VENUE, "--api-key", "realone"), "begins with 'local'"),
        (("keys", "create", "--venue", "moon"), f"it serves: {VENUE}"),
        (("faucet", "--venue", VENUE, "--account", "a", "USDT"), "write ASSET=AMOUNT"),
        (("faucet", "--venue", VENUE, "--account", "a", "NOPE=1"), "there are:"),
        (("time", "advance", "soon"), "for instance 90s"),
        (("up",), "another box runs"),
    ],
)
def test_a_mistake_says_what_is_wrong_and_what_to_do(
    box: Running, arguments: tuple[str, ...], words: str
) -> None:
    """On stderr, without a traceback, with exit code 1."""
    done = box.run(*arguments)
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert "realone" not in done.stderr


def test_reset_begins_again_and_keys_stay(box: Running) -> None:
    """Sockets of before are closed, the ports are the same."""
    keys = box.told("keys", "list")
    box.told("reset")
    assert box.told("keys", "list") == keys
    with urllib.request.urlopen(f"{box.ready['venues'][VENUE]['rest']}/api/v3/time") as answer:
        assert answer.status == 200


def test_a_box_goes_on_after_a_stop_and_after_a_kill(tmp_path: Path) -> None:
    """Same keys and balances, and without --port-base the same ports."""
    data = tmp_path / "box"
    first = Running(data, "--venues", VENUE)
    told = first.told("faucet", "--venue", VENUE, "--account", "bob", "BTC=3")
    listed = first.told("keys", "list")
    stopped = first.run("stop")
    assert (stopped.returncode, first.ended()) == (0, (0, ""))
    assert not (data / "running.json").exists()
    second = Running(data)
    assert second.told("keys", "list") == listed
    second.end(signal.SIGKILL)
    assert "does not answer" in second.run("status").stderr
    third = Running(data)
    more = third.told("faucet", "--venue", VENUE, "--account", "bob", "BTC=1")
    assert told["balances"][0]["available"] == "3"
    assert more["balances"][0]["available"] == "4"
    assert third.end(signal.SIGINT) == (0, "")
    journal = sqlite3.connect(data / f"{VENUE}.sqlite")
    assert journal.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    journal.close()


def test_a_seed_belongs_to_its_folder(tmp_path: Path) -> None:
    """Another seed would be another past."""
    data = tmp_path / "box"
    Running(data, "--venues", VENUE, "--seed", "7").end()
    code, errors = Running(data, "--seed", "8").ended()
    assert code == 1
    assert "has the seed 7" in errors


def test_ports_are_taken_in_a_row_from_the_base(tmp_path: Path) -> None:
    """Admin first; a port that is taken is named, with the way out."""
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, errors = Running(
            tmp_path / "box", "--venues", VENUE, "--port-base", str(port)
        ).ended()
    assert code == 1
    assert f"port {port} for admin cannot be used" in errors
    assert "--port-base" in errors


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--venues", "moon"), "a box can serve:"),
        (("--venues", "kraken"), "has no exchange side yet"),
        (("--speed", "0"), "a speed is above 0"),
        (("--set", "nonsense"), "VENUE.NAME=VALUE"),
        (("--venues", VENUE, "--instruments", "NOPE/NOPE"), "there is no instrument"),
        (("--venues", VENUE, "--instruments", "999"), "--instruments is between 1 and"),
    ],
)
def test_up_explains_what_it_cannot_do(
    tmp_path: Path,
    arguments: tuple[str, ...],
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Names that exist are named."""
    if "kraken" in arguments and tradewind.venues.have("kraken", "exchange"):
        arguments = ("--venues", "moon")
        words = "a box can serve:"
    assert cli.main(["up", "--data", str(tmp_path / "box"), *arguments]) == 1
    assert words in capsys.readouterr().err


def test_without_a_box_the_message_says_how_to_start_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """For every command that needs one."""
    for command in ("status", "stop", "reset"):
        assert cli.main([command, "--data", str(tmp_path / "none")]) == 1
        assert "start one with: tradewind up" in capsys.readouterr().err


def test_help_names_every_command_and_loads_nothing_heavy(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """``--help`` is fast because nothing of the box is imported for it."""
    with pytest.raises(SystemExit) as left:
        cli.main(["--help"])
    assert left.value.code == 0
    shown = capsys.readouterr().out
    assert all(f"    {word}" in shown for word in cli.COMMANDS)
    code = (
        "import sys, tradewind.cli as c\n"
        "try: c.main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'rich', 'cryptography', 'picows', 'asyncio', 'sqlite3'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
