"""
What sendings spend on going faster than the free rate: reserved before a call, given back when it is refused.

A message that may cost Stars is marked in the outbox while its call is on the way; what is not known to be refused
stays reserved, so that a sending never spends more than its cap, whatever process dies when.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import bindparam, select, update

from domain.newsletters import MESSAGES_A_STAR, SENDS
from store.database import Tx
from store.tables import outbox, sendings

_LEFT = sendings.c.paid_stars * MESSAGES_A_STAR - sendings.c.paid_messages
_BUDGETS = (
    select(sendings.c.id, _LEFT)
    .where(sendings.c.state.in_([state.value for state in SENDS]), sendings.c.paid_stars > 0)
    .order_by(sendings.c.id)
    .with_for_update()
)
_RESERVE = (
    update(sendings)
    .where(sendings.c.id == bindparam("sending"), bindparam("messages") <= _LEFT)
    .values(paid_messages=sendings.c.paid_messages + bindparam("messages"))
)
_GIVE_BACK = (
    update(sendings)
    .where(sendings.c.id == bindparam("sending"))
    .values(paid_messages=sendings.c.paid_messages - bindparam("messages"))
)
_MARK = update(outbox).where(outbox.c.id == bindparam("row")).values(paid=True)


async def budgets(tx: Tx) -> dict[int, int]:
    """
    Return how many messages each sending may still pay for, of those that send and have any left.

    Ask before anything of a sending is written in *tx*: whoever feeds a sending takes hold of it first, too, and so
    nobody waits crosswise.
    """
    return {row[0]: row[1] for row in await tx.execute(_BUDGETS) if row[1] > 0}


async def reserve(tx: Tx, sending_id: int, messages: int, rows: Sequence[int]) -> bool:
    """
    Take *messages* from a sending's budget for those *rows*, in the transaction that claims them.

    False, and nothing is changed, when less is left.
    """
    if (await tx.execute(_RESERVE, {"sending": sending_id, "messages": messages})).rowcount != 1:
        return False
    await tx.execute(_MARK, [{"row": row} for row in rows])
    return True


async def give_back(tx: Tx, messages: Mapping[int, int]) -> None:
    """Return what was reserved for messages that were refused: {sending: messages}."""
    for sending, count in sorted(messages.items()):  # in one order, so that two machines never wait crosswise
        await tx.execute(_GIVE_BACK, {"sending": sending, "messages": count})
