"""The client without ``await``, for notebooks and scripts."""

from .client.sync import Venue, connect

__all__ = ["Venue", "connect"]
