"""Why she got something of a programme: her membership and her tier, or, of a silent one, what she had bought."""

from __future__ import annotations

import datetime as dt

from dialogues import profiling
from dialogues.running import Running
from dialogues.taps import menu_tap
from dialogues.tier_words import PREFIX, title_of_tier, why_of
from dialogues.turn import Conversation
from dialogues.why_rules import told_rule
from domain.languages import in_language
from domain.messages import Button, Message
from domain.programmes import Programme
from store.benefits import INVITED, benefits_of
from store.database import Tx
from store.memberships import membership_of
from store.tiers import tier_of

__all__ = ["PREFIX", "reason"]


async def reason(running: Running, tx: Tx, conversation: Conversation, key: str, language: str) -> str | Message:
    """Tell of her part in the programme that *key* stands for; nothing where she has none."""
    for programme in running.loyalty.programmes:
        if why_of(programme) == f"{PREFIX}-{key}":
            if programme.is_open:
                return await _of_open(running, tx, conversation, programme, language)
            return await _of_silent(running, tx, conversation, programme, language)
    return ""


async def _of_open(
    running: Running, tx: Tx, conversation: Conversation, programme: Programme, language: str
) -> str | Message:
    who, words, company = conversation.customer.id, running.speaker.words, running.company
    membership = await membership_of(tx, who, programme.membership)
    if membership is None:
        return await _of_invitation(running, tx, conversation, programme, language)
    standing = await tier_of(tx, who, programme.name)
    tier = None if standing is None else programme.tier(standing.tier)
    measured = ""
    if standing is not None and tier is not None and standing.evidence:
        morning = dt.datetime.combine(standing.since, dt.time(23, 59), company.zone)
        measured = await told_rule(running, tx, who, str(tier.rule), morning, language)
    text = words.html(
        "programmes.why",
        language,
        programme=in_language(programme.title, language, company.default_language),
        since=membership.since.astimezone(company.zone).date(),
        tier="" if standing is None else title_of_tier(programme, standing.tier, language, company),
        measured=measured,
    )
    return Message(text, html=True, keyboard=_rows(running, language, menu_tap("pleave", programme.name)))


async def _of_invitation(
    running: Running, tx: Tx, conversation: Conversation, programme: Programme, language: str
) -> str | Message:
    who = conversation.customer.id
    given = [each for each in await benefits_of(tx, who) if (each.programme, each.benefit) == (programme.name, INVITED)]
    if not given or programme.rule is None:
        return ""
    measured = await told_rule(running, tx, who, str(programme.rule), given[-1].at, language)
    return running.speaker.words.html("programmes.why_invited", language, measured=measured)


async def _of_silent(
    running: Running, tx: Tx, conversation: Conversation, programme: Programme, language: str
) -> str | Message:
    who, words = conversation.customer.id, running.speaker.words
    membership = await membership_of(tx, who, programme.membership)
    if membership is None or programme.rule is None:
        return ""
    measured = await told_rule(running, tx, who, str(programme.rule), membership.since, language)
    text = words.html("programmes.why_quietly", language, measured=measured)
    mine = Button(words.plain("service.label.mydata", language), menu_tap("mydata"))
    return Message(text, html=True, keyboard=((profiling.button(running, conversation),), (mine,)))


def _rows(running: Running, language: str, leave: str) -> tuple[tuple[Button, ...], ...]:
    words = running.speaker.words
    return (
        (Button(words.plain("programmes.label.leave", language), leave),),
        (Button(words.plain("service.label.topics", language), menu_tap("topics")),),
        (Button(words.plain("service.label.mydata", language), menu_tap("mydata")),),
    )
