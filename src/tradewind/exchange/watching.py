"""The part of the admin API that breaks and watches: faults, metrics, the wire record."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..model import Misconfigured
from ..protocol.faults import EFFECTS, FLAWS, Kind, fault_of, told
from ..protocol.messages import HttpResponse
from .metrics import CONTENT_TYPE

if TYPE_CHECKING:
    from .admin import Handler
    from .box import Box

ROWS_MAX = 5_000

Asked = Mapping[str, Any]


class Watching:
    """Its handlers over a box."""

    def __init__(self, box: "Box") -> None:
        self._box = box

    def handlers(self) -> dict[tuple[str, str], "Handler"]:
        """What it adds."""
        return {
            ("GET", "/faults"): self.faults,
            ("POST", "/faults"): self.set_fault,
            ("DELETE", "/faults"): self.clear_faults,
            ("POST", "/faults/clear"): self.clear_faults,
            ("GET", "/faults/kinds"): self.kinds,
            ("GET", "/metrics"): self.metrics,
            ("GET", "/wire"): self.wire,
            ("POST", "/wire"): self.record,
        }

    def faults(self, _: Asked) -> Any:
        """Those that are set."""
        return {"faults": [told(active) for active in self._box.faults.all()]}

    def set_fault(self, asked: Asked) -> Any:
        """Set one: ``kind`` and whatever ``protocol.faults.Fault`` has. Several at once: a list
        ``faults`` of such.
        """
        several = asked.get("faults")
        if several is None:
            return {"fault": told(self._box.faults.set(fault_of(asked)))}
        if not isinstance(several, list) or not all(isinstance(each, dict) for each in several):
            raise Misconfigured("faults is a list of objects")
        found = [fault_of(each) for each in several]
        return {"faults": [told(self._box.faults.set(fault)) for fault in found]}

    def clear_faults(self, asked: Asked) -> Any:
        """Clear ``number``, or all: of ``venue`` where one is named."""
        number, venue = asked.get("number"), asked.get("venue", "")
        faults = self._box.faults
        if number is not None:
            try:
                return {"cleared": [told(active) for active in faults.clear(int(number))]}
            except (TypeError, ValueError):
                raise Misconfigured("number is a whole number") from None
        wanted = [a.number for a in faults.all() if venue in ("", a.fault.venue)]
        return {"cleared": [told(active) for each in wanted for active in faults.clear(each)]}

    def kinds(self, _: Asked) -> Any:
        """Every kind there is."""
        return {
            "kinds": [
                {
                    "kind": kind.value,
                    "point": effect.point.value,
                    "does": effect.does,
                    "truth": effect.truth,
                    "value": effect.value,
                    "default": effect.default if effect.value else None,
                    "flaws": list(FLAWS) if kind is Kind.CERTIFICATE else [],
                }
                for kind, effect in EFFECTS.items()
            ]
        }

    def metrics(self, _: Asked) -> Any:
        """Prometheus' text format."""
        text = self._box.metrics.text(self._box)
        return HttpResponse(200, text.encode(), (("Content-Type", CONTENT_TYPE),))

    def wire(self, asked: Asked) -> Any:
        """Lines, and rows after a number, of all lines or of ``line``."""
        record = self._box.record
        try:
            after, line = int(asked.get("after", 0)), int(asked.get("line", 0))
            limit = min(int(asked.get("limit", ROWS_MAX)), ROWS_MAX)
        except (TypeError, ValueError):
            raise Misconfigured("after, line and limit are whole numbers") from None
        return {
            "last": record.count,
            "lines": [each.told() for each in record.lines()],
            "rows": record.after(after, limit, line),
        }

    def record(self, asked: Asked) -> Any:
        """``file`` true: write everything from now on to ``wire.jsonl`` in the data folder."""
        box = self._box
        if box.memory:
            raise Misconfigured("a box in memory has no folder to write to")
        if not asked.get("file"):
            box.record.close()
            return {"file": None}
        return {"file": str(box.record.open(box.data))}
