"""Why she got a message of a care plan: what it is, what chose her with the values of that day, and how to stop it."""

from __future__ import annotations

from dialogues.running import Running
from dialogues.taps import menu_tap, read_short
from dialogues.turn import Conversation
from dialogues.why_rules import told_rule
from domain.languages import in_language
from domain.messages import Button, Message
from store.care_tasks import task_by_id
from store.database import Tx
from templates.markup import Safe

PREFIX = "care"


async def reason(running: Running, tx: Tx, conversation: Conversation, key: str, language: str) -> str | Message:
    """Tell of the action *key* (base 36); nothing of one that was not for her."""
    words, who, first = running.speaker.words, conversation.customer.id, running.company.default_language
    number = read_short(key)
    found = await task_by_id(tx, number) if number is not None else None
    if found is None or found.row.customer_id != who:
        return ""
    run = found.run
    asked = [str(run.content.get(name, "")) for name in ("audience", "only_if")]
    rule = " and ".join(f"({each})" for each in asked if each)
    told = await told_rule(running, tx, who, rule, run.at, language)
    title = in_language(run.content.get("title", {}), language, first) or run.action
    lines = [
        words.html("care_why.what", language, title=title, company=running.company.name, at=run.due_at),
        words.html("care_why.chosen", language, at=run.at, lines=told) if told else Safe(""),
        words.html("care_why.allowed", language),
    ]
    rows = (
        (Button(words.plain("service.label.stop", language), menu_tap("stop")),),
        (Button(words.plain("service.label.mydata", language), menu_tap("mydata")),),
    )
    return Message(Safe("\n\n").join([line for line in lines if line]), html=True, keyboard=rows)
