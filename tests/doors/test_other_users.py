"""What another user of the machine can read or reach: nothing of the box's."""

import errno
import os
import socket
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tradewind.net import namespace

from .conftest import Box, needs_namespaces

NOBODY = 65534


def as_nobody(act: Callable[[], str]) -> str:
    """What an act says in a process of another user. Only root can become one."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            said = act()
        except BaseException as error:  # noqa: BLE001 (whatever it was is the answer)
            said = repr(error)
        os.write(write, said.encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as told:
        said = told.read()
    os.waitpid(child, 0)
    return said


each_file = pytest.mark.parametrize(
    "name", ["ca.key", "ca.pem", "credentials.json", "running.json", "doors.sock", "box.json"]
)


@each_file
def test_files_are_the_owners(box: Box, name: str) -> None:
    """0600 in a folder of 0700."""
    assert stat.S_IMODE((box.data / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(box.data.stat().st_mode) == 0o700


@each_file
def test_another_user_is_refused(box: Box, name: str) -> None:
    """Also the way in for runs, where one could choose an address."""
    if os.geteuid() != 0:
        assert box.data.stat().st_uid == os.geteuid()  # nobody else to try it as: modes say it all
        return

    def read() -> str:
        if name.endswith(".sock"):
            socket.socket(socket.AF_UNIX).connect(str(box.data / name))
        else:
            (box.data / name).read_bytes()
        return "it could"

    assert "PermissionError" in as_nobody(read)


@needs_namespaces
def test_a_user_without_rights_can_have_a_private_network() -> None:
    """Through a user namespace; the program in it cannot undo what was done."""

    def act() -> str:
        namespace._prctl(4, 1)  # PR_SET_DUMPABLE: as a program of that user would be from its start
        root = namespace.enter()
        hidden = Path(tempfile.mkdtemp())
        (hidden / "secret").touch()
        namespace.hide(hidden)
        namespace.confine(root)
        outside = socket.socket().connect_ex(("192.0.2.1", 443))
        undone = namespace._libc().umount2(str(hidden).encode(), 0)
        return f"{root} {os.getuid()} {outside} {undone} {list(hidden.iterdir())}"

    if os.geteuid() == 0:
        assert as_nobody(act) == f"False {NOBODY} {errno.ENETUNREACH} -1 []"
    else:  # then every other test of runs shows it
        assert namespace.why_not() == ""
