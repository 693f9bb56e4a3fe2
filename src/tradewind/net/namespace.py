"""A private network for one program, by the kernel's own means (Linux).

    enter     new network and mount namespace: root's way, else through a user namespace
    cover     another file in a file's place, for this namespace only
    hide      an empty folder in a folder's place
    confine   in the program's process, last thing: nothing of the above can be undone

Nothing here needs a tool to be installed. It holds programs, also careless ones, off the network;
it is no cage for hostile code, which shares the user's files and Unix sockets.
"""

import contextlib
import ctypes
import errno
import fcntl
import os
import socket
import struct
from pathlib import Path

from ..model import TradewindError

_NEW_MOUNTS, _NEW_USER, _NEW_NETWORK = 0x00020000, 0x10000000, 0x40000000
_READ_ONLY, _NO_SUID, _NO_DEVICES, _NO_EXEC = 1, 2, 4, 8
_BIND, _RECURSIVE, _PRIVATE = 1 << 12, 1 << 14, 1 << 18
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _UP = 0x8913, 0x8914, 1
_PR_SET_PDEATHSIG, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 1, 24, 38
_CAPABILITY_VERSION = 0x20080522

_KEPT = (0, 1, 3, 4, 5, 6, 7, 8, 10, 14, 15, 18, 23, 24, 25)
"""Capabilities that root keeps: files and owners of files, kill, set user and group, low ports,
locked memory, chroot, priorities, limits, the clock. Gone are the ways out: administration of
system and network, tracing, modules, raw devices and packets, reading behind mounts."""
_LAST_CAPABILITY = Path("/proc/sys/kernel/cap_last_cap")


class Forbidden(TradewindError):
    """Private namespaces are not allowed on this machine; says what was refused."""


def enter() -> bool:
    """Leave the machine's network for a new, empty one; whether as root of the machine, which
    ``confine`` needs to know. Raises Forbidden.

    Call it in a process of its own that has no threads.
    """
    if os.geteuid() == 0:
        with contextlib.suppress(Forbidden):  # root of a container may not; a user may
            _unshare(_NEW_MOUNTS | _NEW_NETWORK)
            _keep_mounts_private()
            _raise_loopback()
            return True
    _unshare_as_user(_NEW_MOUNTS | _NEW_NETWORK)
    _keep_mounts_private()
    _raise_loopback()
    return False


def why_not() -> str:
    """What stands in the way of ``enter`` on this machine; "" when nothing does."""
    if not hasattr(os, "fork") or not Path("/proc/self/ns/net").exists():
        return "this system has no network namespaces (Linux has)"
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            os.write(write, _try().encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as told:
        reason = told.read()
    os.waitpid(child, 0)
    return "" if reason == "fine" else reason or "the attempt ended without a word"


def cover(target: Path, source: Path) -> bool:
    """Put a file or folder in another's place; False where there is no such place."""
    real = target.resolve()
    if not real.exists():
        return False
    _mount(str(source), str(real), "", _BIND)
    return True


def hide(folder: Path) -> None:
    """Put an empty folder, to which nothing can be written, in a folder's place."""
    flags = _READ_ONLY | _NO_SUID | _NO_DEVICES | _NO_EXEC
    _mount("none", str(folder.resolve()), "tmpfs", flags, "size=4k,mode=0555")


def confine(root: bool) -> None:
    """Give up what could undo the namespace. For the program's process, just before ``exec``."""
    if root:
        _drop_capabilities()
    else:
        _unshare_as_user(_NEW_MOUNTS)  # in a second one mounts are locked, the network not its own
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def die_with_parent(signal: int) -> None:
    """Get this signal when the process that forked us dies."""
    _prctl(_PR_SET_PDEATHSIG, signal)


def unroutable() -> int:
    """How often something in this namespace was sent to an address outside it (no route)."""
    return _counter("/proc/self/net/snmp", "Ip:") + _counter("/proc/self/net/snmp6", "Ip6OutNo")


# how


def _try() -> str:
    try:
        root = enter()
        hide(Path("/tmp"))  # noqa: S108 (in this namespace only, and to see whether it can be)
        confine(root)
    except Forbidden as error:
        return str(error)
    return "fine"


def _counter(path: str, kind: str) -> int:
    try:
        lines = [line.split() for line in Path(path).read_text().splitlines()]
    except OSError:
        return 0
    if kind.endswith(":"):
        table = [line for line in lines if line[0] == kind]
        return int(dict(zip(*table, strict=True)).get("OutNoRoutes", 0)) if len(table) == 2 else 0
    return sum(int(line[1]) for line in lines if line[0].startswith(kind))


def _unshare_as_user(what: int) -> None:
    user, group = os.geteuid(), os.getegid()
    _unshare(_NEW_USER | what)
    try:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    except OSError as error:
        raise Forbidden(f"a user namespace is not permitted ({error.strerror})") from None


def _keep_mounts_private() -> None:
    _mount("none", "/", "", _RECURSIVE | _PRIVATE)


def _raise_loopback() -> None:
    request = struct.pack("16sh14x", b"lo", 0)
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            found = fcntl.ioctl(sock, _SIOCGIFFLAGS, request)
            _, flags = struct.unpack("16sh14x", found)
            fcntl.ioctl(sock, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _UP))
    except OSError as error:
        raise Forbidden(f"the loopback device cannot be used ({error.strerror})") from None


def _drop_capabilities() -> None:
    try:
        last = int(_LAST_CAPABILITY.read_text())
    except OSError:
        last = 40
    for number in range(last + 1):
        if number not in _KEPT:
            _prctl(_PR_CAPBSET_DROP, number)
    kept = sum(1 << number for number in _KEPT)
    low, high = kept & 0xFFFFFFFF, kept >> 32
    header = struct.pack("Ii", _CAPABILITY_VERSION, 0)
    held = _held()
    words = (low & held, low & held, 0, high & held >> 32, high & held >> 32, 0)
    _check(_libc().capset(header, struct.pack("6I", *words)), "giving up capabilities")


def _held() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapPrm:"):
            return int(line.split()[1], 16)
    return 0


def _unshare(what: int) -> None:
    _check(_libc().unshare(what), "a private namespace")


def _mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    result = _libc().mount(
        source.encode(),
        target.encode(),
        kind.encode() or None,
        ctypes.c_ulong(flags),
        data.encode() or None,
    )
    _check(result, f"mounting over {target}")


def _prctl(option: int, value: int) -> None:
    word = ctypes.c_ulong
    _check(_libc().prctl(option, word(value), word(0), word(0), word(0)), f"prctl {option}")


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise Forbidden(f"{what} is not permitted ({os.strerror(number or errno.EPERM)})")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
