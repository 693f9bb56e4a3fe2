"""``tradewind run``: what a program in there can reach and read, and what it cannot."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tradewind import cli, venues
from tradewind.cli import inside
from tradewind.cli import run as command
from tradewind.exchange.names import places
from tradewind.net import namespace

from .conftest import COMMAND, VENUE, Box, environment, needs_namespaces, run

pytestmark = needs_namespaces
HOST = sorted(
    host for host, place in places([venues.facts(VENUE)]).items() if "rest" in place.doors
)[0]
PYTHON = [sys.executable, "-c"]
FETCH = (
    f"import urllib.request as u; print(u.urlopen('https://{HOST}/api/v3/ping').read().decode())"
)


def summed(box: Box, tmp_path: Path, *words: str, **more: Any) -> dict[str, Any]:
    """A run's summary."""
    file = tmp_path / "summary"
    run(box.data, "--summary", str(file), "--", *words, **more)
    told: dict[str, Any] = json.loads(file.read_text())
    return told


def test_the_real_name_leads_into_the_box(box: Box, tmp_path: Path) -> None:
    """By TLS that a program trusts without being told anything; the summary says it."""
    done = run(box.data, "--", *PYTHON, FETCH)
    assert done.stdout == "{}\n"
    assert f"reached   {HOST}: 1 request" in done.stderr
    assert summed(box, tmp_path, *PYTHON, FETCH)["requests"] == {HOST: 1}


def test_trust_needs_no_variables(box: Box) -> None:
    """A program that cleans its environment finds the system's certificates, one more in them."""
    done = run(box.data, "--", "env", "-i", "HOME=/", *PYTHON, FETCH)
    assert done.stdout == "{}\n", done.stderr


