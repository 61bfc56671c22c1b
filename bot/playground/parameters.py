"""The parameters of one call, whichever way they came (query, form, JSON, multipart), read with the type asked for."""

import json
from dataclasses import dataclass
from typing import Any

from bot.playground.wire import JsonObject, bad_request

_TRUE = frozenset({"true", "yes", "1", "y", "t"})
_FALSE = frozenset({"false", "no", "0", "n", "f", ""})


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a multipart request."""

    name: str
    mime: str
    data: bytes


class Params:
    """
    Typed reading of a call's parameters. A parameter that is absent or JSON null reads as None or the default.

    A value of the wrong type is refused with a 400 that names the parameter.
    """

    __slots__ = ("files", "raw")

    def __init__(self, raw: JsonObject, files: dict[str, Upload] | None = None) -> None:
        self.raw = raw
        self.files = files or {}

    def __contains__(self, name: str) -> bool:
        return self.raw.get(name) is not None or name in self.files

    def text(self, name: str) -> str | None:
        """Return a string; numbers are taken as their digits, as in an URL-encoded form."""
        value = self.raw.get(name)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        raise bad_request(f'parameter "{name}" must be a String')

    def required_text(self, name: str) -> str:
        """Return a string that must be there and not be empty."""
        value = self.text(name)
        if not value:
            raise bad_request(f'parameter "{name}" is required')
        return value

    def integer(self, name: str) -> int | None:
        """Return a whole number, also from its decimal digits."""
        value = self.raw.get(name)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        if isinstance(value, str):
            digits = value.strip()
            if not digits:
                return None
            if digits.lstrip("+-").isdecimal() and digits.isascii():
                return int(digits)
        raise bad_request(f'parameter "{name}" must be an Integer')

    def required_integer(self, name: str) -> int:
        """Return a whole number that must be there."""
        value = self.integer(name)
        if value is None:
            raise bad_request(f'parameter "{name}" is required')
        return value

    def number(self, name: str) -> float | None:
        """Return a number."""
        value = self.raw.get(name)
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
            return value
        try:
            return float(value)
        except (TypeError, ValueError):
            raise bad_request(f'parameter "{name}" must be a Number') from None

    def flag(self, name: str) -> bool:
        """Return a truth value; an absent one is false."""
        value = self.raw.get(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        word = str(value).strip().lower()
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
        raise bad_request(f'parameter "{name}" must be a Boolean')

    def structure(self, name: str, kind: type, problem: str) -> Any:
        """Return an object or array, parsed from its JSON text where it came as text; *problem* words the refusal."""
        value = self.raw.get(name)
        if isinstance(value, str):
            if not value.strip():
                return None
            try:
                value = json.loads(value)
            except ValueError:
                raise bad_request(f"can't parse {problem} JSON object") from None
        if value is not None and not isinstance(value, kind):
            expected = "Object" if kind is dict else "Array"
            raise bad_request(f"can't parse {problem}: {expected} expected")
        return value
