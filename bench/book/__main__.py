"""Books on one stream: commands per second of processor time, alternated runs, medians.

    python -m bench.book [--commands N] [--rounds N] [--seed N]

Peers that are not installed are named and left out.
"""

import argparse
import gc
import time
from statistics import median

from .books import Contender, contenders
from .stream import Command, Fills, draw


def main() -> None:
    """Check that all did the same, then race."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commands", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=11)
    chosen = parser.parse_args()
    stream = draw(chosen.commands, chosen.seed)
    racing = []
    reference: Fills | None = None
    for contender in contenders():
        if contender.note:
            print(f"{contender.name}: {contender.note}")
            continue
        result = contender.result(contender.prepare(stream))
        reference = reference or result
        print(f"{contender.name}: {verdict(contender, result, reference)}")
        racing.append(contender)
    report(race(racing, stream, chosen.rounds), chosen.commands)


def verdict(contender: Contender, result: Fills, reference: Fills) -> str:
    """Whether a book did what ours did."""
    book = "the same book" if result.book == reference.book else "ANOTHER BOOK"
    if not contender.tells_fills:
        return f"{book} of {len(result.book)} levels (tells no fills)"
    if result.fills == reference.fills:
        return f"the same {len(result.fills):,} fills, {book} of {len(result.book)} levels"
    pairs = [[(maker, lots) for maker, _, lots in each.fills] for each in (result, reference)]
    what = "the same makers and lots, other prices" if pairs[0] == pairs[1] else "OTHER fills"
    return f"{what} in {len(result.fills):,} fills, {book} of {len(result.book)} levels"


def race(racing: list[Contender], stream: list[Command], rounds: int) -> dict[str, list[float]]:
    """Processor seconds of every run; the books take turns so that a noisy moment hits all."""
    prepared = [(contender, contender.prepare(stream)) for contender in racing]
    gc.collect()
    gc.freeze()  # the streams are the race's, not the books': no collection walks through them
    seconds: dict[str, list[float]] = {contender.name: [] for contender in racing}
    for _ in range(rounds):
        for contender, own in prepared:
            gc.collect()
            started = time.process_time()
            contender.play(own)
            seconds[contender.name].append(time.process_time() - started)
    return seconds


def report(seconds: dict[str, list[float]], commands: int) -> None:
    """Medians, spread, and how much faster our book is."""
    ours = median(next(iter(seconds.values())))
    print(f"\n{'book':<26}{'commands/s':>12}{'slowest':>12}{'fastest':>12}{'ours is':>10}")
    for name, runs in seconds.items():
        rates = [commands / run for run in runs]
        ratio = f"{median(runs) / ours:.1f} x"
        print(
            f"{name:<26}{median(rates):>12,.0f}{min(rates):>12,.0f}{max(rates):>12,.0f}{ratio:>10}"
        )


if __name__ == "__main__":
    main()
