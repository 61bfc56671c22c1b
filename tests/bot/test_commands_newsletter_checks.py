"""`vuoro newsletter` before a start and after: who would fail, who gets it and who does not, tests, and taking back."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from sqlalchemy import select

from domain.customers import Purpose
from domain.newsletters import RecipientState, SendingState
from store import freezing, outbox, queue, recipients, sendings
from store.database import Tx
from store.recipients import RecipientOutcome
from store.tables import outbox as rows
from tests.bot.command_line import NOW
from tests.bot.commands_scene import ADMIN, AGENT, MANAGER, START, Scene, scene

FAILS_FOR_BO = "Hello {{ name }}, {{ 10 // (name | length - 7) }}"  # her name has seven signs


@pytest.fixture
def vuoro(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path
) -> Scene:
    """A company with one newsletter, which needs no second person."""
    return scene(capsys, monkeypatch, sqlite_url, tmp_path)


async def _waiting(tx: Tx) -> list[int]:
    return sorted(row.chat_id for row in await outbox.claim(tx, START.replace(year=2100), limit=50, owner="test"))


async def _settle(tx: Tx) -> None:
    """Do what a running program does: freeze the audience; Ann gets hers, Bo's fails, and that is all."""
    (sending,) = await sendings.in_state(tx, SendingState.CANARY, SendingState.RUNNING)
    await freezing.freeze_some(
        tx, sending, at=START, currency="EUR", exclude="", holdout=0, purpose=Purpose.MARKETING, after=0, size=100
    )
    await sendings.mark_frozen(tx, sending.id)
    ann, bo = await queue.queued(tx, sending.id, 2)
    await recipients.record(
        tx,
        [
            RecipientOutcome(sending.id, ann, RecipientState.SENT, message_id=1, at=NOW),
            RecipientOutcome(sending.id, bo, RecipientState.FAILED, "privacy", at=NOW),
        ],
    )
    await sendings.move(tx, sending.id, SendingState.FINISHED, NOW)


def test_who_would_fail_is_named_and_nothing_starts(vuoro: Scene) -> None:
    """A text that passes the lint may still fail for one customer: she is named, in words, JSON and CSV alike."""
    vuoro.news(FAILS_FOR_BO)
    told = vuoro("newsletter", "preflight", "news", "--csv", "bad.csv")
    assert told.code == 1
    assert "news: the message of 1 of 2 recipients would fail" in told.err
    assert "news.en.j2:1: for customer 502: integer division or modulo by zero" in told.err
    (row,) = csv.DictReader((vuoro.folder / "bad.csv").read_text().splitlines())
    assert (row["number"], row["file"], row["line"]) == ("502", "news.en.j2", "1")
    found = vuoro("newsletter", "preflight", "news", "--json")
    assert (found.code, found.document["ok"], found.document["failures"]) == (1, False, 1)
    assert found.document["failing"][0]["number"] == "502"
    started = vuoro("newsletter", "start", "news")
    assert started.code == 1
    assert "for customer 502" in started.err
    assert vuoro("newsletter", "status", "news").err.startswith("news: was never sent")
    vuoro.news("Hello {{ name }}")
    assert vuoro("newsletter", "start", "news").code == 0


def test_pre_flight_tells_languages_length_and_time(vuoro: Scene) -> None:
    """The numbers that one wants to see before many people get something."""
    found = vuoro("newsletter", "preflight", "news", "--json").document
    assert (found["count"], found["checked"], found["languages"], found["minutes"]) == (2, 2, {"en": 2}, 1)
    assert found["excluded"] == {"left_bot": 1, "no_consent": 1}
    assert found["longest"]["units"] == len("Hello Ann Smith, spring is here.")
    assert "those customers get the first language's text" in vuoro("newsletter", "preflight", "news").out


def test_a_refused_start_leaves_no_draft_behind(vuoro: Scene) -> None:
    """Whoever corrects the text and starts it again finds one sending, and whoever may not start it none."""
    vuoro.news(FAILS_FOR_BO)

    async def sent(tx: Tx) -> int:
        return len(await sendings.recent(tx, name="news"))

    assert "would fail" in vuoro("newsletter", "start", "news").err
    assert vuoro.store(sent) == 0
    assert vuoro("newsletter", "start", "news", "--as", AGENT).code == 1
    assert vuoro.store(sent) == 0
    vuoro.news("Hello {{ name }}")
    assert vuoro("newsletter", "start", "news").code == 0
    assert vuoro.store(sent) == 1


def test_test_list_gets_it_as_customers_would(vuoro: Scene) -> None:
    """Whoever cannot get it is told with the reason; without a list there is nothing to send to."""
    assert "test_list: is empty" in vuoro("newsletter", "test", "news", "--list").err
    config = vuoro.folder / "vuoro.toml"
    config.write_text(config.read_text().replace("[newsletters]", '[newsletters]\ntest_list = ["501", "503", "999"]'))
    done = vuoro("newsletter", "test", "news", "--list", "--json").document
    assert (done["to"], done["list"]) == (ADMIN, 1)
    assert done["missing"] == {"503": "left_bot", "999": "no_such_number"}
    assert vuoro.store(_waiting) == [ADMIN, 501]


