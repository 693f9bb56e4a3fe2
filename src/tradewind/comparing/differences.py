"""Two answers to one question laid side by side: what differs, as sentences without values."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from ..protocol.comparing import Nature
from .masking import Mask
from .shapes import Object, Path, Shape, Trait, listed, name_of, parse, shape, shown

TRANSPORT = frozenset(
    {
        "connection",
        "content-encoding",
        "content-length",
        "date",
        "keep-alive",
        "transfer-encoding",
        "vary",
    }
)
"""Headers that say how an answer travels, not what it is."""

TOLD = ("content-type",)
"""Headers whose values are compared; of the others only that they are there."""


class Reply(Struct, frozen=True):
    """An answer as it came."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


class Difference(Struct, frozen=True):
    """``what`` is status, code, message, header, field, kind, form, decimals, value, order of
    fields or order of rows; ``venue`` and ``box`` are what each of them has.
    """

    operation: str
    title: str
    what: str
    field: str
    venue: str
    box: str


class Question(Struct, frozen=True):
    """What was asked. ``rows_vary`` where the rows of lists are the account's own."""

    operation: str
    title: str
    nature: Nature
    mask: Mask
    rows_vary: bool = False
    with_headers: bool = True

    def differs(self, what: str, field: str, venue: str, box: str) -> Difference:
        """One difference, with nothing in it that is nobody else's business."""
        clean = self.mask.clean
        name = self.mask.name(field) if what == "header" else clean(field)
        return Difference(self.operation, self.title, what, name, clean(venue), clean(box))


def compare(asked: Question, venue: Reply, box: Reply) -> list[Difference]:
    """What differs between two answers."""
    found = list(_headers(asked, venue, box)) if asked.with_headers else []
    if venue.status != box.status:
        found.append(asked.differs("status", "", str(venue.status), str(box.status)))
    there, here = _parsed(venue.body), _parsed(box.body)
    if isinstance(there, bytes) or isinstance(here, bytes):
        return found + list(_no_json(asked, there, here))
    errors = _error(there, asked.nature), _error(here, asked.nature)
    if any(errors) and (venue.status >= 400 or box.status >= 400):
        found += _refusals(asked, *errors)
        if not all(errors):
            return found  # a refusal and an answer have nothing more in common
    found += compare_shapes(asked, shape(there, asked.nature), shape(here, asked.nature))
    return found


def compare_shapes(asked: Question, venue: Shape, box: Shape) -> list[Difference]:
    """What differs between two shapes."""
    found: list[Difference] = []
    for path in sorted(venue.keys() | box.keys()):
        if path in venue and path in box:
            found += _traits(asked, path, venue[path], box[path])
        elif path in venue and _would_stand(path, box):
            found.append(asked.differs("field", shown(path), "present", "absent"))
        elif path in box and _would_stand(path, venue):
            found.append(asked.differs("field", shown(path), "absent", "present"))
    return found


def _parsed(body: bytes) -> Any:
    """JSON, or the bytes where they are none."""
    try:
        return parse(body)
    except ValueError:
        return body


def _no_json(asked: Question, there: Any, here: Any) -> Iterator[Difference]:
    words = ["nothing" if one == b"" else "no JSON" if isinstance(one, bytes) else "JSON"
             for one in (there, here)]  # fmt: skip
    if words[0] != words[1]:
        yield asked.differs("kind", "(all)", *words)


def _headers(asked: Question, venue: Reply, box: Reply) -> Iterator[Difference]:
    there, here = ({name.lower(): value for name, value in each.headers} for each in (venue, box))
    for name in sorted((there.keys() | here.keys()) - TRANSPORT):
        if (name in there) != (name in here):
            words = ["present" if name in side else "absent" for side in (there, here)]
            yield asked.differs("header", name, *words)
        elif name in TOLD and _plain(there[name]) != _plain(here[name]):
            yield asked.differs("header", name, there[name], here[name])


def _plain(value: str) -> str:
    return value.lower().replace(" ", "")


def _error(value: Any, nature: Nature) -> tuple[str, str] | None:
    if not isinstance(value, Object):
        return None
    fields = dict(value)
    code, text = nature.error
    return (str(fields[code]), str(fields[text])) if {code, text} <= fields.keys() else None


def _refusals(
    asked: Question, venue: tuple[str, str] | None, box: tuple[str, str] | None
) -> Iterator[Difference]:
    code, text = asked.nature.error
    (v_code, v_text), (b_code, b_text) = venue or ("none", "none"), box or ("none", "none")
    if v_code != b_code:
        yield asked.differs("code", code, v_code, b_code)
    if asked.mask.clean(v_text) != asked.mask.clean(b_text):
        yield asked.differs("message", text, v_text, b_text)


def _would_stand(path: Path, other: Shape) -> bool:
    """Whether what holds the path was seen there, so that its absence says something."""
    parent = other.get(path[:-1])
    if parent is None:
        return False
    if path[-1].startswith("["):
        return path[-1] != "[]" and parent.rows > 0
    return True


def _traits(asked: Question, path: Path, venue: Trait, box: Trait) -> Iterator[Difference]:
    where = shown(path)
    if venue.kinds != box.kinds:
        yield asked.differs("kind", where, _described(venue), _described(box))
    elif venue.forms and box.forms and not venue.forms & box.forms:
        yield asked.differs("form", where, _described(venue), _described(box))
    elif venue.decimals and box.decimals and not venue.decimals & box.decimals:
        yield asked.differs("decimals", where, listed(venue.decimals), listed(box.decimals))
    common = [name for name in venue.fields if name in box.fields]
    other = [name for name in box.fields if name in venue.fields]
    if common != other:
        yield asked.differs("order of fields", where, " ".join(common), " ".join(other))
    if venue.orders and box.orders and not venue.orders & box.orders:
        yield asked.differs("order of rows", where, listed(venue.orders), listed(box.orders))
    yield from _words(asked, path, venue, box)


def _words(asked: Question, path: Path, venue: Trait, box: Trait) -> Iterator[Difference]:
    """Words that one of them has and the other has not."""
    in_rows = any(part.startswith("[") for part in path)
    if name_of(path) in asked.nature.varies or (asked.rows_vary and in_rows):
        return
    if not venue.words or not box.words or venue.words == box.words:
        return
    if {"true", "false"} & venue.words and in_rows and venue.words & box.words:
        return  # rows of both kinds here, of one kind there
    yield asked.differs("value", shown(path), listed(venue.words), listed(box.words))


def _described(trait: Trait) -> str:
    forms = f" ({listed(trait.forms)})" if trait.forms else ""
    return f"{listed(trait.kinds)}{forms}"
