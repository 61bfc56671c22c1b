"""One move of a member on one case: made through the table, or refused with the reason."""

from __future__ import annotations

from bot.staff_visit import Visit
from dialogues.case_moves import CaseMoves
from dialogues.cases import PLAIN, Particulars, Refused, by_member
from domain.cases import Case, Move
from store.customers import customer_by_id
from store.staff import names_of


async def moved_by(visit: Visit, case: Case, move: Move, particulars: Particulars = PLAIN) -> Case | None:
    """Make a move with all that follows from it and return the case; None when it is refused, which she is told."""
    customer = await customer_by_id(visit.tx, case.customer_id)
    assert customer is not None
    room = visit.room
    moves = CaseMoves(room.company, room.words, room.library, room.line)
    by = by_member(visit.member)
    moved = await moves.make(visit.tx, case, customer, move, by, now=visit.now, particulars=particulars)
    if not isinstance(moved, Refused):
        return moved
    await tell_refusal(visit, moved, case)
    return None


async def tell_refusal(visit: Visit, refused: Refused, case: Case) -> None:
    """Say why a move is not allowed: at the top of her screen where she tapped, else in words."""
    reason = await refusal_text(visit, refused, case)
    if visit.callback_id:
        await visit.toast("refused", reason=reason)
    else:
        await visit.say("refused", reason=reason)


async def refusal_text(visit: Visit, refused: Refused, case: Case) -> str:
    """Say why a move is not allowed, with the name of whoever holds the case."""
    owner = ""
    if refused.owner_id is not None:
        owner = (await names_of(visit.tx, [refused.owner_id])).get(refused.owner_id, "") or str(refused.owner_id)
    state = visit.plain(f"state_short.{case.state.value}")
    return visit.plain(f"refusal.{refused.reason}", owner=owner, number=case.id, state=state)
