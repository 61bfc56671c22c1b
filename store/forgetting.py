"""Forgetting what a customer said in one run: where she is told that nothing is kept, nothing is."""

from __future__ import annotations

from sqlalchemy import delete, null, select, update

from store.database import Tx
from store.tables import answers, contact_edits, contacts


async def forget_run(tx: Tx, run_id: int) -> None:
    """
    Take every word of a run away: its answers in all versions, and the texts and files on the timeline.

    That each contact took place stays counted. Her messages are cut from their rows, so that a later edit of one brings
    nothing back.
    """
    said = contacts.c.run_id == run_id
    await tx.execute(
        update(answers).where(answers.c.run_id == run_id).values(value=null(), text="", media=null(), message_id=None)
    )
    await tx.execute(delete(contact_edits).where(contact_edits.c.contact_id.in_(select(contacts.c.id).where(said))))
    await tx.execute(
        update(contacts)
        .where(said)
        .values(text="", media=null(), edited_from=None, album=None, message_id=None, message_ids=null())
    )
