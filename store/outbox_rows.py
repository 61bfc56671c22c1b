"""Rows of the outbox as the domain's values, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from domain.messages import Act, Lane, OnUnknown, OutboxState, Waiting
from store.outbox_payload import read_message, write_message
from store.tables import outbox

COLUMNS = (
    outbox.c.id,
    outbox.c.act,
    outbox.c.chat_id,
    outbox.c.lane,
    outbox.c.kind,
    outbox.c.payload,
    outbox.c.created_at,
    outbox.c.not_before,
    outbox.c.customer_id,
    outbox.c.thread_id,
    outbox.c.message_id,
    outbox.c.callback_id,
    outbox.c.run_id,
    outbox.c.question,
    outbox.c.case_id,
    outbox.c.newsletter_id,
    outbox.c.staff_id,
    outbox.c.on_unknown,
    outbox.c.proactive,
    outbox.c.attempts,
    outbox.c.ref,
    outbox.c.reason,
    outbox.c.state,
    outbox.c.paid,
    outbox.c.not_after,
    outbox.c.promotional,
)
USUAL: Mapping[str, Any] = {
    **dict.fromkeys(("thread_id", "message_id", "run_id", "question", "case_id", "staff_id", "not_after")),
    **dict.fromkeys(("callback_id", "ref", "reason"), ""),
    "attempts": 0,
    "state": OutboxState.WAITING.value,
    "promotional": False,
}
"""What a column has when nothing is said of it."""


def values_of(row: Waiting) -> dict[str, Any]:
    """Return the columns that *row* is stored in."""
    return {
        "id": row.id,
        "act": row.act.value,
        "chat_id": row.chat_id,
        "lane": int(row.lane),
        "kind": row.kind,
        "payload": write_message(row.message),
        "created_at": row.created_at,
        "not_before": row.not_before,
        "customer_id": row.customer_id,
        "thread_id": row.thread_id,
        "message_id": row.message_id,
        "callback_id": row.callback_id,
        "run_id": row.run_id,
        "question": row.question,
        "case_id": row.case_id,
        "newsletter_id": row.newsletter_id,
        "staff_id": row.staff_id,
        "on_unknown": row.on_unknown.value,
        "proactive": row.proactive,
        "attempts": row.attempts,
        "ref": row.ref,
        "reason": row.reason,
        "state": row.state.value,
        "not_after": row.not_after,
        "promotional": row.promotional,
    }


def waiting_from(row: Row[*tuple[Any, ...]]) -> Waiting:
    """Return the message of a row that was read by COLUMNS."""
    values = list(row)
    values[1] = Act(values[1])
    values[3] = Lane(values[3])
    values[5] = read_message(values[5])
    values[17] = OnUnknown(values[17])
    values[22] = OutboxState(values[22])
    return Waiting(*values)
