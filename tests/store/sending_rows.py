"""Rows that the tests of schedules, sendings, recipients and waves begin with."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence

from sqlalchemy import insert

from domain.messages import Act, Lane, OnUnknown
from domain.newsletters import Sending, SendingState
from store import sendings, tallies
from store.database import Tx
from store.ids import new_id
from store.tables import consents, customers, outbox, recipients

NOW = dt.datetime(2027, 3, 2, 10, 0, tzinfo=dt.UTC)


async def put_customers(tx: Tx, ids: Iterable[int], **values: object) -> None:
    """Put in reachable customers of those ids; *values* replace what each row has."""
    rows = [{"id": i, "chat_id": 1000 + i, "reach": "reachable", "created_at": NOW, **values} for i in ids]
    await tx.execute(insert(customers), rows)


async def put_consents(tx: Tx, ids: Iterable[int], purpose: str = "marketing", *, given: bool = True) -> None:
    """Let those customers have said yes (or no) to *purpose*."""
    rows = [
        {
            "id": new_id(),
            "customer_id": i,
            "purpose": purpose,
            "given": given,
            "text_version": "1",
            "source": "test",
            "at": NOW,
            "current": True,
        }
        for i in ids
    ]
    await tx.execute(insert(consents), rows)


async def put_sending(tx: Tx, state: SendingState = SendingState.RUNNING, **values: object) -> int:
    """Put in a sending and return its id."""
    sending_id = new_id()
    sending = Sending(sending_id, "spring", "abc", state, NOW, started_at=NOW, **values)  # type: ignore[arg-type] # a test's shorthand
    await sendings.add(tx, sending, content={"spring.en.j2": "Hello"}, on_unknown=OnUnknown.NEVER_TWICE)
    return sending_id


async def put_recipients(tx: Tx, sending_id: int, states: Sequence[str], *, variants: Sequence[str] = ()) -> list[int]:
    """Put in customers 1.. and recipients in those states; return the customer ids."""
    ids = list(range(1, len(states) + 1))
    await put_customers(tx, ids)
    rows = [
        {"sending_id": sending_id, "customer_id": i, "state": state, "reason": "", "variant": variant}
        for i, state, variant in zip(ids, states, variants or [""] * len(ids), strict=True)
    ]
    await tx.execute(insert(recipients), rows)
    await tallies.add(tx, Counter((sending_id, state, "") for state in states))
    return ids


async def put_outbox(tx: Tx, sending_id: int, ids: Iterable[int], state: str = "waiting", **values: object) -> None:
    """Put in the newsletter's outbox rows of those customers."""
    rows = [
        {
            "id": new_id(),
            "act": Act.SEND.value,
            "chat_id": 1000 + i,
            "lane": int(Lane.BULK),
            "kind": "newsletter",
            "payload": {},
            "created_at": NOW,
            "not_before": NOW,
            "customer_id": i,
            "newsletter_id": sending_id,
            "on_unknown": "never_twice",
            "proactive": True,
            "state": state,
            **values,
        }
        for i in ids
    ]
    await tx.execute(insert(outbox), rows)
