"""The box: a folder, a clock, venues with their ports, and the admin port.

open    lock the folder -> venues go on from their journals -> listen -> say where
run     ten times a second: ticks, cadences, deadlines
close   stop listening -> commit, snapshot -> unlock
"""

import asyncio
import logging
import secrets
import ssl
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from .. import venues
from ..model import Misconfigured
from ..net.clock import wall_ns
from ..net.relay import Reception
from ..net.server import Server, serve
from ..protocol.hosting import Credential
from . import credentials, folder, keys, names
from .admin import Admin
from .authority import Authority
from .clock import SPEED_ONE, Clock, Setting
from .database import Step, no_step
from .doors import Doors, Visitors
from .faults import Faults
from .gateway import Gateway
from .host import DEFAULT, DIGEST_EVERY, Parts, VenueHost
from .metrics import Metrics
from .requests import Requests
from .wire_record import Fate, WireRecord

_log = logging.getLogger(__name__)

HOST = "127.0.0.1"
BEAT = 0.1
"""Wall seconds between two beats."""

PORT = 8470
"""The admin port of a box that was not told otherwise; venues follow it. Taken ones are replaced
by free ones, and the box remembers."""

Settings = dict[str, dict[str, Any]]


class Options(Struct, frozen=True):
    """How a box was asked to start. None and 0 mean: as it was before, or the default.

    Without ``data`` everything is in memory: no folder, no lock, no doors under the real names.
    ``at`` is the venue time (ns) that a new box begins at, ``key_seed`` what the secrets of chosen
    keys follow from instead of ``seed``, ``first_key`` the api key of a new venue's first key.
    """

    data: Path | None
    venues: tuple[str, ...] = ()
    port_base: int | None = None
    seed: int | None = None
    speed: int | None = None
    sync: str = "normal"
    instruments: str = ""
    settings: Mapping[str, Mapping[str, Any]] = {}
    digest_every: int = DIGEST_EVERY
    at: int | None = None
    key_seed: int | None = None
    first_key: str = ""


class Remembered(Struct):
    """What ``box.json`` keeps from start to start."""

    seed: int = 1
    venues: tuple[str, ...] = ()
    settings: Settings = {}
    ports: dict[str, int] = {}


class Tls(Struct, frozen=True):
    """Where the venues' real names are answered, and the certificate to trust for that."""

    port: int
    ca: str


class Ready(Struct, frozen=True, omit_defaults=True):
    """The ready line; also what ``running.json`` holds."""

    data: str
    admin: str
    admin_token: str
    venues: dict[str, dict[str, str]]
    tls: Tls | None = None


class Moment(Struct, frozen=True):
    """A box as it was at a venue time: its speed then, and each venue's database."""

    at: int
    speed: int
    images: dict[str, bytes]


