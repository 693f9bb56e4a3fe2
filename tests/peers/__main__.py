"""Every client under every policy, over several seeds, and docs/peers.md.

make peers [ARGS="--seeds 1,2,3 --stories 300 --write"]
"""

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from . import page
from .harness import CLIENTS, ROOT, Run, play

PAGE = ROOT / "docs" / "peers.md"
RESULTS = ROOT / "build" / "reports" / "peers.json"
CONTROL = 60
"""Stories of a run without faults."""


def main() -> None:
    """Play, print, write. The exit code is 1 when our own client was wrong in anything."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--stories", type=int, default=300)
    parser.add_argument("--at-once", type=int, default=8, help="runs at a time; they mostly wait")
    parser.add_argument("--clients", default=",".join(CLIENTS))
    parser.add_argument("--policies", default="naive,documented")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options = parser.parse_args()
    begun = time.monotonic()
    clients, policies = options.clients.split(","), options.policies.split(",")
    asked = [(c, "naive", 5, CONTROL, []) for c in clients]
    asked += [
        (c, p, int(seed), options.stories, None)
        for seed in options.seeds.split(",") for c in clients for p in policies
    ]  # fmt: skip
    with ThreadPoolExecutor(options.at_once) as pool:
        found = list(pool.map(lambda each: told(*each), asked))
    controls, runs = found[: len(clients)], found[len(clients) :]
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_bytes(msgspec.json.format(msgspec.json.encode(found)))
    if options.write:
        text = page.page(runs, controls, options.stories, time.monotonic() - begun)
        Path(PAGE).write_text(text)
    ours = [r for r in runs if (r.client, r.policy) == ("tradewind", "documented")]
    sys.exit(not all(page.blameless(run.verdict) for run in ours))


def told(client: str, policy: str, seed: int, count: int, spoil: list[object] | None) -> Run:
    """One run, and a line about it."""
    run = play(client, policy, seed, count, spoil=spoil)  # type: ignore[arg-type]
    verdict = {
        name: value
        for name in run.verdict.__struct_fields__
        if isinstance(value := getattr(run.verdict, name), int) and value
    }
    what = policy if spoil is None else "without faults"
    print(f"{client}, {what}, seed {seed}: {verdict} ({run.seconds:.0f} s)", flush=True)
    return run


if __name__ == "__main__":
    main()
