"""Prints how many distributions one needs, itself included, and their megabytes without byte code.

python size.py NAME
"""

import re
import sys
from importlib.metadata import PackageNotFoundError, distribution

seen: dict[str, float] = {}
waiting = [sys.argv[1]]
while waiting:
    name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
    if name in seen:
        continue
    try:
        found = distribution(name)
    except PackageNotFoundError:
        continue  # for another system or Python
    seen[name] = sum(file.size or 0 for file in found.files or () if not str(file).endswith(".pyc"))
    for line in found.requires or ():
        if "extra ==" not in line:
            waiting.append(re.split(r"[ ;<>=!~\[(]", line)[0])
print(len(seen), sum(seen.values()) / 1e6)
