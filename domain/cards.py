"""Numbers of membership cards: eleven digits by chance and one that tells slips of the pen."""

from __future__ import annotations

import re
import secrets

LENGTH = 12
_NUMBER = re.compile(r"[1-9][0-9]{11}")


def new_number() -> str:
    """Draw a number that nobody can guess from another; 9 x 10^10 are possible, so the store may still refuse one."""
    body = str(secrets.randbelow(9 * 10 ** (LENGTH - 2)) + 10 ** (LENGTH - 2))
    return body + check_digit(body)


def check_digit(body: str) -> str:
    """
    Give the digit to put behind *body*, by Luhn's formula (ISO/IEC 7812-1, annex B).

    It tells any one wrong digit, and any two neighbours that changed places but 09 and 90.
    """
    total = 0
    for place, sign in enumerate(reversed(body)):
        digit = int(sign) * (2 if place % 2 == 0 else 1)
        total += digit - 9 if digit > 9 else digit
    return str(-total % 10)


def read_number(text: str) -> str | None:
    """Return the card number that *text* is, with or without blanks and hyphens; None for what can be none."""
    plain = re.sub(r"[\s-]", "", text)
    if _NUMBER.fullmatch(plain) is None or check_digit(plain[:-1]) != plain[-1]:
        return None
    return plain


def in_groups(number: str) -> str:
    """Write a number as people read it out: "1234 5678 9012"."""
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))
