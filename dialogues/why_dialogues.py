"""Why she was asked something: a survey that chose her, an occasion, staff, a small question, or she began herself."""

from __future__ import annotations

from dialogues.running import Running
from dialogues.small_questions import is_asked_by_us
from dialogues.taps import menu_tap, read_short
from dialogues.turn import Conversation
from dialogues.why_newsletters import told_consent
from dialogues.why_rules import told_rule
from domain.customers import Purpose
from domain.dialogues import Run, Script
from domain.messages import Button, Message
from store import waves
from store.database import Tx
from store.runs import runs_by_id
from templates.markup import Safe

PREFIX = "w"


async def reason(running: Running, tx: Tx, conversation: Conversation, key: str, language: str) -> str | Message:
    """Tell of the run *key* (base 36); nothing of one that is not hers."""
    words, who = running.speaker.words, conversation.customer.id
    run_id = read_short(key)
    run = (await runs_by_id(tx, [run_id])).get(run_id) if run_id is not None else None
    if run is None or run.customer_id != who:
        return ""
    script = await running.script_of(tx, run)
    lines = [
        words.html("why.asked", language, title=running.speaker.text(script.title, language, {}), at=run.started_at),
        await _occasion(running, tx, run, script, language),
    ]
    if run.reminders:
        lines.append(words.html("why.reminded", language))
    small = is_asked_by_us(run)
    if script.purpose is not None or small:
        lines.append(
            words.html("why.small_consent", language)
            if small
            else await told_consent(running, tx, who, script.purpose or Purpose.SURVEYS, language)
        )
    rows: list[tuple[Button, ...]] = []
    if script.survey or small:
        rows.append((Button(words.plain("why.label.no_surveys", language), menu_tap("topics", "off-surveys")),))
    rows.append((Button(words.plain("service.label.topics", language), menu_tap("topics")),))
    rows.append((Button(words.plain("service.label.mydata", language), menu_tap("mydata")),))
    return Message(Safe("\n\n").join([line for line in lines if line]), html=True, keyboard=tuple(rows))


async def _occasion(running: Running, tx: Tx, run: Run, script: Script, language: str) -> Safe:
    words = running.speaker.words
    if is_asked_by_us(run):
        return words.html("why.small", language)
    how, _, what = run.started_by.partition(":")
    match how:
        case "wave":
            wave = await waves.get(tx, run.wave_id) if run.wave_id is not None else None
            told = Safe("")
            if wave is not None:
                told = await told_rule(running, tx, run.customer_id, wave.audience, wave.started_at, language)
            drawn = wave is not None and wave.sampling is not None and wave.sampling.amount is not None
            return words.html("why.wave", language, lines=told, drawn=drawn)
        case "event":
            event = what.partition(":")[0]
            key = f"why.event.{event}"
            told = words.html(key, language, number=run.case_id or "") if words.has(key) else Safe("")
            return told or words.html("why.event.other", language)
        case "staff":
            return words.html("why.staff", language)
        case _:
            return words.html("why.herself", language)