def test_why_not_list_before_and_after(vuoro: Scene) -> None:
    """Before the start as it would be, afterwards as it was; one reason or all; with names, so it is written down."""
    before = vuoro("newsletter", "recipients", "news", "--json").document
    assert before["sending"] is None
    assert {(each["number"], each["reason"]) for each in before["recipients"]} == {
        ("503", "left_bot"),
        ("504", "no_consent"),
    }
    everybody = vuoro("newsletter", "recipients", "news", "--all", "--json").document["recipients"]
    assert [each["number"] for each in everybody] == ["503", "504", "501", "502"]
    vuoro("newsletter", "start", "news")
    vuoro.store(_settle)
    after = vuoro("newsletter", "recipients", "news", "--json").document["recipients"]
    assert [(each["number"], each["state"], each["reason"]) for each in after] == [
        ("503", "left out", "left_bot"),
        ("504", "left out", "no_consent"),
        ("502", "failed", "privacy"),
    ]
    one = vuoro("newsletter", "recipients", "news", "--why", "privacy", "--csv", "-")
    assert [row["name"] for row in csv.DictReader(one.out.splitlines())] == ["Bo Berg"]
    assert "nobody" in vuoro("newsletter", "recipients", "news", "--why", "muted").out
    assert "Bo Berg" in vuoro("newsletter", "recipients", "news").out


def test_recall_says_what_it_can_do_and_wants_a_yes(vuoro: Scene) -> None:
    """Deleting is not undone: without a terminal it needs --yes; twice it is refused; the status counts it."""
    assert "was never sent" in vuoro("newsletter", "recall", "news", "--yes").err
    vuoro("newsletter", "start", "news")
    vuoro.store(_settle)
    asked = vuoro("newsletter", "recall", "news")
    assert (asked.code, asked.err.splitlines()[-1]) == (1, "repeat the command with --yes to do it")
    assert "the messages of 1 customers would be deleted" in asked.err
    assert vuoro("newsletter", "recall", "news", "--yes", "--as", AGENT).code == 1
    assert "is being taken back" in vuoro("newsletter", "recall", "news", "--yes").out
    assert vuoro("newsletter", "recall", "news", "--yes").code == 1
    status = vuoro("newsletter", "status", "news", "--json").document
    assert status["recalled_at"] is not None
    assert set(status["recall"]) == {"total", "waiting", "deleted", "failed", "too_old"}


def test_retry_goes_to_those_for_whom_it_failed_and_to_nobody_else(vuoro: Scene) -> None:
    """Only a finished one, only for a reason that there is; who got it is not asked."""
    vuoro("newsletter", "start", "news")
    assert "needs one that is finished" in vuoro("newsletter", "retry", "news").err
    vuoro.store(_settle)
    assert "nobody whom that would concern" in vuoro("newsletter", "retry", "news", "--reason", "chat_not_found").err
    assert vuoro("newsletter", "retry", "news", "--reason", "privacy", "--json").document["state"] == "running"
    status = vuoro("newsletter", "status", "news", "--json").document
    assert (status["snapshot"], status["sent"], status["queued"], status["failed"]) == (2, 1, 1, {})


def test_newcomers_get_what_is_finished(vuoro: Scene) -> None:
    """Who agrees afterwards is no recipient yet; the audience is opened once more, and nobody gets it twice."""
    vuoro("newsletter", "start", "news")
    assert vuoro("newsletter", "newcomers", "news").code == 1
    vuoro.store(_settle)
    assert vuoro("newsletter", "newcomers", "news", "--as", AGENT).code == 1
    opened = vuoro("newsletter", "newcomers", "news", "--json").document
    assert opened["state"] in {"canary", "running"}
    assert vuoro("newsletter", "status", "news", "--json").document["sent"] == 1


def test_unknown_name_says_which_there_are(vuoro: Scene) -> None:
    """A slip of the pen is answered with what was probably meant, and with all names."""
    told = vuoro("newsletter", "status", "newz").err
    assert 'newz: no such newsletter; did you mean "news"? there are magazine, news, spring' in told
    assert vuoro("newsletter", "status", "news").err == "news: was never sent; vuoro newsletter start news\n"
    vuoro.news("{{ broken", "other.en.j2")  # a broken file hides nothing
    assert "other" in vuoro("newsletter", "status", "newz").err


def test_second_person_sees_the_numbers_of_the_check(vuoro: Scene) -> None:
    """What the check counted is what the other manager is told before she approves."""
    vuoro.config("second person")

    async def told(tx: Tx) -> list[str]:
        wanted = select(rows.c.payload).where(rows.c.chat_id == MANAGER).order_by(rows.c.id)
        return [str(payload) for payload in (await tx.scalars(wanted)).all()]

    assert vuoro("newsletter", "start", "news").code == 0
    message, request = vuoro.store(told)
    assert "spring is here" in message
    assert "to <b>2</b> customers" in request


def test_topic_must_be_one_of_the_config(vuoro: Scene) -> None:
    """A topic that nobody can switch off is a fault, with its line and what is meant."""
    vuoro.news('+++\ntitle = "News"\ntopic = "ofers"\n+++\nHello')
    told = vuoro("check").err
    assert (
        'news.en.j2:3: topic: "ofers" is no topic; add ofers = "..." under [newsletters.topics] in the config' in told
    )
    vuoro.config(more='[newsletters.topics]\noffers = "Offers"\n')
    assert 'did you mean "offers"?' in vuoro("check").err
