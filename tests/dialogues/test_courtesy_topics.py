"""Topics at the call: a newsletter of a topic that she has switched off since it was planned does not go."""

from __future__ import annotations

import dataclasses

import pytest

from dialogues.courtesy import Decision, holds_for
from domain.company import CourtesyRules
from domain.holds import Hold
from domain.messages import Act, Lane, Message, Waiting
from store.database import Database
from store.ids import new_id
from store.topic_choices import choose_topics
from tests.store.sending_rows import NOW, put_consents, put_customers

ROW = Waiting(
    id=1,
    act=Act.SEND,
    chat_id=1001,
    lane=Lane.BULK,
    kind="newsletter",
    message=Message("News"),
    created_at=NOW,
    not_before=NOW,
    customer_id=1,
    newsletter_id=5,
    proactive=True,
)


@pytest.mark.parametrize("kind", ["newsletter", "service"])
async def test_letter_of_a_topic_that_is_off_is_held_for_good(database: Database, kind: str) -> None:
    """Only those of that topic, only hers, and service letters too: a topic is a choice about what comes."""
    rows = [
        dataclasses.replace(ROW, id=new_id(), kind=kind, ref=ref, customer_id=who)
        for who, ref in ((1, "topic:offers"), (1, "topic:magazine"), (1, ""), (2, "topic:offers"))
    ]
    async with database.write() as tx:
        await put_customers(tx, [1, 2])
        await put_consents(tx, [1, 2])
        assert await holds_for(tx, rows, CourtesyRules(), "Europe/Helsinki", NOW) == {}
        await choose_topics(tx, 1, {"offers": False, "magazine": True}, "topics", NOW)
        held = await holds_for(tx, rows, CourtesyRules(), "Europe/Helsinki", NOW)
    assert held == {rows[0].id: Decision(Hold.TOPIC_OFF)}
