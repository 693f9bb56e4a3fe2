"""``python -m tests.testing.measure``: what a fresh exchange costs, and going back in time."""

from statistics import median
from time import perf_counter_ns

from tradewind.testing import Exchange


def milliseconds(begun: int) -> float:
    """Since then."""
    return (perf_counter_ns() - begun) / 1e6


def main(times: int = 40) -> None:
    """Print p50 and the worst of each."""
    took: dict[str, list[float]] = {"first": [], "fresh": [], "restore": [], "end": []}
    for turn in range(times):
        begun = perf_counter_ns()
        exchange = Exchange(seed=turn)
        took["fresh" if turn else "first"].append(milliseconds(begun))
        name = exchange.snapshot()
        begun = perf_counter_ns()
        exchange.restore(name)
        took["restore"].append(milliseconds(begun))
        begun = perf_counter_ns()
        exchange.close()
        took["end"].append(milliseconds(begun))
    for name, each in took.items():
        print(f"{name:<8} p50 {median(each):7.1f} ms   worst {max(each):7.1f} ms")


if __name__ == "__main__":
    main()
