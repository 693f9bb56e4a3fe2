"""The intent journal: on disk before anything, ids never twice, files closed to others."""

import resource
import signal
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tradewind.client import intents
from tradewind.client.intents import (
    FORMS,
    SKIPPED,
    Ahead,
    Journal,
    identity_of,
    spelling,
)
from tradewind.model import InvalidInput, Misconfigured, NotSent, Side
from tradewind.protocol import outcomes
from tradewind.protocol.operations import Proof
from tradewind.protocol.outcomes import Act, Fate, Intent, Part, Stage, State
from tradewind.venues import facts, names


def state(journal: Journal, name: str = "") -> State:
    drawn = journal.draw()
    part = Part(Act.NEW, name or drawn, side=Side.BUY)
    return outcomes.begin(
        Intent(
            name or drawn, journal.sequence, "order.place", Proof.DEADLINE, "BTC/USDT", (part,), 7
        )
    )


def test_an_intent_survives_the_death_of_the_process(tmp_path: Path) -> None:
    """Appended, then kill -9: it is there."""
    program = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from tests.client.test_intents import state\n"
        "from tradewind.client.intents import Journal\n"
        "journal = Journal.in_folder(Path(sys.argv[1]), 'a')\n"
        "journal.append(state(journal))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path / "j")], check=False)
    assert done.returncode == -signal.SIGKILL
    journal = Journal.in_folder(tmp_path / "j", "a")
    (found,) = journal.unfinished()
    assert found.intent.id.endswith("-1")
    assert journal.draw().endswith("-2")
    journal.close()


def test_an_outcome_is_kept_and_the_intent_is_finished(tmp_path: Path) -> None:
    """Written behind, there after closing."""
    journal = Journal.in_folder(tmp_path / "j", "a")
    begun = state(journal)
    journal.append(begun)
    journal.settle(outcomes.not_sent(outcomes.journaled(begun), "no"))
    journal.close()
    again = Journal.in_folder(tmp_path / "j", "a")
    assert again.unfinished() == []
    assert again.settled([begun.intent.id]) == {begun.intent.id: (Stage.NOT_SENT, (Fate.NEVER,))}
    again.close()


def test_an_id_is_not_used_twice(tmp_path: Path) -> None:
    """Also not one that the user chose, also not after a restart."""
    journal = Journal.in_folder(tmp_path / "j", "a")
    journal.append(state(journal, "mine"))
    with pytest.raises(InvalidInput, match="used before"):
        journal.append(state(journal, "mine"))
    journal.close()
    again = Journal.in_folder(tmp_path / "j", "a")
    with pytest.raises(InvalidInput, match="used before"):
        again.append(state(again, "mine"))
    again.close()


def test_a_lost_journal_means_another_identity(tmp_path: Path) -> None:
    """The new one uses other ids, and still knows the old ones as ours."""
    journal = Journal.in_folder(tmp_path / "j", "a")
    old = journal.draw()
    journal.close()
    for file in (tmp_path / "j").glob("*.sqlite*"):
        file.unlink()
    again = Journal.in_folder(tmp_path / "j", "a")
    assert again.lost
    assert again.identity != journal.identity
    assert again.draw() != old
    assert again.ours(old)
    assert not again.ours("somebody-1")
    again.close()


def test_two_processes_have_two_journals(tmp_path: Path) -> None:
    """The second one takes the next file; the first is free again when its process has ended."""
    one, two = Journal.in_folder(tmp_path / "j", "a"), Journal.in_folder(tmp_path / "j", "a")
    assert one.path != two.path
    assert one.identity != two.identity
    one.close()
    three = Journal.in_folder(tmp_path / "j", "a")
    assert three.identity == one.identity
    two.close()
    three.close()


