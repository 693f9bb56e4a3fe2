"""``tradewind run -- CMD``: run a program, unchanged, with the box in the place of the venues.

The program lives in a private network where the venues' real names lead into the box, over TLS
that it trusts, and nothing else can be reached. What cannot be isolated is not run, unless asked.
"""

import argparse
import contextlib
import ipaddress
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import DecodeError
from msgspec import json as msgspec_json

from ..client import local
from ..model import Misconfigured, TradewindError
from ..net import namespace, relay
from . import inside, trust

NOT_ISOLATED = 125
"""Exit code when the program was not started."""
_SECONDS = 20
_BROKEN = b"!"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What to run, and the box to run it against."""
    parser.add_argument("--venues", default="", metavar="A,B", help="venues of a box started here")
    parser.add_argument("--data", metavar="DIR", help="the box's data folder")
    parser.add_argument("--seed", type=int, metavar="N", help="seed of a box started here")
    parser.add_argument(
        "--flavour", default="", help="live, testnet or demo; of a box started here"
    )
    parser.add_argument(
        "--as-ip", default="", metavar="ADDRESS", help="the address that the box sees (127.0.0.1)"
    )
    parser.add_argument(
        "--trust",
        action="append",
        default=[],
        metavar="FILE",
        help="a further file that the program reads trusted certificates from; may be repeated",
    )
    parser.add_argument("--summary", metavar="FILE", help="write the summary there, as JSON")
    parser.add_argument("--quiet", action="store_true", help="no summary on stderr")
    parser.add_argument(
        "--without-isolation",
        action="store_true",
        help="where private networks are forbidden, run the program all the same: it must be told "
        "the box's URLs, and nothing keeps it from the real venues",
    )
    parser.add_argument("child", nargs=argparse.REMAINDER, metavar="-- CMD", help="the program")


def run(options: argparse.Namespace) -> int:
    """Run it; its own exit code."""
    command = options.child[1:] if options.child[:1] == ["--"] else options.child
    if not command:
        raise Misconfigured("say what to run: tradewind run -- CMD ARGUMENTS")
    program = shutil.which(command[0])
    if program is None:
        print(f"tradewind: {command[0]} cannot be found", file=sys.stderr)
        return inside.NOT_FOUND
    address = _address(options.as_ip)
    reason = namespace.why_not()
    if reason and not options.without_isolation:
        _explain(reason)
        return NOT_ISOLATED
    with _box(options) as box:
        environment = {**os.environ, **_keys(box)}
        environment.pop("TRADEWIND_DATA", None)
        if reason:
            return _exposed(box, [program, *command[1:]], environment, reason)
        return _isolated(options, box, command, program, environment, address)


# with isolation


def _isolated(
    options: argparse.Namespace,
    box: local.Running,
    command: list[str],
    program: str,
    environment: Mapping[str, str],
    address: str,
) -> int:
    bundles = trust.bundles(command, environment)
    bundles += [Path(file).resolve() for file in options.trust]
    ignored = frozenset(n for n in inside.SIGNALS if signal.getsignal(n) == signal.SIG_IGN)
    with tempfile.TemporaryDirectory(prefix="tradewind-run-") as scratch:
        Path(scratch).chmod(0o755)  # what is in it is public, and a program may change its user
        job = inside.Job(
            tuple(command),
            program,
            environment,
            Path(box.data),
            Path(scratch),
            address,
            tuple(bundles),
            ignored,
        )
        summary = _supervise(job, relay.Lease(Path(box.data)))
    if options.summary:
        Path(options.summary).write_bytes(inside.written(summary))
    if not options.quiet:
        _tell(summary)
    return summary.exit_code


def _supervise(job: inside.Job, lease: relay.Lease) -> inside.Summary:
    """Start the inner half, hand signals on to the program, give the summary."""
    watched = {*inside.SIGNALS, signal.SIGCHLD}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, watched)
    sys.stdout.flush()
    sys.stderr.flush()
    started_read, started_write = os.pipe()
    told_read, told_write = os.pipe()
    helper = os.fork()
    if helper == 0:
        os.close(started_read)
        os.close(told_read)
        _be_inside(job, lease, started_write, told_write)
    lease.close()
    os.close(started_write)
    os.close(told_write)
    try:
        with os.fdopen(started_read, "rb") as started, os.fdopen(told_read, "rb") as told:
            line = started.readline()
            if line:
                _hand_signals_on(helper, int(line))
            said = told.read()
            if not line:
                os.waitpid(helper, 0)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    if said.startswith(_BROKEN) or not said:
        raise Misconfigured(said[1:].decode() or "the run ended without a word")
    try:
        return msgspec_json.decode(said, type=inside.Summary)
    except DecodeError:
        raise Misconfigured("the run was cut off") from None


def _be_inside(job: inside.Job, lease: relay.Lease, started: int, told: int) -> None:
    """The inner half's process; never returns."""
    code = 1
    try:
        said = msgspec_json.encode(inside.run(job, lease, started))
        code = 0
    except (TradewindError, OSError) as error:
        said = _BROKEN + str(error).encode()
    except BaseException as error:  # noqa: BLE001 (a forked process must not go on as its parent)
        said = _BROKEN + repr(error).encode()
    with contextlib.suppress(OSError), os.fdopen(told, "wb") as out:
        out.write(said)
    os._exit(code)


def _hand_signals_on(helper: int, child: int) -> None:
    """Until the inner half ends. What the terminal sends, the program has got already."""
    watched = {*inside.SIGNALS, signal.SIGCHLD}
    while True:
        gone, _ = os.waitpid(helper, os.WNOHANG)
        if gone:
            return
        came = signal.sigwaitinfo(watched)
        if came.si_signo != signal.SIGCHLD and came.si_code <= 0:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, came.si_signo)