class Box:
    """One box. ``await open()``, then ``await run()`` until ``stop()`` is called."""

    def __init__(
        self,
        options: Options,
        *,
        step: Step = no_step,
        parts: Mapping[str, Parts] | None = None,
    ) -> None:
        self.options = options
        self.requests = Requests()
        self.record = WireRecord()
        self.metrics = Metrics()
        self.faults = Faults(self)
        self.gateways: dict[str, Gateway] = {}
        self.token = secrets.token_urlsafe(32)
        self.memory = options.data is None
        self.data = options.data or Path(":memory:")
        self.new_keys: dict[str, keys.Made] = {}
        """The first key of each venue that began with this start."""
        self._step = step
        self._given = parts or {}
        self._remembered = Remembered()
        self._found: set[Path] = set()
        self._lock: folder.Lock | None = None
        self._servers: dict[str, Server] = {}
        self._doors: Doors | None = None
        self._reception: Reception | None = None
        self._stopped = asyncio.Event()
        self._error: BaseException | None = None
        self.clock = Clock()
        self.admin_url = ""
        self.doors: dict[str, dict[str, str]] = {}

    # life

    async def open(self) -> Ready:
        """Open everything. Raises Misconfigured with what to do; leaves nothing half open."""
        if not self.memory:
            self.data = folder.prepare(self.data)
            self._lock = folder.Lock(self.data)
            self._found = set(self.data.iterdir())
        if self.options.at is not None:
            speed = SPEED_ONE if self.options.speed is None else self.options.speed
            self.clock = Clock(Setting(self.clock.wall(), self.options.at, speed))
        try:
            self._remember()
            for name in self._remembered.venues:
                self._open_venue(name)
            self._start_clock()
            ready = await self._listen()
            self.faults.open()
        except BaseException:
            await self._shut()
            self._forget()
            self._let_go()
            raise
        if not self.memory:
            folder.write(self.data / folder.RUNNING, msgspec.json.encode(ready))
        return ready

    async def run(self) -> None:
        """Beat until stopped. Raises what broke the box, if something did."""
        loop = asyncio.get_running_loop()
        following = loop.time()
        while not self._stopped.is_set():
            try:
                self.faults.beat()
                for gateway in self.gateways.values():
                    gateway.beat()
                self.record.flush()
            except Exception as error:  # noqa: BLE001  # whatever broke a venue ends the box, once, loudly
                self.failed(error)
                break
            following = max(following + BEAT, loop.time())
            try:
                async with asyncio.timeout_at(following):
                    await self._stopped.wait()
            except TimeoutError:
                self.metrics.lag.add(max(0.0, loop.time() - following))
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """End ``run`` at its next turn."""
        self._stopped.set()

    def stop_soon(self) -> None:
        """Stop after the answers of this turn."""
        asyncio.get_running_loop().call_soon(self.stop)

    def failed(self, error: BaseException) -> None:
        """A venue cannot go on, for instance because its journal cannot be written: stop rather
        than answer what is not on disk.
        """
        if self._error is None:
            self._error = error
            _log.critical("the box stops: %s", error, exc_info=error)
        self.stop()

    async def close(self) -> None:
        """Stop listening, commit, keep snapshots, let go of the folder."""
        await self._shut()
        self._let_go()

    async def _shut(self) -> None:
        if self._reception is not None:
            await self._reception.close()
            self._reception = None
        self.record.close()
        servers, self._servers = self._servers, {}
        for server in servers.values():
            await server.close()
        for gateway in self.gateways.values():
            if self._error is None:
                gateway.end_turn()
                gateway.host.close()
            else:
                gateway.host.database.abandon()
        self.gateways = {}

    def _forget(self) -> None:
        """A first start that failed has answered nobody: the next one begins anew, without what was
        wrong in this one, and shows its key. What was here before stays.
        """
        if self.memory or self.data / folder.BOX in self._found:
            return
        made = (folder.BOX, folder.CREDENTIALS, *(f"{name}.sqlite*" for name in venues.names()))
        for path in {path for name in made for path in self.data.glob(name)} - self._found:
            path.unlink()

    def _let_go(self) -> None:
        if self._lock is not None:
            (self.data / folder.RUNNING).unlink(missing_ok=True)
            self._lock.release()
            self._lock = None

    def reset(self) -> None:
        """Begin again without orders and past. As on a test network: keys and accounts stay."""
        for name in list(self.gateways):
            old = self._end_venue(name)
            fresh = self._open_venue(name, list(old.accounts), old.keys.all())
            self._servers[name].application = fresh

    def snapshot(self) -> Moment:
        """Everything as it is now, for ``restore``."""
        for gateway in self.gateways.values():
            gateway.end_turn()
        images = {name: gateway.host.image() for name, gateway in self.gateways.items()}
        return Moment(self.clock.now(), self.clock.setting.speed, images)

    def restore(self, moment: Moment) -> None:
        """Go back to a moment of this box, venue time too. Connections are closed."""
        number = self.clock.setting.number + 1
        setting = Setting(self.clock.wall(), moment.at, moment.speed, number)
        self.clock = Clock(setting, self.clock.wall)
        for name, image in moment.images.items():
            self._end_venue(name)
            self._servers[name].application = self._open_venue(name, image=image)
        for gateway in self.gateways.values():
            gateway.host.clock_changed()

    def flaw(self, venue: str, flaw: str) -> None:
        """Show TLS clients of a venue (all of them: "") a flawed certificate, or a good one again.
        Raises Misconfigured where no names are served.
        """
        if self._doors is None:
            raise Misconfigured("this box serves no real names, so it shows no certificate")
        self._doors.flaw(venue, flaw)

    def _end_venue(self, name: str) -> VenueHost:
        """Close a venue's connections and forget its file, to open it anew."""
        gateway = self.gateways[name]
        gateway.retire()
        for connection in self._servers[name].connections:
            connection.close()
        if self._doors is not None:
            self._doors.drop(gateway)
        gateway.host.database.abandon()
        self.faults.venue_anew(name)
        if not self.memory:
            for end in ("", "-wal", "-shm"):
                (self.data / f"{name}.sqlite{end}").unlink(missing_ok=True)
        return gateway.host

    # opening

    def _remember(self) -> None:
        """Put together what was asked now and what was before."""
        options = self.options
        stored = None if self.memory else folder.read(self.data / folder.BOX)
        before = Remembered() if stored is None else msgspec.json.decode(stored, type=Remembered)
        if options.seed is not None and stored is not None and options.seed != before.seed:
            raise Misconfigured(
                f"{self.data} has the seed {before.seed}, and its market follows from it; leave "
                "--seed away, or start on another folder with --data"
            )
        names = options.venues or before.venues or servable()[:1]
        check_served([name for name in names if name not in self._given])
        settings: Settings = {name: dict(before.settings.get(name, {})) for name in names}
        for name in names:
            settings[name].update(options.settings.get(name, {}))
            if options.instruments:
                settings[name].pop("instruments_file", None)
                settings[name]["instruments"] = _instruments(name, options.instruments)
        self._remembered = Remembered(
            seed=before.seed if options.seed is None else options.seed,
            venues=tuple(names),
            settings={**before.settings, **settings},
            ports=before.ports,
        )
        if stored is None:
            self._save()  # else only once the venues have opened: what was asked may not fit them

    def _save(self) -> None:
        if self.memory:
            return
        text = msgspec.json.format(msgspec.json.encode(self._remembered), indent=1)
        folder.write(self.data / folder.BOX, text)

    def _open_venue(
        self,
        name: str,
        accounts: Sequence[str] = (),
        issued: Sequence[Credential] = (),
        image: bytes = b"",
    ) -> Gateway:
        if image and not self.memory:
            folder.write(self.data / f"{name}.sqlite", image)
            image = b""
        host = VenueHost(
            name,
            None if self.memory else self.data,
            self._remembered.seed,
            self.clock,
            settings=self._remembered.settings[name],
            sync=self.options.sync,
            step=self._step,
            digest_every=self.options.digest_every,
            parts=self._given.get(name),
            image=image,
        )
        try:
            host.open()
        except BaseException:
            host.database.abandon()
            raise
        soon = asyncio.get_running_loop().call_soon
        gateway = self.gateways[name] = Gateway(
            host,
            self.requests,
            self.failed,
            soon,
            self.faults.schedule,
            self.record,
            self.metrics,
        )
        for account in accounts:
            host.account(account)
        for key in issued:
            host.issue(key)
        if not host.keys.all():
            _, self.new_keys[name] = self.create_key(
                name, label=DEFAULT, api_key=self.options.first_key
            )
        gateway.end_turn()
        return gateway

    def _start_clock(self) -> None:
        speed = self.options.speed
        if speed is not None and speed != self.clock.setting.speed:
            self.set_clock(speed=speed)

    async def _listen(self) -> Ready:
        admin = await self._serve(Admin(self), "admin", 0)
        self.admin_url = f"http://{HOST}:{admin}"
        doors = self.doors
        for place, (name, gateway) in enumerate(self.gateways.items(), 1):
            at = f"{HOST}:{await self._serve(gateway, name, place)}"
            urls = gateway.host.facts.doors
            doors[name] = {door: url.replace("{}", at) for door, url in urls.items()}
        tls = await self._open_doors(len(self.gateways) + 1)
        self._save()
        return Ready(str(self.data), self.admin_url, self.token, doors, tls)

    async def _open_doors(self, place: int) -> Tls | None:
        """The port for the venues' real names, and the socket where runs come in."""
        found = names.places(gateway.host.facts for gateway in self.gateways.values())
        if not found or self.memory:
            return None
        authority = Authority.open(self.data, sorted(found))
        self._doors = Doors(found, authority, self.gateways.get, wall_ns)
        authority.shown = self._shown
        port = await self._serve(self._doors.visitors(), "tls", place, self._doors.context)
        if sys.platform == "linux":
            self._reception = Reception(self.data, self._doors)
        return Tls(port, str(authority.path))

    async def _serve(
        self,
        application: Admin | Gateway | Visitors,
        name: str,
        place: int,
        context: ssl.SSLContext | None = None,
    ) -> int:
        """Listen where asked, else where it was before, else wherever there is room."""
        base = self.options.port_base
        if base:
            try:
                server = await serve(application, HOST, base + place, ssl=context)
            except OSError as error:
                raise Misconfigured(
                    f"port {base + place} for {name} cannot be used ({error.strerror}); "
                    "give another --port-base"
                ) from None
        elif base == 0:
            server = await serve(application, HOST, 0, ssl=context)
        else:
            wanted = self._remembered.ports.get(name, PORT + place)
            try:
                server = await serve(application, HOST, wanted, ssl=context)
            except OSError:
                server = await serve(application, HOST, 0, ssl=context)
        self._servers[name] = server
        self._remembered.ports[name] = server.port
        return server.port

    def _shown(self, host: str, flaw: str) -> None:
        """A certificate was shown: keep that."""
        assert self._doors is not None
        now = self.clock.wall()
        line = self.record.tls(self._doors.places[host].venue, now)
        line.note(now, Fate.TLS, operation=host, fault=flaw)

    # what the admin port and Python callers can do

    def gateway(self, venue: str) -> Gateway:
        """A venue that runs in this box. Raises Misconfigured with those that do."""
        if venue not in self.gateways:
            here = ", ".join(self.gateways)
            raise Misconfigured(f"this box does not serve {venue!r}; it serves: {here}")
        return self.gateways[venue]

    def create_key(
        self,
        venue: str,
        *,
        label: str = "",
        kind: str = "",
        permissions: Sequence[str] = ("read", "trade"),
        ips: Sequence[str] = (),
        account: str = DEFAULT,
        api_key: str = "",
    ) -> tuple[str, keys.Made]:
        """Issue a key: its label, and what its owner needs. Works at once."""
        host = self.gateway(venue).host
        kind = kind or host.facts.key_kinds[0]
        if kind not in host.facts.key_kinds:
            raise Misconfigured(
                f"{venue} has no {kind} keys; it has: {', '.join(host.facts.key_kinds)}"
            )
        allowed = keys.permissions(permissions)
        addresses = keys.addresses(ips)
        label = label or host.keys.free_label()
        host.keys.check_new(api_key, label)
        key_seed = self.options.key_seed
        made = keys.make(kind, self._remembered.seed if key_seed is None else key_seed, api_key)
        host.issue(
            Credential(
                api_key=made.api_key,
                kind=kind,
                account=host.account(account),
                permissions=allowed,
                secret=made.api_secret,
                public_key=made.public_key,
                passphrase=made.passphrase,
                ips=addresses,
                label=label,
                created=host.now(),
            )
        )
        if not self.memory:
            credentials.store(self.data, credentials.stored(venue, label, made))
        return label, made

    def revoke_key(self, venue: str, name: str) -> Credential:
        """Make a key, named by label or api key, useless from now on."""
        host = self.gateway(venue).host
        found = host.keys.find(name)
        if found is None:
            # the name is not repeated: it may be a key of another place
            labels = ", ".join(k.label for k in host.keys.all() if not k.revoked) or "none"
            raise Misconfigured(f"no key of {venue} has that label or api key; labels: {labels}")
        gone = msgspec.structs.replace(found, revoked=True)
        host.issue(gone)
        if not self.memory:
            credentials.remove(self.data, venue, found.label)
        return gone

    def set_clock(self, *, speed: int | None = None, advance: int = 0) -> None:
        """Change the speed (thousandths, 0 freezes) and step forward (ns)."""
        if speed is not None:
            self.clock.set_speed(speed)
        if advance:
            self.clock.advance(advance)
        for gateway in self.gateways.values():
            gateway.host.clock_changed()

    @property
    def seed(self) -> int:
        """What the market and derived keys follow from."""
        return self._remembered.seed


def servable() -> tuple[str, ...]:
    """Venues that have an exchange, the only ones a box can serve."""
    return tuple(name for name in venues.names() if venues.have(name, "exchange"))


def check_served(names: Sequence[str]) -> None:
    """Raise Misconfigured for a venue that does not exist or has no exchange yet."""
    can = servable()
    for name in names:
        if name not in venues.names():
            raise Misconfigured(
                f"there is no venue {name!r}; a box can serve: {', '.join(can) or 'none'}"
            )
        if name not in can:
            raise Misconfigured(
                f"{name} has no exchange side yet; a box can serve: {', '.join(can) or 'none'}"
            )


def _instruments(venue: str, text: str) -> str | list[str]:
    """``all``, a number (the default ones first), or ids with commas between them."""
    if not text.isdigit():
        return text
    module = venues.part(venue, "exchange")
    first = [traded.id for traded in module.traded({})]
    every = [traded.id for traded in module.traded({"instruments": "all"})]
    count = int(text)
    if not 0 < count <= len(every):
        raise Misconfigured(f"--instruments is between 1 and {len(every)}, not {count}")
    return list(dict.fromkeys(first + every))[:count]


__all__ = ["Box", "Options", "Ready", "check_served", "servable"]
