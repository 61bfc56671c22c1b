"""Random sound dialogues and random people on the real program: whatever they do, the books are right at the end."""

from __future__ import annotations

import asyncio
import functools
import re
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, assume, given, note, settings

from bot.config import Config
from bot.content import Content, load_content
from bot.transcript_state import differences, end_state
from dialogues.standing import ending_of, standing_of
from domain.company import Company
from domain.contacts import Direction
from domain.dialogues import Ending, Run, RunState
from domain.faults import Faults
from store import inbox, outbox
from store.cases import cases_of
from store.contacts import timeline
from store.customers import customers_by_chat
from store.database import Tx
from store.runs import runs_by_id
from store.snapshot import every_row
from tests.flows.random_dialogues import LANGUAGES, NAME, Dialogue, dialogues
from tests.flows.random_people import Human, Mode, Play, humans

IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
_UNFILLED = re.compile(r"\{(?!oops)|Traceback|None\b")


@functools.cache
def content() -> Content:
    """Return the shipped dialogues and texts, read once; no fixture, lest a failure shows all of them."""
    return load_content(Config(folder=Path(), company=Company(languages=LANGUAGES)))


@given(dialogue=dialogues(), human=humans())
@settings(
    max_examples=9,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
def test_whatever_anybody_does_the_books_are_right_and_no_kill_shows(
    dialogue: Dialogue, human: Human, sqlite_template: Path
) -> None:
    """
    All is heard and answered once, the stored answers alone say where every dialogue stands, nothing broken is said;
    and kills between acts, or every update twice, end in the very state of the plain run.
    """
    note(dialogue.toml)
    plain = asyncio.run(played(dialogue, human, Mode.PLAIN, sqlite_template))
    for mode in (Mode.KILLED, Mode.TWICE):
        other = asyncio.run(played(dialogue, human, mode, sqlite_template))
        assert differences(plain, other) == [], mode


@given(dialogue=dialogues(), human=humans())
@settings(
    max_examples=8,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
def test_a_kill_in_the_midst_of_anything_loses_nothing(dialogue: Dialogue, human: Human, sqlite_template: Path) -> None:
    """A kill between any two steps of the program may repeat a question; it loses and doubles nothing of hers."""
    note(dialogue.toml)
    asyncio.run(played(dialogue, human, Mode.CUT, sqlite_template))


async def played(dialogue: Dialogue, human: Human, mode: Mode, template: Path) -> list[str]:
    """Play, hold the books, and return the end state; raises AssertionError with what is wrong."""
    with tempfile.TemporaryDirectory(prefix="vuoro-random-", dir=IN_MEMORY) as folder:
        try:
            script = dialogue.script(Path(folder) / "dialogues")
        except Faults:
            assume(False)
        play = Play(script, human, mode, content(), Path(folder))
        try:
            await play.run(template)
            async with play.stage.running.database.read() as tx:
                problems = await wrong(tx, play)
            assert problems == [], mode
            return await end_state(play.stage.running.database)
        finally:
            await play.stage.close()


async def wrong(tx: Tx, play: Play) -> list[str]:
    """Say what is wrong with the books at the end."""
    now = play.stage.clock.now()
    counts = await inbox.count_new(tx), await inbox.count_parked(tx), await outbox.count_due(tx, now)
    found = [*play.problems]
    if counts != (0, 0, 0):
        found.append(f"unhandled, parked, unsent: {counts}")
    ann = (await customers_by_chat(tx, [play.chat.id]))[play.chat.id]
    contacts = await timeline(tx, ann.id, limit=1000)
    heard: Counter[int | None] = Counter(c.message_id for c in contacts if c.direction is Direction.IN)
    written: Counter[int | None] = Counter(m.message_id for m in play.chat.messages if not m.from_bot)
    if heard != written:
        found.append(f"messages that are no contact, or twice: {heard - written} {written - heard}")
    for message in play.chat.from_bot:
        if _UNFILLED.search(message.text):
            found.append(f"said: {message.text}")
        data = [str(button.fields.get("callback_data", "x")) for button in message.buttons]
        found += [f"button data: {each}" for each in data if not 1 <= len(each.encode()) <= 64]
    ids = [row["id"] for row in (await every_row(tx))["runs"] if row["script_id"] == NAME]
    cases = {case.run_id: case for case in (await cases_of(tx, [ann.id])).get(ann.id, [])}
    said = "\n".join(message.text for message in play.chat.messages if message.from_bot)
    for run in (await runs_by_id(tx, ids)).values():
        ending, problems = replayed(play, run)
        found += problems
        if run.state is RunState.DONE and ending is not None:
            mark = re.search(r"END\d", next(iter(ending.say.values())))
            if mark is None or mark[0] not in said:
                found.append(f"{ending.say} was never said")
            if (run.id in cases) != (ending.case is not None):
                found.append("a case was opened, or none, against the ending")
    return found


def replayed(play: Play, run: Run) -> tuple[Ending | None, list[str]]:
    """Replay the stored answers of a run through the pure engine; return its ending and what does not fit."""
    known = {"now": play.stage.clock.now().astimezone(play.stage.config.company.zone), "languages": LANGUAGES}
    standing = standing_of(play.script, run, known)
    versions = [(answer.question, answer.version) for answer in run.answers]
    found = [] if len(set(versions)) == len(versions) else [f"two answers of one version: {versions}"]
    match run.state:
        case RunState.DONE if standing.open is not None:
            found.append(f"done, and {standing.open.id} stands open")
        case RunState.OPEN if standing.open is None or standing.open.id != run.asked:
            found.append(f"asked {run.asked}, and {standing.open and standing.open.id} stands open")
    return ending_of(play.script, standing.values, known), found
