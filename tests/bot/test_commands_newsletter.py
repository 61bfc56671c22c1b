"""`vuoro newsletter`: decisions go into the store, the account adds up, and nothing is sent twice by mistake."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from domain.customers import Purpose
from domain.newsletters import RecipientState, SendingState
from store import freezing, outbox, queue, recipients, sendings, tallies
from store.database import Tx
from store.recipients import RecipientOutcome
from store.tables import recipients as recipients_table
from store.tables import sendings as sendings_table
from tests.bot.commands_scene import ADMIN, AGENT, MANAGER, START, Scene, scene
from tests.store.sending_rows import put_sending


@pytest.fixture
def vuoro(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path
) -> Scene:
    """A company with one newsletter, which needs no second person."""
    return scene(capsys, monkeypatch, sqlite_url, tmp_path)


async def _freeze_and_send_one(tx: Tx) -> None:
    """Do what a running program does first: freeze the audience, and send to the first of it."""
    (sending,) = await sendings.in_state(tx, SendingState.RUNNING)
    await freezing.freeze_some(
        tx, sending, at=START, currency="EUR", exclude="", holdout=0, purpose=Purpose.MARKETING, after=0, size=100
    )
    await sendings.mark_frozen(tx, sending.id)
    first = (await queue.queued(tx, sending.id, 1))[0]
    await recipients.record(tx, [RecipientOutcome(sending.id, first, RecipientState.SENT, message_id=1, at=START)])


async def _waiting(tx: Tx) -> list[tuple[int, str]]:
    rows = await outbox.claim(tx, START.replace(year=2100), limit=50, owner="test")
    return [(row.chat_id, row.message.text) for row in rows]


def test_started_newsletter_is_handed_to_the_running_program(vuoro: Scene) -> None:
    """Starting writes one running sending into the store; the status's account adds up."""
    started = vuoro("newsletter", "start", "news", "--as", ADMIN)
    assert (started.code, started.err) == (0, "")
    assert started.out.startswith("news runs")
    vuoro.store(_freeze_and_send_one)
    status = vuoro("newsletter", "status", "news", "--json").document
    assert status["name"] == "news"
    assert status["state"] == "running"
    assert (status["snapshot"], status["sent"], status["queued"]) == (2, 1, 1)
    assert status["excluded"] == {"left_bot": 1, "no_consent": 1}
    parts = sum(status["skipped"].values()) + sum(status["failed"].values()) + status["unknown"] + status["queued"]
    assert status["snapshot"] == status["sent"] + parts
    assert "sent" in vuoro("newsletter", "status", "news").out


def test_newsletter_is_not_started_twice(vuoro: Scene) -> None:
    """Repeating the command while it runs, or after the same text was sent, is refused; --again insists."""
    vuoro("newsletter", "start", "news")
    again = vuoro("newsletter", "start", "news")
    assert (again.code, again.out) == (1, "")
    assert "is running already" in again.err

    async def finish(tx: Tx) -> None:
        (sending,) = await sendings.in_state(tx, SendingState.RUNNING)
        await sendings.move(tx, sending.id, SendingState.FINISHED, START)

    vuoro.store(finish)
    same = vuoro("newsletter", "start", "news")
    assert same.code == 1
    assert "--again" in same.err
    assert vuoro("newsletter", "start", "news", "--again").code == 0


def test_status_tells_who_waits_for_her_local_time_without_reading_a_file(vuoro: Scene) -> None:
    """What was frozen says it, also where a dialogue that a button of it starts has gone since."""

    async def put(tx: Tx) -> None:
        sending_id = await put_sending(tx)
        front = 'local_time = "23:59"\nlate = "0m"\n[[buttons]]\nlabel = "Go"\ndialogue = "gone"'
        content = {"spring.en.j2": f"+++\n{front}\n+++\nHello"}
        await tx.execute(update(sendings_table).where(sendings_table.c.id == sending_id).values(content=content))
        await tx.execute(insert(recipients_table).values(sending_id=sending_id, customer_id=1, state="queued"))
        await tallies.add(tx, {(sending_id, "queued", ""): 1})

    vuoro.store(put)
    found = vuoro("newsletter", "status", "spring", "--json").document
    assert [(each["reason"], each["n"]) for each in found["held"]] == [("local_time", 1)]
    assert found["eta_s"] is None
    assert "1 wait: local time, until " in vuoro("newsletter", "status", "spring").out


def test_pause_resume_and_cancel_follow_the_state(vuoro: Scene) -> None:
    """Each act is allowed only where its state allows it, and is refused with a sentence else."""
    assert vuoro("newsletter", "pause", "news").err.startswith("news: was never sent")
    vuoro("newsletter", "start", "news")
    vuoro.store(_freeze_and_send_one)
    assert vuoro("newsletter", "resume", "news").code == 1
    assert vuoro("newsletter", "pause", "news", "--json").document["state"] == "paused"
    assert vuoro("newsletter", "resume", "news", "--json").document["state"] == "running"
    assert vuoro("newsletter", "cancel", "news", "--json").document["state"] == "cancelled"
    refused = vuoro("newsletter", "cancel", "news")
    assert (refused.code, refused.out) == (1, "")
    assert "is cancelled" in refused.err


