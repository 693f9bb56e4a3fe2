"""The proxy is built on aiohttp, which only the judges' environment has."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("aiohttp") else ["test_planted.py"]
