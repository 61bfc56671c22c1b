"""
Tallies of sendings: how many recipients stand in each state for each reason, and how many were left out.

They are written with every change of a recipient, in its transaction, so that the account of a million is read from a
handful of rows. `recount` is the proof.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Insert, bindparam, func, literal, select, text, union_all
from sqlalchemy.dialects import postgresql, sqlite

from store.database import Tx
from store.tables import exclusions, recipient_tallies, recipients

EXCLUDED = "excluded"
"""The state under which exclusions are tallied; recipients have one of `RecipientState`."""

Place = tuple[int, str, str]
"""What is counted together: sending, state, reason."""


_ADD: Mapping[str, Insert] = {
    name: made.on_conflict_do_update(
        index_elements=["sending_id", "state", "reason"], set_={"n": recipient_tallies.c.n + made.excluded.n}
    )
    for name, made in (
        ("sqlite", sqlite.insert(recipient_tallies)),
        ("postgresql", postgresql.insert(recipient_tallies)),
    )
}


async def add(tx: Tx, changes: Mapping[Place, int]) -> None:
    """
    Add *changes* to the tallies; give it in the transaction that changes the recipients, after that.

    The rows are taken in one order everywhere, so that two who write at once wait for each other and never crosswise.
    """
    rows = [
        {"sending_id": sending_id, "state": state, "reason": reason, "n": change}
        for (sending_id, state, reason), change in sorted(changes.items())
        if change
    ]
    if rows:
        await tx.execute(_ADD[tx.dialect.name], rows)


async def counts(tx: Tx, sending_id: int) -> dict[tuple[str, str], int]:
    """Return how many of a sending there are by (state, reason); those left out have the state EXCLUDED."""
    return {(state, reason): n for state, reason, n in await tx.execute(_COUNTS, {"of_sending": sending_id})}


_COUNTS = select(recipient_tallies.c.state, recipient_tallies.c.reason, recipient_tallies.c.n).where(
    recipient_tallies.c.sending_id == bindparam("of_sending"), recipient_tallies.c.n != 0
)


async def recount(tx: Tx) -> dict[Place, tuple[int, int]]:
    """Count every sending anew, reading all recipients: {place: (tallied, counted)} where the two differ."""
    counted = {(row[0], row[1], row[2]): int(row[3]) for row in (await tx.execute(_COUNTED)).all()}
    wanted = select(recipient_tallies).where(recipient_tallies.c.n != 0)
    tallied = {(row.sending_id, row.state, row.reason): int(row.n) for row in (await tx.execute(wanted)).all()}
    both = {place: (tallied.get(place, 0), counted.get(place, 0)) for place in sorted(counted.keys() | tallied.keys())}
    return {place: found for place, found in both.items() if found[0] != found[1]}


async def mend(tx: Tx) -> int:
    """Make every tally what the ledger counts; return how many were wrong. Nobody writes recipients meanwhile."""
    if tx.dialect.name == "postgresql":
        await tx.execute(text("LOCK TABLE recipients, exclusions IN SHARE MODE"))
    wrong = await recount(tx)
    await add(tx, {place: counted - tallied for place, (tallied, counted) in wrong.items()})
    return len(wrong)


_COUNTED = union_all(
    select(recipients.c.sending_id, recipients.c.state, recipients.c.reason, func.count()).group_by(
        recipients.c.sending_id, recipients.c.state, recipients.c.reason
    ),
    select(exclusions.c.sending_id, literal(EXCLUDED), exclusions.c.reason, func.count()).group_by(
        exclusions.c.sending_id, exclusions.c.reason
    ),
)
