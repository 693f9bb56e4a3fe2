"""Decimal text and scaled integers: exact both ways, no float, no Decimal on the hot path."""

import re

_PLAIN = re.compile(r"([0-9]{1,20})(?:\.([0-9]{1,20}))?")


class TooPrecise(ValueError):
    """The text has more decimals than the scale keeps."""


def read(text: str, decimals: int) -> int:
    """``"1.5"`` at 8 decimals is 150_000_000. Trailing zeros beyond the scale are allowed.

    Raises ValueError for anything but plain digits with an optional fraction, TooPrecise for
    a non-zero digit beyond ``decimals``.
    """
    match = _PLAIN.fullmatch(text)
    if match is None:
        raise ValueError(f"not a plain decimal: {text!r}")
    whole, fraction = match.groups()
    if fraction is None:
        return int(whole) * int(10**decimals)
    if len(fraction) > decimals:
        if fraction[decimals:].strip("0"):
            raise TooPrecise(text)
        fraction = fraction[:decimals]
    return int(whole + fraction.ljust(decimals, "0"))


def write(units: int, decimals: int) -> str:
    """150_000_000 at 8 decimals is ``"1.50000000"``: always ``decimals`` digits."""
    if units < 0:
        return "-" + write(-units, decimals)
    if decimals == 0:
        return str(units)
    digits = str(units).rjust(decimals + 1, "0")
    return f"{digits[:-decimals]}.{digits[-decimals:]}"


def write_short(units: int, decimals: int) -> str:
    """Like ``write`` without trailing zeros: ``"1.5"``, ``"2"``."""
    text = write(units, decimals)
    return text.rstrip("0").rstrip(".") if "." in text else text