def test_files_are_closed_to_others_and_links_are_not_followed(tmp_path: Path) -> None:
    """0600 in 0700; what others can read is refused."""
    folder = tmp_path / "j"
    journal = Journal.in_folder(folder, "a")
    assert journal.path is not None
    for file in folder.iterdir():
        assert not stat.S_IMODE(file.stat().st_mode) & 0o077, file
    journal.close()
    journal.path.chmod(0o644)
    with pytest.raises(Misconfigured, match="chmod 600"):
        Journal.in_folder(folder, "a")
    journal.path.unlink()
    journal.path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Misconfigured):
        Journal.in_folder(folder, "a")
    folder.chmod(0o755)
    with pytest.raises(Misconfigured, match="chmod 700"):
        Journal.in_folder(folder, "a")


def test_a_label_is_only_a_name(tmp_path: Path) -> None:
    """It does not lead out of the folder."""
    journal = Journal.in_folder(tmp_path / "j", "../../x y")
    assert journal.path is not None
    assert journal.path.parent == tmp_path / "j"
    journal.close()


@pytest.mark.parametrize("venue", names())
def test_every_venue_takes_one_of_our_forms(venue: str) -> None:
    """In its alphabet and length, also after millions of orders; the identity can be read again."""
    known = facts(venue)
    form = spelling(known.client_id, known.client_id_max)
    ids = {form("0123456789ab", number) for number in (1, 2, 36, 36**4)}
    assert len(ids) == 4
    assert {identity_of(name) for name in ids} == {"0123456789ab"}


def test_a_venue_without_a_form_is_said() -> None:
    """Nothing is sent under an id that the venue would refuse."""
    with pytest.raises(Misconfigured):
        spelling(r"[0-9]{1,5}", 5)


def test_ids_of_many_journals_differ() -> None:
    """48 bits, drawn when the journal is made."""
    seen = set()
    for _ in range(200):
        journal = Journal(None, FORMS[0])
        seen.add(journal.identity)
        journal.close()
    assert len(seen) == 200
    assert all(len(each) == 12 for each in seen)


def test_a_full_disk_stops_the_order(tmp_path: Path) -> None:
    """What cannot be written is not sent: append raises, and nothing half stays."""
    journal = Journal.in_folder(tmp_path / "j", "a")
    journal.append(state(journal))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        assert journal.path is not None
        size = journal.path.with_suffix(".ahead").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, hard))
        with pytest.raises(NotSent, match="cannot be written"):
            journal.append(state(journal))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    journal.append(state(journal))
    journal.abandon()
    again = Journal.in_folder(tmp_path / "j", "a")
    assert [found.intent.sequence for found in again.unfinished()] == [1, 3]
    again.close()


def test_rows_that_cannot_be_written_stay_and_stop_the_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is lost by a transaction that fails, and what waits has a bound."""
    monkeypatch.setattr(intents, "AHEAD_MAX", 500)
    journal = Journal.in_folder(tmp_path / "j", "a")
    journal._execute("PRAGMA max_page_count=1")
    for _ in range(500):
        journal.append(state(journal))
    with pytest.raises(NotSent, match="full"):
        journal.append(state(journal))
    journal._execute("PRAGMA max_page_count=1000000")
    assert len(journal.unfinished()) == 500
    journal.append(state(journal))
    journal.close()


def test_an_intent_is_there_once_when_the_log_outlives_its_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after the commit and before the log began anew: the outcome stays as it was."""
    monkeypatch.setattr(Ahead, "clear", lambda _: None)
    journal = Journal.in_folder(tmp_path / "j", "a")
    begun = state(journal)
    journal.append(begun)
    journal.settle(outcomes.not_sent(outcomes.journaled(begun), "no"))
    journal.flush()
    journal.abandon()
    again = Journal.in_folder(tmp_path / "j", "a")
    assert again.unfinished() == []
    assert again.draw().endswith("-2")
    again.close()


def test_half_a_line_is_no_intent(tmp_path: Path) -> None:
    """The system died while it was written, so its order was never sent."""
    journal = Journal.in_folder(tmp_path / "j", "a")
    journal.append(state(journal))
    journal.abandon()
    assert journal.path is not None
    with journal.path.with_suffix(".ahead").open("ab") as log:
        log.write(b'{"id":"abc')
    again = Journal.in_folder(tmp_path / "j", "a")
    assert [found.intent.sequence for found in again.unfinished()] == [1]
    again.close()