def test_output_input_and_exit_code_are_the_programs_own(box: Box) -> None:
    """Nothing is added to stdout; a shell's codes for what cannot run and what a signal ended."""
    code = "import sys; print(sys.stdin.read().upper(), end=''); sys.exit(7)"
    done = run(box.data, "--quiet", "--", *PYTHON, code, input="through")
    assert (done.stdout, done.stderr, done.returncode) == ("THROUGH", "", 7)
    assert run(box.data, "--", "no-such-program").returncode == inside.NOT_FOUND
    done = run(box.data, "--quiet", "--", "sh", "-c", "kill -TERM $$")
    assert done.returncode == 128 + signal.SIGTERM


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_reach_the_program(box: Box, number: signal.Signals) -> None:
    """Once, and the run ends as the program decides."""
    code = (
        "import signal, sys\n"
        f"signal.signal({int(number)}, lambda *_: (print('caught', flush=True), sys.exit(3)))\n"
        "print('ready', flush=True)\n"
        "signal.pause()\n"
    )
    process = subprocess.Popen(
        [*COMMAND, "run", "--data", str(box.data), "--quiet", "--", *PYTHON, code],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    told, _ = process.communicate(timeout=20)
    assert (told, process.returncode) == ("caught\n", 3)


def test_the_program_dies_with_the_run(box: Box, tmp_path: Path) -> None:
    """A run that is killed outright leaves nothing behind that might reach a network."""
    alive = tmp_path / "alive"
    os.mkfifo(alive)
    code = f"import time; f = open({str(alive)!r}, 'w'); f.write('x'); f.flush(); time.sleep(600)"
    process = subprocess.Popen([*COMMAND, "run", "--data", str(box.data), "--", *PYTHON, code])
    with alive.open() as pipe:
        assert pipe.read(1) == "x"
        process.kill()
        process.wait(20)
        assert pipe.read() == ""  # the other end is closed


OUTSIDE = """
import errno, socket
for family, address in [
    (socket.AF_INET, ("192.0.2.1", 443)),
    (socket.AF_INET, ("1.1.1.1", 53)),
    (socket.AF_INET, ("10.0.0.1", 80)),
    (socket.AF_INET, ("169.254.169.254", 80)),
    (socket.AF_INET6, ("2001:db8::1", 443)),
]:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(family, kind) as sock:
            sock.settimeout(5)
            assert sock.connect_ex(address) in (errno.ENETUNREACH, errno.EADDRNOTAVAIL), address
for name in ("example.org", "fapi.binance.example", "1.1.1.1.nip.io"):
    try:
        socket.getaddrinfo(name, 443)
    except socket.gaierror:
        continue
    raise SystemExit(name)
print("nothing")
"""


def test_nothing_else_can_be_reached(box: Box, tmp_path: Path) -> None:
    """No address of any kind, no other name; what was tried is summed up."""
    done = run(box.data, "--", *PYTHON, OUTSIDE)
    assert done.stdout == "nothing\n", done.stderr
    assert "blocked   example.org:" in done.stderr
    told = summed(box, tmp_path, *PYTHON, OUTSIDE)
    assert set(told["blocked_names"]) >= {"example.org", "1.1.1.1.nip.io"}
    assert told["blocked_sends"] >= 5


def test_the_machines_own_services_are_not_there(box: Box) -> None:
    """Not even the box's other ports: loopback is the program's own."""
    port = box.doors["rest"].rpartition(":")[2]
    code = f"import socket; print(socket.socket().connect_ex(('127.0.0.1', {port})))"
    assert run(box.data, "--", *PYTHON, code).stdout == "111\n"


def test_proxies_are_taken_away(box: Box) -> None:
    """They would lead outside, or nowhere."""
    code = "import os; print(sorted(n for n in os.environ if n.lower().endswith('_proxy')))"
    given = environment(https_proxy="http://192.0.2.1:1", ALL_PROXY="socks5://192.0.2.1:1")
    given.pop("NO_PROXY", None)
    given.pop("no_proxy", None)
    done = run(box.data, "--", *PYTHON, code, env=given)
    assert done.stdout == "[]\n"


COVERED = f"! grep -q {HOST} /etc/hosts"
WAYS_OUT = {
    "the network of another process": "nsenter -t 1 -n true",
    "that of the run itself": "nsenter -t $PPID -n true",
    "its own mounts undone": f"umount /etc/hosts && {COVERED}",
    "in a namespace on top": f"unshare -m sh -c 'umount /etc/hosts && {COVERED}'",
    "as root of a new user": f"unshare -Urm sh -c 'umount /etc/hosts && {COVERED}'",
    "a network device": "ip link add way type dummy",
    "the folder": "cat $DATA/ca.key",
    "below the cover": "umount $DATA && cat $DATA/ca.key",
    "by the working directory": "cat ca.key || cat ./ca.key",
    "by the root of the box": "cat /proc/$BOX/root$DATA/ca.key",
    "by its working directory": "cat /proc/$BOX/cwd/ca.key",
    "by the root of the run": "cat /proc/$PPID/root$DATA/ca.key",
    "by the descriptors of the run": "cat /proc/$PPID/fd/*",
    "by the memory of the box": "head -c 1 /proc/$BOX/mem",
    "by the environment of the box": "cat /proc/$BOX/environ",
    "the way in for runs": f"{sys.executable} -c 'import os, socket as s;"
    ' s.socket(1).connect(os.environ["DATA"] + "/doors.sock")\'',
}


def _ways(box: Box, *before: str) -> None:
    """Try them all in one run, from inside the data folder."""
    script = "".join(
        f"out=$({way} 2>/dev/null) && echo 'open: {name}'; [ -z \"$out\" ] || echo 'read: {name}'\n"
        for name, way in WAYS_OUT.items()
    )
    done = subprocess.run(
        [
            *before,
            *COMMAND,
            "run",
            "--data",
            str(box.data),
            "--",
            "sh",
            "-c",
            f"{script} echo tried",
        ],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=box.data,
        env=environment(DATA=str(box.data), BOX=str(box.process.pid)),
    )
    assert done.stdout == "tried\n", done.stderr


def test_the_ways_out_are_closed(box: Box) -> None:
    """Also for root, who keeps no right to undo anything; the key of the authority is not seen."""
    _ways(box)


def test_without_roots_rights_it_is_the_same(box: Box) -> None:
    """The other way in, through a user namespace, as every user goes it."""
    if os.geteuid() != 0:
        return  # every test here goes it
    lesser = ["setpriv", "--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin"]
    _ways(box, *lesser)
    words = [*lesser, *COMMAND, "run", "--data", str(box.data), "--", *PYTHON, FETCH]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert done.stdout == "{}\n", done.stderr


def test_the_box_sees_the_address_that_was_said(box: Box) -> None:
    """A key that is bound to it works under it and under no other."""
    _, made = box.admin("POST", "/keys", {"venue": VENUE, "label": "bound", "ips": ["127.0.0.7"]})
    given = environment(KEY=made["api_key"], SECRET=made["api_secret"])
    code = (
        "import hashlib, hmac, os, time, urllib.error, urllib.request as u\n"
        "q = f'timestamp={int(time.time() * 1000)}'\n"
        "s = hmac.new(os.environ['SECRET'].encode(), q.encode(), hashlib.sha256).hexdigest()\n"
        f"r = u.Request(f'https://{HOST}/api/v3/account?{{q}}&signature={{s}}',"
        " headers={'X-MBX-APIKEY': os.environ['KEY'], 'X-Forwarded-For': '127.0.0.7'})\n"
        "try: print(u.urlopen(r).status)\n"
        "except urllib.error.HTTPError as e: print(e.status)\n"
    )
    assert run(box.data, "--as-ip", "127.0.0.7", "--", *PYTHON, code, env=given).stdout == "200\n"
    assert run(box.data, "--", *PYTHON, code, env=given).stdout == "401\n"
    refused = run(box.data, "--as-ip", "here", "--", "true")
    assert refused.returncode == 1
    assert "--as-ip is an address" in refused.stderr


def test_a_foreign_key_is_refused_and_told(box: Box) -> None:
    """The summary says that there was one, never which."""
    key = "q8w7" * 16
    code = (
        "import time, urllib.error, urllib.request as u\n"
        "q = f'timestamp={int(time.time() * 1000)}&signature=' + 'ab' * 32\n"
        f"r = u.Request(f'https://{HOST}/api/v3/account?{{q}}')\n"
        f"r.add_header('X-MBX-APIKEY', '{key}')\n"
        "try: u.urlopen(r)\n"
        "except urllib.error.HTTPError as e: print(e.read().decode())\n"
    )
    done = run(box.data, "--", *PYTHON, code)
    assert "-2015" in done.stdout
    assert "refused   1 call with a key that this box did not issue" in done.stderr
    assert key not in done.stderr + done.stdout


def test_calls_that_the_box_does_not_have_are_told(box: Box, tmp_path: Path) -> None:
    code = (
        "import urllib.error, urllib.request as u\n"
        f"try: u.urlopen('https://{HOST}/api/v9/wish?secret=1')\n"
        "except urllib.error.HTTPError: pass\n"
    )
    assert summed(box, tmp_path, *PYTHON, code)["unknown"] == {f"GET {HOST}/api/v9/wish": 1}


def test_a_box_of_its_own_where_none_runs(tmp_path: Path) -> None:
    """With a key in the program's environment; gone afterwards unless a folder was named."""
    code = f"import os; print(len(os.environ['TRADEWIND_{VENUE.upper()}_API_KEY']))"
    given = environment(HOME=str(tmp_path), XDG_DATA_HOME=str(tmp_path), TMPDIR=str(tmp_path))
    given.pop("TRADEWIND_DATA", None)
    done = subprocess.run(
        [*COMMAND, "run", "--venues", VENUE, "--seed", "3", "--", *PYTHON, f"{code}; {FETCH}"],
        capture_output=True,
        text=True,
        timeout=60,
        env=given,
    )
    assert done.stdout == "64\n{}\n", done.stderr
    assert list(tmp_path.iterdir()) == []
    kept = tmp_path / "kept"
    assert run(kept, "--", *PYTHON, FETCH).stdout == "{}\n"
    assert (kept / "ca.key").exists()
    assert not (kept / "running.json").exists()


def test_settings_are_for_a_box_that_is_started(box: Box) -> None:
    done = run(box.data, "--seed", "9", "--", "true")
    assert done.returncode == 1
    assert "runs on" in done.stderr


def test_where_it_cannot_be_isolated_nothing_is_started(
    box: Box, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It says why and what helps; asked to, it runs with the next best, and says what that is."""
    monkeypatch.setattr(command.namespace, "why_not", lambda: "user namespaces are forbidden")
    ran = tmp_path / "ran"
    words = ["run", "--data", str(box.data), "--", "touch", str(ran)]
    assert cli.main(words) == command.NOT_ISOLATED
    assert not ran.exists()
    told = capfd.readouterr().err
    assert "user namespaces are forbidden" in told
    assert "--without-isolation" in told
    show = ["sh", "-c", f"grep -q BEGIN $SSL_CERT_FILE && echo $TRADEWIND_{VENUE.upper()}_REST"]
    assert cli.main(["run", "--data", str(box.data), "--without-isolation", "--", *show]) == 0
    said = capfd.readouterr()
    assert said.out.strip() == box.doors["rest"]
    assert "NOT isolated" in said.err


def test_the_machine_is_as_before(box: Box) -> None:
    """What was covered, was covered for the program alone."""
    assert HOST not in Path("/etc/hosts").read_text()
    assert (box.data / "ca.key").exists()
    assert namespace.why_not() == ""
