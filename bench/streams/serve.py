"""A box for the streams bench. Prints one line: {"streams", "rest", "key", "secret", "pid"}.

python -m bench.streams.serve DATA INSTRUMENTS
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from bench.orders.serve import LIMITS

from tradewind.exchange import credentials
from tradewind.exchange.box import Box, Options


async def serve(data: str, instruments: str) -> None:
    limits = {**LIMITS, "CONNECTIONS": 10**9}
    options = Options(
        Path(data),
        ("binance",),
        port_base=0,
        instruments=instruments,
        settings={"binance": {"limits": limits}},
    )
    box = Box(options)
    told = await box.open()
    key = credentials.load(box.data)[0]
    box.gateway("binance").host.faucet("default", {"USDT": "100000000"})
    doors = told.venues["binance"]
    line = {"streams": doors["streams"], "rest": doors["rest"], "pid": os.getpid()}
    print(json.dumps({**line, "key": key.api_key, "secret": key.api_secret}), flush=True)
    await box.run()


def main() -> None:
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(*sys.argv[1:3]))


if __name__ == "__main__":
    main()
