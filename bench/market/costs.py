"""What the market costs: bars, prints, ticks, a jump. Prints one line each; no peer has the like.

python bench/market/costs.py
"""

import sys
from pathlib import Path
from time import perf_counter, process_time

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.exchange.market.world import SEED, START, World

from tradewind.exchange.market import Market
from tradewind.exchange.market.participants import TICK
from tradewind.model import Side
from tradewind.protocol.hosting import Traded
from tradewind.venues import names, part


def instruments() -> tuple[Traded, ...]:
    """All forty of the first venue."""
    return tuple(part(names()[0], "exchange").traded({"instruments": "all"}))


def cold_bars(traded: tuple[Traded, ...]) -> None:
    """A thousand candles of one instrument that nobody has asked for before."""
    for interval in ("1d", "1h", "15m", "1m", "1s"):
        costs = []
        for one in traded[:24]:
            market = Market(SEED, (one,), World((one,)).engine)
            market.start(START)
            began = perf_counter()
            market.tape.bars(one.listing.instrument, interval, limit=1000)
            costs.append((perf_counter() - began) * 1e3)
        costs.sort()
        print(f"1000 x {interval:>3} cold: median {costs[12]:.1f} ms, worst {costs[-1]:.1f} ms")


def ticks(traded: tuple[Traded, ...]) -> None:
    """Ticks with everything in them, engine included, watched by somebody."""
    for count in (12, 40):
        world = World(traded[:count])
        for one in traded[:count]:
            world.market.watch(one.listing.instrument, 1)
        world.advance(10)
        began = process_time()
        world.advance(300)
        each = (process_time() - began) / 300
        print(
            f"{count} awake: {each / count * 1e6:.0f} us a tick and instrument, "
            f"{each * 10 * 100:.1f} % of a core at ten ticks a second"
        )


def jump(traded: tuple[Traded, ...]) -> None:
    """Eight hours in one step: forty instruments, ten resting orders."""
    world = World(traded)
    for one in traded[:10]:
        name = one.listing.instrument
        world.market.look(name, world.apply)
        bid, _ = world.engine.best(name)
        world.order(Side.BUY, 100, max(1, int((bid or 0) * 0.997)), name)
    began = perf_counter()
    world.market.jump(START + 8 * 36_000, world.apply)
    took = perf_counter() - began
    left = len(world.engine.open_orders(1))
    print(f"8 h, 40 instruments, 10 resting orders: {took:.2f} s ({10 - left} were filled)")


def dormant(traded: tuple[Traded, ...]) -> None:
    """What a tick costs when nobody has an eye on anything; a look; the day of all."""
    world = World(traded)
    began = perf_counter()
    world.advance(1_000)
    print(f"40 dormant: {(perf_counter() - began) * 1e3:.1f} us a tick for all")
    began = perf_counter()
    world.look()
    print(f"first look at 40: {(perf_counter() - began) * 1e3:.0f} ms")
    for when in ("cold", "warm"):
        began = perf_counter()
        for one in traded:
            now = world.market.tick * TICK
            world.market.tape.window(one.listing.instrument, now - 86_400 * 10**9, now)
        print(f"24 h of 40 instruments, {when}: {(perf_counter() - began) * 1e3:.0f} ms")


if __name__ == "__main__":
    found = instruments()
    cold_bars(found)
    ticks(found)
    dormant(found)
    jump(found)
