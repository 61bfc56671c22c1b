"""Samples as people write them: `sample = { share = "20 %", by = "town" }` in a plan, or options of a command."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from domain.documents import Table
from domain.documents_values import FLAG, SPAN, Kind, MisfitError, integer, matching, shown, unfit
from domain.rules_customer import ATTRIBUTES
from domain.rules_values import Type
from domain.sampling import EVERY, FIELDWORK, Sampling, Share, Size, Target

LARGEST = 100_000_000
LONGEST = dt.timedelta(days=366)
_SHARE = re.compile(r"(\d{1,3}(?:[.,]\d{1,4})?)\s*%", re.ASCII)
_ONE_EACH = frozenset({"number", "reach", "open_cases"})
STRATA = tuple(name for name, kind in ATTRIBUTES.items() if kind is Type.TEXT and name not in _ONE_EACH)
"""The attributes that divide customers into strata; any other name is a fact."""


def _read_share(value: object) -> Decimal:
    found = _SHARE.fullmatch(value.strip()) if isinstance(value, str) else None
    percent = Decimal(found[1].replace(",", ".")) if found else None
    if percent is None or not 0 < percent <= 100:
        raise unfit(value, "a share over 0 and up to 100 %", '"20 %"')
    return percent


def _read_by(value: object) -> str:
    name = matching(r"(?:fact\.)?[a-z][a-z0-9_]{0,59}", "a customer's attribute or a fact", '"town"').read(value)
    if name in ATTRIBUTES and name not in STRATA:
        raise MisfitError(
            f"{shown(value)} divides customers into too many parts", f"write one of {', '.join(STRATA)}, or a fact"
        )
    return name


def _read_seed(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | str) or not 0 < len(str(value).strip()) <= 40:
        raise unfit(value, "a number or a word of at most 40 signs", "7")
    return str(value).strip()


SHARE: Kind[Decimal] = Kind("a share", '"20 %"', Decimal(100), _read_share)
BY: Kind[str] = Kind("a customer's attribute or a fact", '"town"', "", _read_by)
SEED: Kind[str] = Kind("a number or a word", "7", "", _read_seed)
COUNT = integer(1, LARGEST)

_AMOUNTS = ("share", "size", "target")
_FOR_TARGET = "is for a target only", "remove it, or write target = 200"
_FOR_STRATA = "is for strata only", 'remove it, or add by = "town"'
_NOT_FOR_TARGET = "does not go with a target", "remove it, or use equal = true"


def read_sampling(table: Table) -> Sampling:
    """Read the table of a sample; its faults go where the table's do."""
    share, size, target = (
        table.get("share", SHARE, None),
        table.get("size", COUNT, None),
        table.get("target", COUNT, None),
    )
    fieldwork, every = table.get("fieldwork", SPAN, FIELDWORK), table.get("every", SPAN, EVERY)
    by, seed = table.get("by", BY, ""), table.get("seed", SEED, "")
    equal, least = table.get("equal", FLAG, False), table.get("least", COUNT, 0)
    given = [key for key in _AMOUNTS if key in table]
    if len(given) != 1:
        found = f"has {' and '.join(given)}" if given else "says neither share, size nor target"
        table.fault(None, found, 'write one of share = "20 %", size = 500 or target = 200')
    has_target = "target" in table
    for key, fits, said in (
        ("fieldwork", has_target, _FOR_TARGET),
        ("every", has_target, _FOR_TARGET),
        ("equal", "by" in table, _FOR_STRATA),
        ("least", "by" in table, _FOR_STRATA),
        ("least", not has_target, _NOT_FOR_TARGET),
    ):
        if key in table and not fits:
            table.fault(key, *said)
    for key, span in (("fieldwork", fieldwork), ("every", every)):
        if not dt.timedelta(minutes=1) <= span <= LONGEST:
            table.fault(key, "is no time for that", 'write a time from "1min" to "366d"')
    amount: Share | Size | Target | None = None
    if share is not None:
        amount = Share(share)
    elif size is not None:
        amount = Size(size)
    elif target is not None:
        amount = Target(target, fieldwork, every)
    return Sampling(amount, by=by, equal=equal, least=least, seed=seed)
