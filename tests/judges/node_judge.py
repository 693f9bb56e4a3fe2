"""@binance/spot, the venue's own SDK for node: this only hands the lines over to node."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

if __name__ == "__main__":
    os.environ["NODE_PATH"] = str(ROOT / ".judges" / "node_modules")
    script = Path(__file__).with_name("node_judge.cjs")
    os.execvp("node", ["node", str(script)])  # one's own file
