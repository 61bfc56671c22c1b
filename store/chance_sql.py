"""
Chance in SQL: a number for each customer that is as good as random, fixed by a key, and the same on both databases.

It draws hold-out groups, variants and canaries: who is drawn in one sending says nothing about the next one.
"""

from __future__ import annotations

import functools
import hashlib

from sqlalchemy import BigInteger, ColumnElement, literal

PRIME = 2**31 - 1
"""Numbers of chance are from 0 up to this, without it; a product of two of them fits into 63 bits."""


def chance(key: str, of: ColumnElement[int]) -> ColumnElement[int]:
    """
    Give the number, 0 to PRIME - 1, that chance has for the id in column *of* under *key*.

    A polynomial of the third degree modulo a prime, with coefficients from a hash of the key: any four ids get
    independent, evenly spread numbers (M. N. Wegman and J. L. Carter, "New hash functions and their use in
    authentication and set equality", Journal of Computer and System Sciences 22, 1981).
    """
    first, *others = (literal(each, BigInteger) for each in _coefficients(key))
    prime = literal(PRIME, BigInteger)
    value: ColumnElement[int] = first
    for each in others:
        value = (value * (of % prime) + each) % prime
    return value


def chance_of(key: str, customer_id: int) -> int:
    """Give the same number outside the database."""
    value, *others = _coefficients(key)
    for each in others:
        value = (value * (customer_id % PRIME) + each) % PRIME
    return value


def below(share: float) -> int:
    """Give the number below which a *share* (0 to 1) of all numbers of chance lie."""
    return round(share * PRIME)


@functools.lru_cache(maxsize=256)
def _coefficients(key: str) -> tuple[int, ...]:
    """Give four numbers below PRIME, that of the third power first; 16 bytes for each leave no bias that matters."""
    digest = hashlib.blake2b(key.encode(), digest_size=64).digest()
    return tuple(int.from_bytes(digest[at : at + 16], "big") % PRIME for at in range(0, 64, 16))
