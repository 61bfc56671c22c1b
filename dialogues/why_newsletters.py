"""Why she got a newsletter: its audience's rule with her values at that time, and the yes that allows it."""

from __future__ import annotations

import datetime as dt
import tomllib

from dialogues.running import Running
from dialogues.taps import menu_tap, sending_of
from dialogues.turn import Conversation
from dialogues.why_rules import told_rule
from domain.customer_rows import IMPORTED
from domain.customers import Consent, Purpose
from domain.messages import Button, Message
from domain.newsletters import Sending
from store import sendings
from store.consents import consents_of
from store.database import Tx
from store.own_sendings import sent_to
from templates.markup import Safe

PREFIX = "n"
_FENCE = "+++"


async def reason(running: Running, tx: Tx, conversation: Conversation, key: str, language: str) -> str | Message:
    """Tell of the sending *key* (base 36); nothing of one that did not go to her."""
    words, who = running.speaker.words, conversation.customer.id
    sending_id = sending_of(key)
    sending = await sendings.get(tx, sending_id) if sending_id is not None else None
    sent = await sent_to(tx, sending.id, who) if sending is not None else None
    if sending is None or sent is None:
        return ""
    front = await _front(tx, sending)
    at = sending.audience_at or sending.started_at or sent.at or sending.created_at
    lines = [
        words.html("why.newsletter", language, title=str(front.get("title") or sending.name), at=sent.at or at),
        await _chosen(running, tx, who, sending, at, language),
        await told_consent(running, tx, who, Purpose.MARKETING, language)
        if front.get("service") is not True
        else words.html("why.service", language),
    ]
    rows = (
        (Button(words.plain("service.label.stop", language), f"w.{key}.stop"),),
        (Button(words.plain("service.label.topics", language), f"w.{key}.topics"),),
        (Button(words.plain("service.label.mydata", language), menu_tap("mydata")),),
    )
    return Message(Safe("\n\n").join([line for line in lines if line]), html=True, keyboard=rows)


async def _chosen(running: Running, tx: Tx, who: int, sending: Sending, at: dt.datetime, language: str) -> Safe:
    words = running.speaker.words
    if not sending.audience.strip():
        return words.html("why.everybody", language)
    told = await told_rule(running, tx, who, sending.audience, at, language)
    return words.html("why.chosen", language, at=at, lines=told) if told else words.html("why.everybody", language)


async def told_consent(running: Running, tx: Tx, who: int, purpose: Purpose, language: str) -> Safe:
    """Tell which yes of hers allows it, from when and with which words; or that it is there no more."""
    words = running.speaker.words
    said = [each for each in await consents_of(tx, who) if each.purpose is purpose]
    name = words.plain(f"service.purpose.{purpose.value}", language)
    if not said:
        return words.html("why.no_answer", language, purpose=name)
    current: Consent = said[0]
    key = "why.consent" if current.given else "why.withdrawn"
    return words.html(
        key,
        language,
        purpose=name,
        at=current.at,
        version="" if current.text_version == IMPORTED else current.text_version,
    )


async def _front(tx: Tx, sending: Sending) -> dict[str, object]:
    """Return the front matter that was frozen with a sending; the first language's file has it."""
    for source in (await sendings.content_of(tx, sending.id)).values():
        before, fence, rest = source.partition(_FENCE)
        matter, closing, _ = rest.partition(_FENCE)
        if fence and closing and not before.strip():
            try:
                return dict(tomllib.loads(matter))
            except tomllib.TOMLDecodeError:
                continue
    return {}
