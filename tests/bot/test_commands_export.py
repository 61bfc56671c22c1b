"""`vuoro export`: every row once, as CSV that a spreadsheet and the import can read, and never half a file."""

from __future__ import annotations

import csv
import io
import stat
from pathlib import Path

import pytest

from domain.contacts import Channel, Contact, ContactKind, ContactState, Direction
from domain.newsletters import SendingState
from store import freezing, sendings
from store.contacts import add_contacts
from store.customers import change_customers
from store.database import Tx
from store.ids import new_id
from tests.bot.commands_scene import START, Scene, scene


@pytest.fixture
def vuoro(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path
) -> Scene:
    """A company with four customers."""
    return scene(capsys, monkeypatch, sqlite_url, tmp_path)


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


async def _words(tx: Tx) -> None:
    for text in ("Hello,\nwho is there?", '=HYPERLINK("http://x")'):
        contact = Contact(
            new_id(), 1, START, Channel.TELEGRAM, Direction.IN, ContactKind.WORDS, text, ContactState.RECEIVED
        )
        await add_contacts(tx, [contact])
    await change_customers(tx, {1: {"name": "=Ann", "phone": "+358401234567", "tags": ["vip", "wine"]}})


def test_customers_come_in_the_columns_of_the_import(vuoro: Scene, tmp_path: Path) -> None:
    """What is exported can be imported elsewhere; the file is its owner's alone."""
    vuoro.store(_words)
    done = vuoro("export", "customers", "all.csv", "--json").document
    assert done == {"what": "customers", "file": "all.csv", "rows": 4}
    first, *_, last = _rows((tmp_path / "all.csv").read_text(encoding="utf-8"))
    assert (first["number"], first["telegram_id"], first["tags"]) == ("501", "501", "vip;wine")
    assert (first["marketing_consent"], first["consent_at"]) == ("yes", START.isoformat())
    assert (last["name"], last["marketing_consent"]) == ("Dan", "")
    assert stat.S_IMODE((tmp_path / "all.csv").stat().st_mode) == 0o600


def test_words_that_a_spreadsheet_would_run_are_harmless(vuoro: Scene) -> None:
    """A customer's name is no formula; phone numbers stay as they are, and --raw leaves all as it is."""
    vuoro.store(_words)
    texts = [row["text"] for row in _rows(vuoro("export", "contacts", "-").out)]
    assert texts == ["Hello,\nwho is there?", '\'=HYPERLINK("http://x")']
    ann = _rows(vuoro("export", "customers", "-").out)[0]
    assert (ann["name"], ann["phone"]) == ("'=Ann", "+358401234567")
    assert _rows(vuoro("export", "customers", "-", "--raw").out)[0]["name"] == "=Ann"


def test_recipients_and_answers_are_exported(vuoro: Scene) -> None:
    """Each recipient with her fate; a table without rows has its header."""
    vuoro("newsletter", "start", "news")

    async def freeze(tx: Tx) -> None:
        (sending,) = await sendings.in_state(tx, SendingState.RUNNING)
        await freezing.freeze_some(
            tx, sending, at=START, currency="EUR", exclude="", holdout=0, purpose=None, after=0, size=100
        )

    vuoro.store(freeze)
    rows = _rows(vuoro("export", "recipients", "-").out)
    assert [(row["newsletter"], row["number"], row["state"]) for row in rows] == [
        ("news", number, "queued") for number in ("501", "502", "504")
    ]
    assert {(row["variant"], row["recall"]) for row in rows} == {("", "")}
    assert vuoro("export", "answers", "-").out.startswith("id,customer,number,dialogue,run")


def test_file_that_is_there_is_kept(vuoro: Scene, tmp_path: Path) -> None:
    """Only --force replaces a file, and a folder is never one."""
    (tmp_path / "all.csv").write_text("mine", encoding="utf-8")
    refused = vuoro("export", "customers", "all.csv")
    assert (refused.code, refused.out) == (1, "")
    assert (tmp_path / "all.csv").read_text(encoding="utf-8") == "mine"
    assert vuoro("export", "customers", "all.csv", "--force").code == 0
    assert vuoro("export", "customers", ".").code == 1
    assert vuoro("export", "customers", "no/such/all.csv").code == 1
    assert vuoro("export", "everything", "x.csv").code == 2
    assert vuoro("export", "customers", "-", "--json").code == 2
    assert list(tmp_path.glob("*.part")) == []
