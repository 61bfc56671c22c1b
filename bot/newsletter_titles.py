"""What staff call a sending: the title that was frozen with it."""

from __future__ import annotations

import tomllib

from scheduler.newsletter_files import split_front_matter
from store import sendings
from store.database import Tx


async def title_of_sending(tx: Tx, sending_id: int) -> str:
    """Return the title in the frozen front matter of a sending, else its newsletter's name; "" when there is none."""
    sending = await sendings.get(tx, sending_id)
    if sending is None:
        return ""
    for source in (await sendings.content_of(tx, sending_id)).values():
        matter, _, _ = split_front_matter(source)
        title = tomllib.loads(matter).get("title") if matter else None
        if isinstance(title, str) and title:
            return title
    return sending.name