def test_second_person_approves_and_is_asked_in_telegram(vuoro: Scene) -> None:
    """Where the config wants two people, whoever starts cannot approve; the other managers get the message to judge."""
    vuoro.config("second person")
    started = vuoro("newsletter", "start", "news", "--as", ADMIN)
    assert started.code == 0
    assert "waits for a second person" in started.out
    own = vuoro("newsletter", "approve", "news", "--as", ADMIN)
    assert own.code == 1
    assert "second manager" in own.err
    told = vuoro.store(_waiting)
    assert {chat for chat, _ in told} == {MANAGER}
    assert "spring is here" in told[0][1]
    approved = vuoro("newsletter", "approve", "news", "--as", MANAGER, "--json")
    assert approved.document["state"] == "running"


def test_scheduled_newsletter_waits_for_its_time(vuoro: Scene) -> None:
    """The time is the company's; a time that is over is refused, and words that are no time are wrong usage."""
    done = vuoro("newsletter", "schedule", "news", "2099-03-01T10:00", "--json").document
    assert (done["state"], done["due_at"]) == ("scheduled", "2099-03-01T08:00:00+00:00")
    assert "starts on" not in vuoro("newsletter", "status", "news").err
    vuoro("newsletter", "cancel", "news")
    assert vuoro("newsletter", "schedule", "news", "2020-03-01T10:00").code == 1
    assert vuoro("newsletter", "schedule", "news", "tomorrow").code == 2


def test_who_may_not_is_refused(vuoro: Scene) -> None:
    """Roles hold on the command line, too."""
    low = vuoro("newsletter", "start", "news", "--as", AGENT)
    assert (low.code, low.err) == (1, "Olga: is agent, and this needs a manager\n")
    assert "is no staff member" in vuoro("newsletter", "start", "news", "--as", 99).err
    assert 'did you mean "news"?' in vuoro("newsletter", "start", "newz").err


def test_new_newsletter_makes_the_content_folder_and_says_so(vuoro: Scene) -> None:
    """The first one of a company needs nothing set up by hand, and a name that is refused makes nothing."""
    shutil.rmtree(vuoro.folder / "content")
    assert "there is no folder content" in vuoro("newsletter", "preview", "summer").err
    assert vuoro("newsletter", "new", "Sümmer").code == 2
    assert not (vuoro.folder / "content").exists()
    made = vuoro("newsletter", "new", "summer")
    assert (made.code, made.out.count(".j2")) == (0, 2)
    assert made.err.endswith("newsletters: made this folder\n")
    assert vuoro("newsletter", "preview", "summer").code == 0


def test_new_newsletter_is_written_checked_and_previewed(vuoro: Scene) -> None:
    """From nothing to a preview without an editor: the skeleton itself is sound."""
    made = vuoro("newsletter", "new", "summer")
    assert (made.code, made.out.count(".j2")) == (0, 2)
    assert vuoro("newsletter", "new", "summer").code == 1
    assert vuoro("newsletter", "new", "Sümmer").code == 2
    assert vuoro("newsletter", "new", "autumn", "--like", "spring").out.count("autumn.") == 3
    found = vuoro("newsletter", "preflight", "summer", "--json").document
    assert (found["ok"], found["count"], found["checked"], found["failing"]) == (True, 2, 2, [])
    shown = vuoro("newsletter", "preview", "summer", "--json").document["previews"]
    assert [each["language"] for each in shown] == ["en", "fi"]
    assert shown[0]["plain"].startswith("Aurora")
    ann = vuoro("newsletter", "preview", "news", "--customer", "501")
    assert "Hello Ann Smith, spring is here." in ann.out
    assert "[" in ann.out.splitlines()[-1]


def test_preflight_refuses_a_text_that_would_fail_for_somebody(vuoro: Scene) -> None:
    """A fact that not everybody has is found before anybody gets the newsletter."""
    vuoro.news("Hello {{ fact.size }}")
    told = vuoro("newsletter", "preflight", "news")
    assert told.code == 1
    assert "news.en.j2:1: fact.size is not known of everybody" in told.err
    assert vuoro("newsletter", "preflight", "news", "--json").code == 1


def test_test_message_goes_to_the_member_alone(vuoro: Scene) -> None:
    """What staff see is what customers get, buttons included."""
    assert vuoro("newsletter", "test", "news", "--as", ADMIN).code == 0
    assert vuoro.store(_waiting) == [(ADMIN, "Hello Ada, spring is here.")]


def test_half_written_file_keeps_nobody_from_pausing(vuoro: Scene) -> None:
    """A fault in some file is told, and the decision about what runs is taken all the same; a start is refused."""
    vuoro("newsletter", "start", "news")
    vuoro.news("{{ nobody_knows_this }} <b>", "half.en.j2")
    paused = vuoro("newsletter", "pause", "news")
    assert (paused.code, paused.out) == (0, "news is paused; vuoro newsletter resume news goes on.\n")
    assert "vuoro check" in paused.err
    refused = vuoro("newsletter", "start", "half")
    assert refused.code == 1
    assert "nobody_knows_this" in refused.err
