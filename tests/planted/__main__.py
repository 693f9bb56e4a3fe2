"""python -m tests.planted [--by-rule 300] [--seed 7] [--write FILE] [--resume FILE] [--fields]

The table, and the rate. ``--resume FILE`` keeps outcomes there, and takes those that were seen
from there; ``--fields`` lists every field with the scenarios that have it on the wire.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.judges.truths import every
from tests.judges.voices import DOORS

from . import page
from .by_hand import BY_HAND
from .fields import by_rule
from .fields import every as every_field
from .mistakes import Mistake
from .page import JUDGES, Outcome
from .recording import Play, Recording
from .theatre import TRIES, Seen, Theatre, warn

WRITE_EVERY = 25


def main(arguments: list[str]) -> int:
    """Play; 1 when a mistake by hand was seen by nobody."""
    parser = argparse.ArgumentParser(prog="python -m tests.planted")
    parser.add_argument("--by-rule", type=int, default=0)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--resume", type=Path)
    parser.add_argument("--fields", action="store_true")
    asked = parser.parse_args(arguments)
    began = time.monotonic()
    hand: Outcome = []
    with tempfile.TemporaryDirectory() as folder:
        theatre = Theatre(Path(folder))
        try:
            if asked.fields or asked.by_rule:
                warn("recording which field crosses the wire where ...")
                theatre.record(warn)
                warn(f"{len(theatre.recording.plays)} plays, {time.monotonic() - began:.0f} s")
            if asked.fields:
                print("\n".join(fields(theatre.recording)))
                return 0
            kept = Kept(asked.resume)
            hand = [(m, kept.of(m) or kept.keep(m, by_name(theatre, m))) for m in BY_HAND]
            warn(f"by hand {page.rate(hand)} after {time.monotonic() - began:.0f} s")
            rule: Outcome = []
            for number, mistake in enumerate(by_rule(asked.by_rule, asked.seed), 1):
                seen = kept.of(mistake) or kept.keep(mistake, by_field(theatre, mistake, number))
                rule.append((mistake, seen))
                if number % WRITE_EVERY == 0:
                    seconds = time.monotonic() - began
                    warn(f"{number} of {asked.by_rule} after {seconds:.0f} s: {page.rate(rule)}")
                    write(asked.write, page.report(hand, rule, asked.seed))
        finally:
            theatre.close()
    told = page.report(hand, rule, asked.seed)
    print(told)
    print(f"\n{time.monotonic() - began:.0f} s", file=sys.stderr)
    write(asked.write, told)
    return int(any(not seen.by for _, seen in hand))


def write(target: Path | None, told: str) -> None:
    """Keep what is known so far."""
    if target is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(told)


class Kept:
    """Outcomes in a file, one a line; without a file nothing is kept."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._seen: dict[str, Seen] = {}
        if file is not None and file.exists():
            for line in file.read_text().splitlines():
                row = json.loads(line)
                self._seen[row["name"]] = Seen(
                    row["by"], set(row["unseen"]), row["said"], tuple(row["why"])
                )

    def of(self, mistake: Mistake) -> Seen | None:
        """What is known of a mistake that was seen."""
        seen = self._seen.get(mistake.name)
        return seen if seen is not None and seen.by else None

    def keep(self, mistake: Mistake, seen: Seen) -> Seen:
        """Write it down."""
        if self._file is not None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            row = {"name": mistake.name, "by": seen.by, "unseen": sorted(seen.unseen),
                   "said": seen.said, "why": seen.why}  # fmt: skip
            with self._file.open("a") as file:
                file.write(json.dumps(row) + "\n")
        return seen


def fields(recording: Recording) -> Iterator[str]:
    """Every field, in how many scenarios it crosses the wire, and the quickest of those."""
    missing = 0
    for field in every_field():
        name = f"{field.side} {field.target}: {'.'.join(field.path)}"
        plays = list(recording.crossings(field.side, field.target, field.path))
        scenarios = {play.truth.name for play in plays}
        if plays:
            first = min(plays, key=lambda p: (not p.holds(field.target), p.seconds))
            yield f"{name} | {len(scenarios)} | {first.truth.group}: {first.truth.name}"
            continue
        kind, why = recording.why_not(
            Mistake("", field.side, field.target, lambda m: (m, 0), "", field.path)
        )
        missing += kind == "nowhere"
        yield f"{name} | 0 | {why}"
    yield f"{len(every_field())} fields, {missing} of them in no scenario without a reason"


def by_name(theatre: Theatre, mistake: Mistake, enough: int = len(JUDGES)) -> Seen:
    """A mistake that names its scenario, through every door that can play it, until so many
    judges have seen it.
    """
    truth = next(truth for truth in every() if truth.name == mistake.scenario)
    seen = Seen()
    for door in DOORS:
        if len(seen.by) >= enough:
            break
        if door.can(truth) and door.judge not in seen.by:
            _try(theatre, mistake, Play(door, truth, 0.0, 0.0, frozenset()), seen)
    return seen


def by_field(theatre: Theatre, mistake: Mistake, number: int) -> Seen:
    """A mistake in a field, in the scenarios in which it changes something, until somebody sees
    it. Each mistake is shown to another judge first.
    """
    seen = Seen()
    places = theatre.recording.places(mistake)
    if not places:
        seen.why = theatre.recording.why_not(mistake)
        return seen
    turn = JUDGES[number % len(JUDGES) :] + JUDGES[: number % len(JUDGES)]
    tried: set[tuple[str, str]] = set()
    for play in _in_turn(places, turn):
        if len(tried) == TRIES or seen.by:
            break
        if (play.door.judge, play.truth.name) not in tried:
            tried.add((play.door.judge, play.truth.name))
            _try(theatre, mistake, play, seen)
    return seen


def _in_turn(places: list[Play], judges: tuple[str, ...]) -> Iterator[Play]:
    """The first of each judge, then the second of each; those of a judge as they stand."""
    waiting = {judge: [p for p in places if p.door.judge == judge] for judge in judges}
    while any(waiting.values()):
        for plays in waiting.values():
            if plays:
                yield plays.pop(0)


def _try(theatre: Theatre, mistake: Mistake, play: Play, seen: Seen) -> None:
    found, made, said = theatre.sees(play.door, play.truth, mistake)
    if found:
        seen.by[play.door.judge] = f"{play.truth.group}: {play.truth.name}"
        seen.unseen.discard(play.door.judge)
        seen.said = seen.said or said
    elif made:
        seen.unseen.add(play.door.judge)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
