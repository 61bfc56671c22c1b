"""All memberships of one customer as they stand in her own data: open and silent ones alike, and why she is in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from domain.memberships import HELD_OUT, PROGRAMME
from domain.programmes import Programme
from domain.rules_why import why
from store.database import Tx
from store.memberships import memberships_of
from store.rules_facts import customer_facts


@dataclass(frozen=True, slots=True)
class OwnMembership:
    """
    One membership; *name* without "programme:". A *silent* one she never joined: a rule chose her, which *why* tells.

    *held_out*: she was chosen to compare with, and gets nothing. *title* is by language, empty where the file is gone.
    """

    name: str
    title: dict[str, str]
    silent: bool
    since: dt.datetime
    until: dt.datetime | None
    source: str
    why: str
    held_out: bool = False


async def own_memberships(
    tx: Tx,
    customer_id: int,
    programmes: Iterable[Programme] = (),
    *,
    at: dt.datetime | None = None,
    currency: str = "EUR",
) -> list[OwnMembership]:
    """
    Return every membership of hers, ended ones too, with what chose her as of the day that she came in.

    *programmes* are those that are written now; *at* (aware, in the company's zone) gives the zone of that day.
    """
    known = {each.name: each for each in programmes}
    found: list[OwnMembership] = []
    for each in await memberships_of(tx, customer_id):
        held_out = each.name.startswith(HELD_OUT)
        name = each.name.removeprefix(HELD_OUT).removeprefix(PROGRAMME)
        programme = known.get(name)
        silent = held_out or each.source == "rule" or (programme is not None and not programme.is_open)
        told = ""
        if silent and programme is not None and programme.rule is not None:
            moment = each.since if at is None else each.since.astimezone(at.tzinfo)
            facts = (await customer_facts(tx, [customer_id], moment, currency=currency)).get(customer_id)
            if facts is not None:
                told = "; ".join(map(str, why(programme.rule, facts, moment, currency=currency).trace))
        title = {} if programme is None else dict(programme.title)
        found.append(OwnMembership(name, title, silent, each.since, each.until, each.source, told, held_out))
    return found