# the box


@contextlib.contextmanager
def _box(options: argparse.Namespace) -> Iterator[local.Running]:
    """The box that runs on the folder; else one for this run, on the folder if one was named."""
    with contextlib.suppress(Misconfigured):
        found = local.running(options.data)
        if _alive(Path(found.data)):
            if options.venues or options.seed is not None or options.flavour:
                raise _Already(found.data)
            yield found
            return
    with contextlib.ExitStack() as stack:
        named = options.data or os.environ.get("TRADEWIND_DATA")
        data = named or f"{stack.enter_context(_temporary())}/box"
        process = _start(options, data, keep=bool(named))
        stack.callback(_stop, process)
        yield local.running(data)


class _Already(TradewindError):
    """A box runs, and settings were given for another."""

    def __init__(self, data: str) -> None:
        super().__init__(
            f"a box runs on {data} already: --venues, --seed and --flavour are for one that is "
            "started for the run; leave them away, or name another folder with --data"
        )


def _alive(data: Path) -> bool:
    try:
        relay.Lease(data).close()
    except Misconfigured:
        return False
    return True


def _temporary() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="tradewind-box-", ignore_cleanup_errors=True)


def _start(options: argparse.Namespace, data: str, *, keep: bool) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tradewind.cli", "up", "--json", "--data", data]
    if not keep:
        command += ["--port-base", "0"]
    for name in ("venues", "seed", "flavour"):
        value = getattr(options, name)
        command += [f"--{name}", str(value)] if value not in ("", None) else []
    # a session of its own: Ctrl-C is for the program, and we stop the box when it is done
    process = subprocess.Popen(  # noqa: S603 (our own program, no shell)
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_die_too,
    )
    assert process.stdout is not None
    if not process.stdout.readline():
        raise Misconfigured(f"the box did not start (exit code {process.wait()})")
    return process


def _die_too() -> None:
    with contextlib.suppress(Exception):
        namespace.die_with_parent(signal.SIGTERM)


def _stop(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    finally:
        if process.stdout is not None:
            process.stdout.close()


def _keys(box: local.Running) -> dict[str, str]:
    """The box's first key of each venue, for programs that take theirs from the environment."""
    found: dict[str, str] = {}
    for venue in box.venues:
        with contextlib.suppress(Misconfigured):
            key = local.key(venue, "default", box.data)
            start = f"TRADEWIND_{venue.upper()}"
            found[f"{start}_API_KEY"] = key.api_key
            found[f"{start}_API_SECRET"] = key.api_secret or key.private_key
    return found


# without isolation


def _explain(reason: str) -> None:
    print(
        f"tradewind: the program was not started, because it cannot be isolated here: {reason}.\n"
        "  It would reach the real venues instead of the box.\n"
        "  What helps: run as root; in Docker, --cap-add SYS_ADMIN --security-opt "
        "apparmor=unconfined;\n"
        "  on Ubuntu 24.04, sysctl kernel.apparmor_restrict_unprivileged_userns=0.\n"
        "  Or set the box's URLs in the program itself (tradewind up shows them), or run it with\n"
        "  --without-isolation, which gives it the URLs and the certificate, and guards nothing.",
        file=sys.stderr,
    )


def _exposed(
    box: local.Running, command: list[str], environment: Mapping[str, str], reason: str
) -> int:
    """The next best: variables. Says what it is not."""
    urls = {
        f"TRADEWIND_{venue.upper()}_{door.upper()}": url
        for venue, doors in box.venues.items()
        for door, url in doors.items()
    }
    print(
        f"tradewind: NOT isolated ({reason}). The venues' real names lead to the real venues;\n"
        "  the program talks to the box only if it uses these URLs:",
        *(f"    {name}={url}" for name, url in urls.items()),
        sep="\n",
        file=sys.stderr,
        flush=True,
    )
    with tempfile.TemporaryDirectory(prefix="tradewind-run-") as scratch:
        bundle = Path(scratch) / "certificates.pem"
        system = next((each for each in trust.SYSTEM if each.is_file()), None)
        trust.extended(system, (Path(box.data) / "ca.pem").read_text(), bundle)
        variables = {**environment, **urls, **dict.fromkeys(trust.VARIABLES, str(bundle))}
        code = subprocess.run(command, env=variables, check=False).returncode  # noqa: S603 (what run does)
    return code if code >= 0 else 128 - code


# words


def _address(text: str) -> str:
    if not text:
        return ""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise Misconfigured(f"--as-ip is an address like 127.0.0.7, not {text!r}") from None


def _tell(summary: inside.Summary) -> None:
    lines = [f"\ntradewind run: exit code {summary.exit_code}"]
    for host in sorted({*summary.requests, *summary.websockets}):
        counts = [
            _count(summary.requests.get(host, 0), "request"),
            _count(summary.websockets.get(host, 0), "WebSocket"),
        ]
        lines.append(f"  reached   {host}: {', '.join(filter(None, counts))}")
    if not (summary.requests or summary.websockets):
        lines.append("  reached   nothing in the box")
    for call, count in sorted(summary.unknown.items()):
        lines.append(f"  unknown   {call} ({count}x): the box does not have this call")
    lines += [f"  blocked   {name}: no such name in here" for name in sorted(summary.blocked_names)]
    if summary.blocked_sends:
        lines.append(
            f"  blocked   {_count(summary.blocked_sends, 'attempt')} to reach an address outside"
        )
    if summary.foreign_keys:
        lines.append(
            f"  refused   {_count(summary.foreign_keys, 'call')} with a key that this box did not "
            "issue; it was not kept"
        )
    if summary.box_gone:
        lines.append("  the box ended before the program: what was reached is not known")
    print(*lines, sep="\n", file=sys.stderr)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}" if number else ""
