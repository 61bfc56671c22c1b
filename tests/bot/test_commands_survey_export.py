"""`vuoro survey export`: a row for each invitation and own-accord answer, typed, without names unless wanted."""

from __future__ import annotations

import csv
import datetime as dt
import sys
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from domain.dialogues import Answer, RunState
from store import survey_export
from store.database import Tx
from store.runs import add_answers
from tests.bot.commands_scene import Scene, scene
from tests.store.survey_rows import DAY, put_customers, put_invited, put_skipped, put_wave

AT = dt.datetime(2026, 3, 10, 9, 30, tzinfo=dt.UTC)
DIALOGUE = """
id = "price"
version = 1
survey = true
title.en = "Prices"
title.fi = "Hinnat"

[[ask]]
id = "stars"
kind = "scale 0-10"
say.en = "How was it?"
say.fi = "Miten meni?"

[[ask]]
id = "where"
kind = "many"
say.en = "Where?"
say.fi = "Missä?"
options = [{ id = "here", en = "Here", fi = "Täällä" }, { id = "there", en = "There", fi = "Siellä" }]

[[ask]]
id = "dear"
kind = "number"
say.en = "What is too dear?"
say.fi = "Mikä on liian kallista?"

[[ask]]
id = "day"
kind = "date"
say.en = "When?"
say.fi = "Milloin?"

[[ask]]
id = "again"
kind = "yes/no"
say.en = "Again?"
say.fi = "Uudelleenkin?"

[[ask]]
id = "phone"
kind = "phone"
say.en = "Your number?"
say.fi = "Numerosi?"

[[ask]]
id = "words"
kind = "text"
skip = true
say.en = "Anything else?"
say.fi = "Muuta?"

[[done]]
say.en = "Thanks"
say.fi = "Kiitos"
"""


async def _cases(tx: Tx) -> None:
    """A full answer with a formula in it, one that stopped half-way, one not drawn, and one that came unasked."""
    await put_customers(tx, 101, 102, 103, 104)
    await put_wave(tx, 5, AT, script="price")
    given: list[tuple[str, Any]] = [
        ("stars", 9), ("where", ["here", "there"]), ("dear", 4.5), ("day", "2026-04-01"), ("again", True),
        ("phone", "+358401234567"), ("words", '=HYPERLINK("x")'),
    ]  # fmt: skip
    await put_invited(tx, 5, 101, AT, *given, script="price")
    run = await put_invited(tx, 5, 102, AT, ("stars", 3), state=RunState.EXPIRED, script="price")
    await add_answers(tx, [(run, Answer("words", 1, AT, skipped=True))])
    await put_skipped(tx, 5, 103, AT, "not_drawn", stratum="Turku")
    await put_invited(tx, 0, 104, AT - 40 * DAY, ("stars", 7), by="customer", script="price")


@pytest.fixture
def vuoro(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path
) -> Scene:
    """A company with a survey of its own."""
    made = scene(capsys, monkeypatch, sqlite_url, tmp_path)
    folder = made.folder / "content" / "dialogues"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "price.toml").write_text(DIALOGUE, encoding="utf-8")
    made.store(_cases)
    return made


def rows_of(file: Path) -> list[dict[str, str]]:
    """Read a CSV file."""
    with file.open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def test_every_case_is_a_row_with_its_disposition(vuoro: Scene) -> None:
    """Skipped, missing and answered are told apart, and a formula is made harmless."""
    told = vuoro("survey", "export", "price", "--out", vuoro.folder / "out.csv", "--json").document
    rows = {row["customer"]: row for row in rows_of(vuoro.folder / "out.csv")}
    assert told["rows"] == len(rows) == 4
    full, half, undrawn, unasked = (rows[each] for each in ("101", "102", "103", "104"))
    assert (full["disposition"], half["disposition"], undrawn["disposition"]) == ("complete", "partial", "not_sampled")
    assert (undrawn["reason"], undrawn["stratum"], undrawn["asked_by_us"]) == ("not_drawn", "Turku", "no")
    assert (unasked["asked_by_us"], unasked["invited_at"], unasked["answer.stars"]) == ("no", "", "7")
    assert (full["answer.words"], full["answer.where"], full["answer.again"]) == (
        '\'=HYPERLINK("x")',
        "here;there",
        "yes",
    )
    assert (full["score"], full["wave"], full["duration_s"]) == ("9", "5", "3600.0")
    assert (full["state.words"], half["state.words"], half["state.dear"]) == ("answered", "skipped", "missing")


def test_nobody_is_named_unless_it_is_wanted(vuoro: Scene) -> None:
    """Phones stay out as well; with --names they are in."""
    file = vuoro.folder / "out.csv"
    assert vuoro("survey", "export", "price", "--out", file).code == 0
    assert "+358401234567" not in file.read_text(encoding="utf-8")
    assert not {"name", "number", "answer.phone"} & set(rows_of(file)[0])
    assert file.stat().st_mode & 0o077 == 0
    assert vuoro("survey", "export", "price", "--out", file).code == 1
    assert vuoro("survey", "export", "price", "--out", file, "--names", "--force").code == 0
    assert {"name", "number", "answer.phone"} <= set(rows_of(file)[0])


def test_parquet_keeps_the_types(vuoro: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers, times, days and lists come back as such, page by page as row groups."""
    monkeypatch.setattr(survey_export, "PAGE", 2)
    file = vuoro.folder / "out.parquet"
    assert vuoro("survey", "export", "price", "--out", file).code == 0
    table = parquet.read_table(file)
    assert parquet.ParquetFile(file).num_row_groups == 3
    (full,) = [row for row in table.to_pylist() if row["customer"] == 101]
    assert (full["answer.stars"], full["answer.where"], full["answer.dear"]) == (9, ["here", "there"], 4.5)
    assert (full["answer.day"], full["answer.again"], full["invited_at"]) == (dt.date(2026, 4, 1), True, AT)
    assert full["answer.words"] == '=HYPERLINK("x")'
    assert {name: str(table.schema.field(name).type) for name in ("score", "invited_at", "answer.day")} == {
        "score": "int64", "invited_at": "timestamp[us, tz=UTC]", "answer.day": "date32[day]",
    }  # fmt: skip


def test_wave_and_day_narrow_it(vuoro: Scene) -> None:
    """One wave has its own three; from its day on there is no older answer."""
    file = vuoro.folder / "out.csv"
    assert vuoro("survey", "export", "price", "--out", file, "--wave", 5, "--json").document["rows"] == 3
    since = vuoro("survey", "export", "price", "--out", file, "--since", "2026-03-01", "--force", "--json")
    assert since.document["rows"] == 3


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--out", "x.xlsx"], "neither .csv nor .parquet"),
        (["--out", "x.csv", "--wave", "77"], "no wave of price"),
    ],
)
def test_slips_leave_no_file(vuoro: Scene, words: list[str], told: str) -> None:
    """Refused with a sentence."""
    result = vuoro("survey", "export", "price", *words)
    assert result.code == 1
    assert told in result.err
    assert not list(vuoro.folder.glob("x.*"))


def test_without_pyarrow_parquet_is_refused_with_the_remedy(vuoro: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """CSV needs nothing."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    refused = vuoro("survey", "export", "price", "--out", "x.parquet")
    assert (refused.code, "vuoro[insight]" in refused.err) == (1, True)
    assert vuoro("survey", "export", "price", "--out", "x.csv").code == 0
