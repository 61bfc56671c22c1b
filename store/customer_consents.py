"""When an imported yes or no to newsletters counts: a file never turns a no into a yes by itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from domain.customer_rows import IMPORTED, Said
from store.ids import new_id


@dataclass(slots=True)
class Answer:
    """One yes or no as it is kept; of those to one purpose at most one is current."""

    id: int
    given: bool
    source: str
    text_version: str
    at: dt.datetime
    current: bool


def answer_to_add(known: Sequence[Answer], said: Said, now: dt.datetime) -> Answer | None:
    """
    Return the answer that becomes current, or None where what is known stands.

    A yes counts where nothing is known, or where it was said later than the known no. A no counts unless a yes is known
    that was said later; a no without its day counts once, and not against a yes that came after it was first read.
    """
    current = next((each for each in known if each.current), None)
    made = Answer(new_id(), said.given, said.source, IMPORTED, said.at or now, True)
    if current is None:
        return made
    if current.given == said.given:
        return None
    if said.at is not None:
        return made if said.at > current.at else None
    if said.given:
        return None
    read_before = any(not each.given and each.text_version == IMPORTED and each.source == said.source for each in known)
    return None if read_before else made
