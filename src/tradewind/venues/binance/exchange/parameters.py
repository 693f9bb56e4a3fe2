"""Parameters, read as the operations table says: compiled once per operation and door.

Reading goes in table order and stops at the first that is missing (-1102), empty (-1105) or of the
wrong form (-1100, -1108, -1111, -1130); then comes what was sent and not read (-1104). Whether an
enum's word and a symbol are known is asked later, after the signature.
"""

import re
from collections.abc import Callable
from typing import Any

import msgspec

from ....protocol import scaled
from ....protocol.operations import Kind, Operation, Parameter
from .. import errors
from .call import Call, Refusal

LONGEST = 2**63 - 1
LATEST = 2**62
"""A time in ns that is later than any; greater ones are cut (CHANGELOG.md 2023-03-13)."""
MICROSECONDS_FROM = 10**14
"""A time from here on is in microseconds, below in milliseconds (the year 5138; guessed)."""

INTEGERS = "^[0-9]{1,20}$"
DECIMALS = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"
CLIENT_IDS = "^[a-zA-Z0-9-_]{1,36}$"
SYMBOLS = r"^[\w\-._&&[^a-z]]{1,50}$"
SYMBOL_LISTS = r'^\[("[\w\-._&&[^a-z]]{1,50}"(,"[\w\-._&&[^a-z]]{1,50}"){0,}){0,1}\]$'
"""Legal ranges as the venue words them (seen in public threads)."""

_CLIENT_ID = re.compile(r"[a-zA-Z0-9\-_]{1,36}")
_SYMBOL = re.compile(r"(?:[^\Wa-z]|[\-.]){1,50}")
_strings = msgspec.json.Decoder(list[str])

Parse = Callable[[str], Any]


class Reader:
    """Reads one operation's parameters from what was sent."""

    __slots__ = ("_defaults", "_enums", "_mandatory", "_parsers", "_rows", "_symbols")

    def __init__(self, operation: Operation, *, signed: bool = True) -> None:
        self._rows: list[tuple[str, Parse | None, bool, errors.Error, errors.Error, Any]] = []
        self._enums: list[tuple[str, frozenset[str], errors.Error]] = []
        self._symbols: list[tuple[str, bool]] = []
        for parameter in operation.parameters:
            self._compile(parameter, signed)
        self._mandatory = frozenset(row[0] for row in self._rows if row[2])
        self._parsers = {row[0]: row[1] for row in self._rows}
        self._defaults = {row[0]: row[5] for row in self._rows if row[5] is not None}

    def _compile(self, parameter: Parameter, signed: bool) -> None:
        parse = _PARSERS[parameter.kind](parameter)
        default = parameter.default
        self._rows.append(
            (
                parameter.name,
                parse,
                parameter.mandatory and (signed or parameter.name != "signature"),
                errors.ROWS[parameter.missing or "MANDATORY"],
                errors.ROWS[parameter.empty or "EMPTY"],
                (parse(default) if parse else default) if default else None,
            )
        )
        if parameter.kind is Kind.ENUM:
            error = errors.ROWS[parameter.malformed or "INVALID_PARAMETER"]
            self._enums.append((parameter.name, frozenset(parameter.values), error))
        elif parameter.kind is Kind.SYMBOL:
            self._symbols.append((parameter.name, False))
        elif parameter.kind is Kind.LIST:
            self._symbols.append((parameter.name, True))

    def read(self, call: Call) -> None:
        """Fill ``call.values``. Raises Refusal."""
        if not call.duplicates and self._mandatory <= call.sent.keys() and self._quickly(call):
            return
        sent, values = call.sent, call.values
        get = sent.get
        if call.duplicates:
            raise Refusal(errors.DUPLICATE_VALUES)
        known = 0
        for name, parse, mandatory, missing, empty, default in self._rows:
            text = get(name)
            if text is None:
                if mandatory:
                    raise refused(missing, name)
                if default is not None:
                    values[name] = default
                continue
            known += 1
            if not text:
                raise refused(empty, name)
            values[name] = parse(text) if parse else text
        if known != len(sent):
            if not self._rows:
                raise Refusal(errors.TOO_MANY_PARAMETERS, 0, len(sent))
            raise Refusal(errors.UNREAD, known, len(sent))

    def _quickly(self, call: Call) -> bool:
        """Read what was sent, in whatever order: right where nothing is wrong. Most operations
        have many more parameters than a request sends.
        """
        values, parsers = self._defaults.copy(), self._parsers
        try:
            for name, text in call.sent.items():
                parse = parsers[name]
                if not text:
                    return False
                values[name] = text if parse is None else parse(text)
        except (KeyError, Refusal):
            return False
        call.values = values
        return True

    def check_enums(self, call: Call) -> None:
        """Whether each word is one the venue knows. Raises Refusal."""
        values = call.values
        for name, words, error in self._enums:
            word = values.get(name)
            if word is not None and word not in words:
                raise refused(error, name)

    def check_symbols(self, call: Call) -> None:
        """Whether the symbols exist. Raises Refusal."""
        for name, many in self._symbols:
            value = call.values.get(name)
            if value is None:
                continue
            if many:
                _check_list(call, name, value)
            elif value not in call.markets:
                raise Refusal(errors.BAD_SYMBOL)


