"""Which topics of newsletters customers have switched off; what they never chose, they get."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from store.database import Tx
from store.tables import topic_choices


async def choose_topics(tx: Tx, customer_id: int, choices: Mapping[str, bool], source: str, now: dt.datetime) -> None:
    """
    Keep what she wants ({topic: wanted}); the last word counts.

    A choice that changes nothing keeps the time and *source* ("topics", "newsletter:ID") of when it was made.
    """
    if not choices:
        return
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    put = dialect.insert(topic_choices)
    await tx.execute(
        put.on_conflict_do_update(
            index_elements=["customer_id", "topic"],
            set_={"wanted": put.excluded.wanted, "source": put.excluded.source, "at": put.excluded.at},
            where=topic_choices.c.wanted != put.excluded.wanted,
        ),
        [
            {"customer_id": customer_id, "topic": topic, "wanted": wanted, "source": source, "at": now}
            for topic, wanted in sorted(choices.items())
        ],
    )


@dataclass(frozen=True, slots=True)
class TopicChoice:
    """What she last said of one topic, where ("topics", "stop", "newsletter:ID") and when."""

    topic: str
    wanted: bool
    source: str
    at: dt.datetime


async def choices_of(tx: Tx, customer_id: int) -> list[TopicChoice]:
    """Return all that she has chosen among topics, by topic."""
    wanted = select(topic_choices).where(topic_choices.c.customer_id == customer_id).order_by(topic_choices.c.topic)
    return [TopicChoice(row.topic, row.wanted, row.source, row.at) for row in (await tx.execute(wanted)).all()]


async def topics_off(tx: Tx, customer_id: int) -> frozenset[str]:
    """Return the topics that she has switched off."""
    wanted = select(topic_choices.c.topic).where(
        topic_choices.c.customer_id == customer_id, topic_choices.c.wanted.is_(False)
    )
    return frozenset((await tx.scalars(wanted)).all())


async def switched_off(tx: Tx, customer_ids: Iterable[int], topics: Iterable[str]) -> frozenset[tuple[int, str]]:
    """Return which of those customers have switched off which of those topics: (customer id, topic)."""
    wanted = select(topic_choices.c.customer_id, topic_choices.c.topic).where(
        topic_choices.c.customer_id.in_(list(customer_ids)),
        topic_choices.c.topic.in_(list(topics)),
        topic_choices.c.wanted.is_(False),
    )
    return frozenset((row.customer_id, row.topic) for row in (await tx.execute(wanted)).all())
