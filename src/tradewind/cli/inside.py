"""The inner half of ``tradewind run``: a process in a private network, which prepares it, starts
the program in it, answers its questions for names, and sums up.

    enter -> listen -> hand the sockets to the box -> files in place -> program -> summary
"""

import contextlib
import os
import selectors
import shutil
import signal
import socket
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct, json

from ..exchange.names import AUTHORITY, PORTS
from ..net import namespace, relay, resolver
from . import trust

HERE = "127.0.0.1"
NAME_PORT = 53
NAMES_MAX = 100
"""Names that a summary lists; a program may ask for any number."""

SIGNALS = (
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGUSR1,
    signal.SIGUSR2,
)
"""What is handed on to the program."""

NOT_FOUND, NOT_RUNNABLE = 127, 126

HOSTS = Path("/etc/hosts")
RESOLVER = Path("/etc/resolv.conf")
SWITCH = Path("/etc/nsswitch.conf")
ASIDE = (Path("/run/systemd/resolve/io.systemd.Resolve"), Path("/run/nscd/socket"))
"""Sockets of services that would look names up outside."""

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "WS_PROXY", "WSS_PROXY", "SOCKS_PROXY")


class Job(Struct, frozen=True):
    """What is to run, and where. ``scratch`` is an empty folder for files the program may read."""

    command: tuple[str, ...]
    program: str
    environment: Mapping[str, str]
    data: Path
    scratch: Path
    address: str
    bundles: tuple[Path, ...]
    ignored: frozenset[signal.Signals]
    """Signals that were ignored when we were started; the program ignores them too."""


class Summary(Struct, omit_defaults=True):
    """What a run did. ``blocked_names``: asked for and refused; ``blocked_sends``: how often
    something was sent to an address outside.
    """

    exit_code: int
    requests: dict[str, int] = {}
    websockets: dict[str, int] = {}
    unknown: dict[str, int] = {}
    foreign_keys: int = 0
    blocked_names: dict[str, int] = {}
    blocked_sends: int = 0
    box_gone: bool = False


def run(job: Job, lease: relay.Lease, started: int) -> Summary:
    """Run the job. The program's process id is written to ``started``. Raises TradewindError."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    namespace.die_with_parent(signal.SIGKILL)
    root = namespace.enter()
    names = _Names()
    told = _hand_over(lease, job.address)
    names.known = frozenset((*told.hosts, "localhost"))
    environment = _furnish(job, told)
    child = _start(job, environment, root)
    os.write(started, f"{child}\n".encode())
    os.close(started)
    code = names.serve_until_gone(child)
    tally = lease.tally()
    found = tally or relay.Tally()
    return Summary(
        code,
        found.requests,
        found.websockets,
        found.unknown,
        found.foreign_keys,
        dict(names.refused),
        namespace.unroutable(),
        tally is None,
    )


def _hand_over(lease: relay.Lease, address: str) -> relay.Told:
    listening = [socket.create_server((HERE, port), backlog=1024) for port in PORTS]
    try:
        return lease.ask(address, listening)
    finally:
        for each in listening:
            each.close()


# files in place


def _furnish(job: Job, told: relay.Told) -> dict[str, str]:
    """Names and trust for this namespace; gives the program's environment."""
    scratch = job.scratch
    _cover(HOSTS, scratch / "hosts", _hosts(told.hosts))
    _cover(
        RESOLVER,
        scratch / "resolv.conf",
        f"nameserver {HERE}\nsearch .\noptions timeout:1 attempts:1\n",
    )
    _cover(SWITCH, scratch / "nsswitch.conf", _switch())
    for each in ASIDE:
        namespace.cover(each, Path("/dev/null"))
    system = next((each for each in trust.SYSTEM if each.is_file()), None)
    first = system or next(iter(job.bundles), None)
    main = scratch / "certificates.pem"
    trust.extended(first, told.certificate, main)
    for number, bundle in enumerate(job.bundles):
        copy = scratch / f"certificates-{number}.pem"
        trust.extended(bundle, told.certificate, copy)
        namespace.cover(bundle, copy)
    hashed = scratch / "certs"
    if trust.hashed_copy(told.certificate, AUTHORITY, hashed):
        _into(hashed, job.bundles, scratch)
        namespace.cover(trust.HASHED, hashed)
    namespace.hide(job.data)
    _leave_covered_folder()
    return environment(job.environment, main)