def refused(error: errors.Error, name: str, *more: object) -> Refusal:
    """A refusal whose text names the parameter, if the text has a place for it."""
    return Refusal(error, *(name, *more)[: error.text.count("%s")])


def _check_list(call: Call, name: str, symbols: list[str]) -> None:
    if len(symbols) > 100:
        raise Refusal(errors.TOO_MANY_VALUES, name, 100)
    if len(set(symbols)) != len(symbols):
        raise Refusal(errors.DUPLICATE_SYMBOLS)
    if any(symbol not in call.markets for symbol in symbols):
        raise Refusal(errors.BAD_SYMBOL)


def _whole(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise Refusal(errors.ILLEGAL_CHARS, name, INTEGERS)
    value = int(text)
    if value > LONGEST:
        raise Refusal(errors.OVERFLOW, name)
    return value


def _integer(parameter: Parameter) -> Parse:
    """Below ``minimum`` is an error. Above ``maximum`` is one if the row names it, else it is cut
    (guessed, except for depth).
    """
    name, low, high = parameter.name, parameter.minimum, parameter.maximum
    error = errors.ROWS[parameter.malformed or "INVALID_PARAMETER"]
    cut = not parameter.malformed

    def parse(text: str) -> int:
        value = _whole(name, text)
        if low is not None and value < low:
            raise refused(error, name, low)
        if high is not None and value > high:
            if not cut:
                raise refused(error, name, high)
            return high
        return value

    return parse


def _time(parameter: Parameter) -> Parse:
    name = parameter.name

    def parse(text: str) -> int:
        value = _whole(name, text)
        at = value * (1_000_000 if value < MICROSECONDS_FROM else 1_000)
        return at if at < LATEST else LATEST

    return parse


def _decimal(parameter: Parameter) -> Parse:
    name, high = parameter.name, parameter.maximum
    error = errors.ROWS[parameter.malformed or "INVALID_PARAMETER"]
    most = None if high is None else high * 100_000_000
    decimals = 8 if high is None else 3  # only recvWindow has a maximum, and three places
    more = int(10 ** (8 - decimals))

    def parse(text: str) -> int:
        try:
            value = scaled.read(text, decimals) * more
        except scaled.TooPrecise:
            raise Refusal(errors.PRECISION, name) from None
        except ValueError:
            raise Refusal(errors.ILLEGAL_CHARS, name, DECIMALS) from None
        if most is not None and value > most:
            raise refused(error, name, high)
        return value

    return parse


def _boolean(parameter: Parameter) -> Parse:
    name = parameter.name

    def parse(text: str) -> bool:
        word = text.lower()
        if word not in ("true", "false"):
            raise Refusal(errors.INVALID_PARAMETER, name)
        return word == "true"

    return parse


def _client_id(parameter: Parameter) -> Parse:
    name = parameter.name

    def parse(text: str) -> str:
        if not _CLIENT_ID.fullmatch(text):
            raise Refusal(errors.ILLEGAL_CHARS, name, CLIENT_IDS)
        return text

    return parse


def _symbol(parameter: Parameter) -> Parse:
    name = parameter.name

    def parse(text: str) -> str:
        if not _SYMBOL.fullmatch(text):
            raise Refusal(errors.ILLEGAL_CHARS, name, SYMBOLS)
        return text

    return parse


def _list(parameter: Parameter) -> Parse:
    name = parameter.name

    def parse(text: str) -> list[str]:
        try:
            found = _strings.decode(text)
        except msgspec.DecodeError:
            raise Refusal(errors.ILLEGAL_CHARS, name, SYMBOL_LISTS) from None
        if not all(_SYMBOL.fullmatch(symbol) for symbol in found):
            raise Refusal(errors.ILLEGAL_CHARS, name, SYMBOL_LISTS)
        return found

    return parse


def _as_it_is(_parameter: Parameter) -> None:
    return None


_PARSERS: dict[Kind, Callable[[Parameter], Parse | None]] = {
    Kind.INTEGER: _integer,
    Kind.TIME: _time,
    Kind.DECIMAL: _decimal,
    Kind.BOOLEAN: _boolean,
    Kind.CLIENT_ID: _client_id,
    Kind.SYMBOL: _symbol,
    Kind.LIST: _list,
    Kind.ENUM: _as_it_is,
    Kind.TEXT: _as_it_is,
    Kind.OBJECT: _as_it_is,
}