def test_a_name_that_the_user_foretold_is_not_drawn(tmp_path: Path) -> None:
    """Also not after a restart."""
    journal = Journal.in_folder(tmp_path / "j", "a")
    ours = journal.identity
    journal.append(state(journal, f"{ours}-2"))
    assert journal.draw() == f"{ours}-3"
    journal.close()
    again = Journal.in_folder(tmp_path / "j", "a")
    assert again.draw() == f"{ours}-3"
    again.close()


def test_a_name_drawn_before_others_is_not_kept_as_foretold(tmp_path: Path) -> None:
    """Orders that waited while others were drawn: nothing about them is noted for ever."""
    journal = Journal.in_folder(tmp_path / "j", "a")
    begun = [state(journal) for _ in range(40)]
    for each in reversed(begun):
        journal.append(each)
    assert journal._taken == set()
    journal.append(state(journal, f"{journal.identity}-1i"))  # 54
    assert len(journal._taken) == 1
    journal.close()


def test_a_foretold_name_that_cannot_be_noted_stops_the_order(tmp_path: Path) -> None:
    """As every intent that cannot be written."""
    journal = Journal.in_folder(tmp_path / "j", "a")
    journal._execute("PRAGMA query_only=1")
    with pytest.raises(NotSent, match="cannot be written"):
        journal.append(state(journal, f"{journal.identity}-9"))
    journal._execute("PRAGMA query_only=0")
    journal.close()


def test_a_transaction_that_is_interrupted_does_not_stand_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C in the middle of it."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    journal = Journal.in_folder(tmp_path / "j", "a")
    journal.append(state(journal))
    with monkeypatch.context() as patched:
        patched.setattr(journal, "_write_behind", interrupt)
        with pytest.raises(KeyboardInterrupt):
            journal.flush()
    assert [found.intent.sequence for found in journal.unfinished()] == [1]
    journal.close()


def test_a_journal_that_cannot_be_written_lets_the_next_one_in(tmp_path: Path) -> None:
    """The same slot, and with it what is not known yet."""
    journal = Journal.in_folder(tmp_path / "j", "a")
    journal.append(state(journal))
    journal._execute("PRAGMA query_only=1")
    with pytest.raises(sqlite3.Error):
        journal.close()
    again = Journal.in_folder(tmp_path / "j", "a")
    assert again.path == journal.path
    assert [found.intent.sequence for found in again.unfinished()] == [1]
    again.close()


def test_after_a_loss_of_power_no_number_is_drawn_that_may_have_been_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest lines are gone; also when the first process after it sends nothing."""
    boot = tmp_path / "boot_id"
    monkeypatch.setattr(intents, "BOOT", boot)
    boot.write_text("one\n")
    journal = Journal.in_folder(tmp_path / "j", "a")
    journal.append(state(journal))
    journal.close()
    for text, number in (("one", 1), ("two", 1 + SKIPPED), ("two", 1 + SKIPPED)):
        boot.write_text(f"{text}\n")
        again = Journal.in_folder(tmp_path / "j", "a")
        assert again.identity == journal.identity
        assert again.sequence == number
        again.close()


def test_a_line_that_cannot_be_read_may_have_been_sent(tmp_path: Path) -> None:
    """Its number is not drawn again."""
    journal = Journal.in_folder(tmp_path / "j", "a")
    journal.append(state(journal))
    journal.append(state(journal))
    journal.abandon()
    assert journal.path is not None
    log = journal.path.with_suffix(".ahead")
    first, second, _ = log.read_bytes().split(b"\n")
    log.write_bytes(first + b"\n" + bytes(len(second)) + b"\n")
    again = Journal.in_folder(tmp_path / "j", "a")
    assert [found.intent.sequence for found in again.unfinished()] == [1]
    state(again)
    assert again.sequence > SKIPPED
    again.close()