def environment(given: Mapping[str, str], bundle: Path) -> dict[str, str]:
    """The program's variables: trust as told, no way around through proxies."""
    kept = {name: value for name, value in given.items() if name.upper() not in PROXIES}
    return {**kept, **dict.fromkeys(trust.VARIABLES, str(bundle))}


def _cover(target: Path, copy: Path, text: str) -> None:
    copy.write_text(text)
    namespace.cover(target, copy)


def _into(hashed: Path, bundles: Iterable[Path], scratch: Path) -> None:
    """Bundles that lie in the folder about to be covered are put into its copy."""
    for number, bundle in enumerate(bundles):
        with contextlib.suppress(ValueError):
            inside = hashed / bundle.relative_to(trust.HASHED.resolve())
            inside.unlink(missing_ok=True)
            shutil.copyfile(scratch / f"certificates-{number}.pem", inside)


def _hosts(names: Iterable[str]) -> str:
    """The machine's hosts file, with the venues' names here and nowhere else."""
    ours = frozenset(names)
    try:
        lines = HOSTS.read_text().splitlines()
    except OSError:
        lines = []
    kept = [line for line in lines if not ours & frozenset(line.lower().split())]
    return "\n".join([*kept, f"{HERE} localhost", *(f"{HERE} {name}" for name in names)]) + "\n"


def _switch() -> str:
    """Names come from the hosts file and our name server only."""
    try:
        lines = SWITCH.read_text().splitlines()
    except OSError:
        lines = []
    kept = [line for line in lines if not line.startswith("hosts:")]
    return "\n".join([*kept, "hosts: files dns"]) + "\n"


def _leave_covered_folder() -> None:
    """A working directory keeps what is under a cover: go in again by name."""
    try:
        os.chdir(os.getcwd())
    except OSError:
        os.chdir("/")


# the program


def _start(job: Job, environment: Mapping[str, str], root: bool) -> int:
    child = os.fork()
    if child:
        return child
    try:
        namespace.confine(root)
        namespace.die_with_parent(signal.SIGKILL)
        for number in (*SIGNALS, signal.SIGPIPE, signal.SIGXFSZ):
            ignored = number in job.ignored
            signal.signal(number, signal.SIG_IGN if ignored else signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.execve(job.program, job.command, environment)  # noqa: S606 (that is what run does)
    except FileNotFoundError:
        os._exit(_complain(job, "cannot be found", NOT_FOUND))
    except BaseException as error:  # noqa: BLE001 (a forked process must not go on as its parent)
        os._exit(_complain(job, f"cannot be started: {error}", NOT_RUNNABLE))


def _complain(job: Job, what: str, code: int) -> int:
    os.write(2, f"tradewind: {job.command[0]} {what}\n".encode())
    return code


class _Names:
    """The name server of the namespace, and what it refused."""

    def __init__(self) -> None:
        self.known: frozenset[str] = frozenset()
        self.refused: Counter[str] = Counter()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((HERE, NAME_PORT))
        self._socket.setblocking(False)

    def serve_until_gone(self, child: int) -> int:
        """Answer until the child ends; its exit code as a shell tells it."""
        awake, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_READ)
            selector.register(awake, selectors.EVENT_READ)
            while True:
                gone, status = os.waitpid(child, os.WNOHANG)
                if gone:
                    self._answer()
                    code = os.waitstatus_to_exitcode(status)
                    return code if code >= 0 else 128 - code
                for key, _ in selector.select():
                    if key.fileobj == awake:
                        os.read(awake, 4096)
                    else:
                        self._answer()

    def _answer(self) -> None:
        while True:
            try:
                query, peer = self._socket.recvfrom(4096)
            except BlockingIOError:
                return
            found = resolver.answer(query, self.known)
            if found is None:
                continue
            self._note(found)
            with contextlib.suppress(OSError):
                self._socket.sendto(found.data, peer)

    def _note(self, reply: resolver.Reply) -> None:
        if reply.exists or reply.again:
            return
        if reply.name in self.refused or len(self.refused) < NAMES_MAX:
            self.refused[reply.name] += 1


def written(summary: Summary) -> bytes:
    """The summary as JSON."""
    return json.format(json.encode(summary), indent=1) + b"\n"
