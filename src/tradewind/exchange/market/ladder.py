"""What the participants wish to have in the book at a tick: a pure function of the tick.

The touch follows the prints: before a buy at p the best ask is p, before a sell at p the best bid
is p, and between prints it stays where the last one left it. So the price of the last print always
lies between bid and ask, and a bar tells whether a resting order can have been reached.

Levels stand at fixed prices, one per cell of a grid, so that they stay when the touch moves; their
sizes are redrawn now and then, each at its own time. Three grids, each 32 times coarser: near the
touch, further, and a far tail that hardly changes.
"""

from .mixing import key, mix
from .path import PricePath
from .prints import TICKS_PER_SECOND
from .universe import Liquidity

Level = tuple[int, int]
"""Price in ticks, lots."""

_ZOOM = 32
_FAR_CELLS = 24
_KEPT = 512
"""Cells remembered per instrument, 200 KB: a tick looks at some 150, and what a cell holds is drawn
anew within seconds."""

_PACE = {Liquidity.DEEP: 24, Liquidity.MIDDLE: 60, Liquidity.THIN: 240}
"""Ticks between two draws of a level's size, at least."""


class Ladder:
    """The wished ladder of one instrument."""

    def __init__(self, path: PricePath) -> None:
        spec = path.spec
        self.path = path
        self._key = key(path.key, 0x1ADDE2)
        self._gap = path.gap
        self._pace = _PACE[spec.liquidity]
        price = float(spec.price / path.tick_size)
        cells = max(1.0, price * 0.001 / path.gap)
        lots = spec.depth / float(spec.price) / float(path.lot_size) / path.lot_step
        self._lots = max(1.0, lots / cells)
        self._step = path.lot_step
        self._cells: dict[int, tuple[int, int, Level]] = {}
        self._tails: dict[bool, tuple[int, int, tuple[Level, ...]]] = {}

    def at(self, tick: int) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
        """Bids and asks, best first, as they stand before the takers of that tick."""
        leaf = self.path.leaf_of_tick(tick)
        begin = leaf.index(tick)
        ticks, count = leaf.ticks, len(leaf.ticks)
        end = begin
        while end < count and ticks[end] == tick:
            end += 1
        spread = self._spread(tick)
        taken: list[Level] = []
        if begin < end:
            buy = leaf.buys[begin]
            touch = leaf.prices[begin]
            taken = _totals(leaf.prices[begin:end], leaf.sizes[begin:end], self._step)
        else:
            buy = begin == 0 or leaf.buys[begin - 1]
            touch = leaf.prices[begin - 1] if begin else leaf.open
        if buy:
            return self._bids(tick, touch - spread, []), self._asks(tick, touch, taken)
        return self._bids(tick, touch, taken), self._asks(tick, touch + spread, [])

    def _spread(self, tick: int) -> int:
        usual = self.path.spread
        x = mix(self._key ^ (tick // (2 * TICKS_PER_SECOND)))
        if usual == 1:
            return 1 if x & 7 else 2
        return max(1, usual * (40 + x % 100) // 80)

    def _asks(self, tick: int, touch: int, taken: list[Level]) -> tuple[Level, ...]:
        top, levels = self._touch(tick, touch, taken)
        grid = self._gap
        coarse = grid * _ZOOM
        stop = (top // coarse + 2) * _ZOOM
        cells, draw = self._cells, self._cell
        for cell in range(top // grid, stop):
            known = cells.get(cell)
            if known is None or not known[0] <= tick < known[1]:
                known = draw(cell, tick)
            level = known[2]
            if level[0] > top:
                levels.append(level)
        return (*levels, *self._tail(tick, top, True))

    def _bids(self, tick: int, touch: int, taken: list[Level]) -> tuple[Level, ...]:
        if touch < 1:
            return ()
        top, levels = self._touch(tick, touch, taken)
        grid = self._gap
        coarse = grid * _ZOOM
        stop = max(-1, (top // coarse - 1) * _ZOOM - 1)
        cells, draw = self._cells, self._cell
        for cell in range(top // grid, stop, -1):
            known = cells.get(cell)
            if known is None or not known[0] <= tick < known[1]:
                known = draw(cell, tick)
            level = known[2]
            if 0 < level[0] < top:
                levels.append(level)
        return (*levels, *self._tail(tick, top, False))

    def _touch(self, tick: int, touch: int, taken: list[Level]) -> tuple[int, list[Level]]:
        """The levels at and before the last one that this tick's takers reach."""
        if not taken:
            return touch, [(touch, self._size(touch, tick))]
        price, lots = taken[-1]
        return price, [*taken[:-1], (price, lots + self._size(price, tick))]

    def _size(self, price: int, tick: int) -> int:
        x = mix(key(self._key, 3, price) ^ ((tick + price) // self._pace))
        return self._weigh(x, 0.7)

    def _weigh(self, x: int, factor: float) -> int:
        """Lots of a level: mostly small, now and then a wall."""
        u = (x & 0xFFFF) / 65536
        wall = 5.0 if (x >> 16 & 0x3F) == 0 else 1.0
        return self._step * (1 + int(self._lots * factor * wall * (0.15 + 2.1 * u * u * u)))

    def _cell(self, cell: int, tick: int) -> tuple[int, int, Level]:
        """From which tick until which a cell has which level."""
        fixed = mix(self._key ^ mix(cell))
        period = self._pace * (1 + (fixed & 3))
        phase = (fixed >> 8) % period
        turn = (tick + phase) // period
        x = mix(fixed ^ mix(turn))
        price = cell * self._gap + (fixed >> 32) % self._gap
        since = turn * period - phase
        known = (since, since + period, (price, self._weigh(x, 1.0)))
        if len(self._cells) >= _KEPT:
            self._cells.clear()
        self._cells[cell] = known
        return known

    def _tail(self, tick: int, top: int, above: bool) -> tuple[Level, ...]:
        """The far levels of a side; they change when the touch leaves a coarse cell, or slowly."""
        middle = self._gap * _ZOOM
        far = middle * _ZOOM
        place = top // middle
        turn = tick // (self._pace * 8)
        known = self._tails.get(above)
        if known is not None and known[0] == place and known[1] == turn:
            return known[2]
        slow = tick // (self._pace * 128)
        levels: list[Level] = []
        if above:
            edge = (top // far + 2) * _ZOOM
            self._coarse(levels, range(place + 2, edge), middle, 4.0, turn)
            self._coarse(levels, range(edge // _ZOOM, edge // _ZOOM + _FAR_CELLS), far, 12.0, slow)
            levels = [level for level in levels if level[0] < 4 * top]
        else:
            edge = max(0, (top // far - 1) * _ZOOM)
            self._coarse(levels, range(place - 2, edge - 1, -1), middle, 4.0, turn)
            low = max(-1, edge // _ZOOM - 1 - _FAR_CELLS)
            self._coarse(levels, range(edge // _ZOOM - 1, low, -1), far, 12.0, slow)
            levels = [level for level in levels if level[0] > top // 4]
        tail = tuple(levels)
        self._tails[above] = (place, turn, tail)
        return tail

    def _coarse(
        self, levels: list[Level], cells: range, grid: int, factor: float, turn: int
    ) -> None:
        for cell in cells:
            x = mix(key(self._key, grid, cell) ^ (turn + cell) // 4)
            where = mix(self._key ^ mix(cell * grid)) % grid
            levels.append((cell * grid + where, self._weigh(x, factor)))


def _totals(prices: list[int], sizes: list[int], step: int) -> list[Level]:
    """Lots taken at each price, in the order they are reached."""
    totals: list[Level] = []
    for price, steps in zip(prices, sizes, strict=True):
        size = steps * step
        if totals and totals[-1][0] == price:
            totals[-1] = (price, totals[-1][1] + size)
        else:
            totals.append((price, size))
    return totals
