"""A newsletter as staff see it before it goes: the message itself, in every variant that is tried."""

from __future__ import annotations

import datetime as dt

from bot.staff_visit import StaffRoom
from domain.messages import Message
from domain.newsletters import Sending
from domain.staff import StaffMember
from store.database import Tx


async def previews_of(
    tx: Tx, room: StaffRoom, sending: Sending, member: StaffMember, now: dt.datetime
) -> tuple[list[Message], str]:
    """
    Return *sending* as *member* would get it as a customer, each variant below its name, and what is wrong, or "".

    What does not come out for her may still come out well for others.
    """
    newsletter = await room.newsletters.newsletter_of(tx, sending)
    experiment = newsletter.experiment if newsletter is not None else None
    language = member.language or room.company.default_language
    shown: list[Message] = []
    problem = ""
    for variant in experiment.variants if experiment is not None else ("",):
        preview = await room.newsletters.preview(tx, sending, member, now, variant=variant)
        if isinstance(preview, str):
            problem = problem or preview
            continue
        if variant:
            shown.append(Message(room.words.html("sendings.variant", language, variant=variant), html=True))
        shown.append(preview)
    return shown, problem
