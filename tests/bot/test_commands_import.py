"""`vuoro import purchases`: looked at, mapped, kept row by row, imported twice without harm, and taken back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

from domain.purchases import Purchase
from store.database import Tx
from store.purchases import each_purchase
from store.tables import customers, imports
from tests.bot.commands_scene import START, Scene, scene

_TILL = """Asiakasnumero;Kuitti;Pvm;Tuote;Ryhmä;Määrä;Summa
501;R1;2.3.2026 14:30;p1;ruoka;1;12,50 €
501;R1;2.3.2026 14:30;p1;ruoka;1;12,50 €
501;R2;3.3.2026;p2;ruoka;0,750;-3,20
502;R3;31.2.2026;p1;ruoka;1;5,00
999;R4;3.3.2026;p1;ruoka;1;5,00
502;R5;3.3.2026;p1;ruoka;1;viisi
502;R6;3.3.2026
"""


@pytest.fixture
def vuoro(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path
) -> Scene:
    """A company with four customers and the file of a till."""
    made = scene(capsys, monkeypatch, sqlite_url, tmp_path)
    (tmp_path / "till.csv").write_bytes(_TILL.encode("windows-1252"))
    return made


async def _lines(tx: Tx) -> list[Purchase]:
    return [line async for _, line in each_purchase(tx)]


async def _numbers(tx: Tx) -> set[str | None]:
    return set(await tx.scalars(select(customers.c.number)))


def test_good_rows_are_kept_and_each_bad_one_is_named(vuoro: Scene) -> None:
    """Line, column and what to do, for people and as JSON; the exit code says that it is done."""
    done = vuoro("import", "purchases", "till.csv", "--json")
    document = done.document
    assert done.code == 0
    assert [(each["line"], each["column"]) for each in document["bad"]] == [
        (5, "at"),
        (6, "customer"),
        (7, "amount"),
        (8, ""),
    ]
    assert document["bad"][1]["problem"] == ('nobody has the number "999"; import customers first, or --new-customers')
    assert {name: document[name] for name in ("id", "read", "kept", "skipped", "dry_run")} == {
        "id": 1,
        "read": 7,
        "kept": 3,
        "skipped": 0,
        "dry_run": False,
    }
    assert document["mapping"]["customer"] == "Asiakasnumero"
    assert document["reading"]["encoding"] == "windows-1252"
    assert "4 of 7 rows are bad and were not kept" in done.err
    lines = vuoro.store(_lines)
    assert [(line.amount_minor, line.quantity, line.receipt) for line in lines] == [
        (1250, 1, "R1"),
        (1250, 1, "R1"),
        (-320, Decimal("0.750"), "R2"),
    ]


def test_second_import_changes_nothing_and_undo_takes_all_back(vuoro: Scene) -> None:
    """Known lines are passed by; an undo is told once, and afterwards the file can come again."""
    vuoro("import", "purchases", "till.csv")
    again = vuoro("import", "purchases", "till.csv", "--json").document
    assert (again["kept"], again["skipped"]) == (0, 3)
    assert "3 purchases" in vuoro("import", "undo", 1).out
    assert vuoro.store(_lines) == []
    second = vuoro("import", "undo", 1, "--json")
    assert (second.code, second.document["was_undone"]) == (0, True)
    assert vuoro("import", "purchases", "till.csv", "--json").document["kept"] == 3
    listed = vuoro("import", "list", "--json").document
    assert [(each["id"], each["state"], each["kept"]) for each in listed] == [
        (3, "done", 3),
        (2, "done", 0),
        (1, "undone", 3),
    ]
    shown = vuoro("import", "show", 3).out
    assert "till.csv" in shown
    assert "no time that the calendar has" in shown
    refused = vuoro("import", "undo", 77)
    assert (refused.code, "no such import" in refused.err) == (1, True)


def test_returns_take_back_what_they_gave(vuoro: Scene, tmp_path: Path) -> None:
    """What she spent and how much she bought are net; the undo of the returns gives it back."""
    header = "customer,receipt,at,product,group,quantity,amount\n"
    (tmp_path / "bought.csv").write_text(f"{header}501,R1,{START:%Y-%m-%d},p1,food,3,30.00\n")
    (tmp_path / "returned.csv").write_text(f"{header}501,R2,{START:%Y-%m-%d},p1,food,2,-20.00\n")
    vuoro("import", "purchases", "bought.csv")
    vuoro("import", "purchases", "returned.csv")
    rule = 'spent(12m) = {} and bought("food") = {}'
    at = ("--at", "2026-03-05", "--json")
    assert vuoro("audience", rule.format(10, 1), *at).document["count"] == 1
    vuoro("import", "undo", 2)
    assert vuoro("audience", rule.format(30, 3), *at).document["count"] == 1


def test_file_without_one_good_row_says_what_is_wrong_with_it_and_fails(vuoro: Scene, tmp_path: Path) -> None:
    """Whoever runs it by night is told: the commonest mistake however its cells differ, also of a dry run."""
    rows = "".join(f"77{number};R{number};2.3.26;1,00\n" for number in range(5))
    (tmp_path / "bad.csv").write_text(f"customer;receipt;at;amount\n501;;2.3.26;1,00\n{rows}")
    told = vuoro("import", "purchases", "bad.csv")
    assert (told.code, "is done" in told.out, "nothing to undo" in told.out) == (1, False, True)
    assert "bad.csv: all of its 6 rows are bad, and nothing was kept; most often, 5 times, as in line 3" in told.err
    assert 'nobody has the number "770"; import customers first, or --new-customers' in told.err
    assert "leave the whole column out: --map receipt=" in told.out
    failed = vuoro("import", "purchases", "bad.csv", "--json")
    assert (failed.code, failed.document["state"], len(failed.document["bad"])) == (1, "all_bad", 6)
    assert vuoro("import", "purchases", "bad.csv", "--dry-run").code == 1


def test_what_is_kept_and_may_be_meant_otherwise_is_warned_of(vuoro: Scene, tmp_path: Path) -> None:
    """Purchases of years to come and years of two digits; the dry run and a later look at the import say it, too."""
    (tmp_path / "odd.csv").write_text(
        "customer;receipt;at;amount\n501;R1;1.1.26;1,00\n501;R2;5.4.2150 12:00;1,00\n501;R3;1.3.2150;1,00\n"
    )
    future = "at: 2 purchases are in the future, the latest 2150-04-05 12:00 (line 3); check the order of day and month"
    years = 'at: 1 year of two digits read (line 2: "1.1.26" is 2026); write four where that is wrong'
    assert f"warning: {future}" in vuoro("import", "purchases", "odd.csv", "--dry-run").out
    assert vuoro("import", "purchases", "odd.csv", "--json").document["warnings"] == [future, years]
    assert f"warning: {years}" in vuoro("import", "show", 1).out
    assert vuoro("import", "purchases", "till.csv", "--json").document["warnings"] == []


def test_dry_run_says_what_the_import_would_do_and_stores_nothing(vuoro: Scene) -> None:
    """Also of customers whom it would make; it is no import that could be undone."""
    dry = vuoro("import", "purchases", "till.csv", "--dry-run", "--new-customers", "--json").document
    assert (dry["id"], dry["kept"], dry["new_customers"], len(dry["bad"])) == (None, 4, 1, 3)
    assert vuoro.store(_lines) == []
    assert vuoro("import", "list", "--json").document == []
    assert "dry run: nothing was stored" in vuoro("import", "purchases", "till.csv", "--dry-run").out


def test_new_customers_are_made_when_asked_and_go_with_the_undo(vuoro: Scene) -> None:
    """Somebody of whom only the number is known, as long as nothing else is."""
    made = vuoro("import", "purchases", "till.csv", "--new-customers", "--json").document
    assert (made["kept"], made["new_customers"]) == (4, 1)
    assert "999" in vuoro.store(_numbers)
    assert vuoro("import", "undo", 1, "--json").document["customers"] == 1
    assert "999" not in vuoro.store(_numbers)


def test_undo_says_why_a_customer_stays_and_takes_her_out_when_asked_again(vuoro: Scene, tmp_path: Path) -> None:
    """Her purchase of another file holds her; once that file is undone as well, she goes."""
    (tmp_path / "people.csv").write_text("number,name\nA-7,Eva\n")
    (tmp_path / "hers.csv").write_text("customer,receipt,at,amount\nA-7,R1,2026-03-02,5\n")
    vuoro("import", "customers", "people.csv")
    vuoro("import", "purchases", "hers.csv")
    told = vuoro("import", "undo", 1).out
    assert "since on them hang 1 purchase: once that is gone, vuoro import undo 1 takes them out" in told
    assert "A-7" in vuoro.store(_numbers)
    vuoro("import", "undo", 2)
    assert "1 customer " in vuoro("import", "undo", 1).out
    assert "A-7" not in vuoro.store(_numbers)
    assert "was undone already" in vuoro("import", "undo", 1).out


def test_header_that_nobody_knows_is_refused_at_once_and_its_mapping_kept_once_given(
    vuoro: Scene, tmp_path: Path
) -> None:
    """All that is missing is told with the headers there are; the next file with that header needs no --map."""
    (tmp_path / "odd.csv").write_text("who,when,how much\n501,2026-03-02,5\n")
    refused = vuoro("import", "purchases", "odd.csv")
    assert refused.code == 1
    for told in ("customer: no header", "at: no header", "amount: no header", '"how much"', "add --map amount=HEADER"):
        assert told in refused.err
    wrong = vuoro("import", "purchases", "odd.csv", "--map", "custmer=who", "--map", "at=wen")
    assert 'did you mean "customer"?' in wrong.err
    assert 'did you mean "when"?' in wrong.err
    pairs = ("--map", "customer=who", "--map", "at=when", "--map", "amount=How Much")
    assert vuoro("import", "purchases", "odd.csv", *pairs, "--save-map", "--dry-run").code == 2
    assert vuoro("import", "purchases", "odd.csv", *pairs, "--save-map", "--json").document["kept"] == 1
    again = vuoro("import", "purchases", "odd.csv", "--json").document
    assert (again["mapping_kept"], again["skipped"]) == (True, 1)
    assert "the mapping kept for this header" in vuoro("import", "purchases", "odd.csv").out


def test_header_alone_is_no_import(vuoro: Scene, tmp_path: Path) -> None:
    """It says so and ends well; there is nothing that could be undone."""
    (tmp_path / "bare.csv").write_text("customer,receipt,at,amount\n\n")
    told = vuoro("import", "purchases", "bare.csv")
    assert (told.code, "no rows: the file is a header alone" in told.out) == (0, True)
    document = vuoro("import", "purchases", "bare.csv", "--json").document
    assert (document["id"], document["read"], document["state"]) == (None, 0, "no_rows")
    assert vuoro("import", "list", "--json").document == []


def test_wrong_options_and_files_are_refused_with_a_remedy(vuoro: Scene, tmp_path: Path) -> None:
    """A zone, a currency, a delimiter, an encoding that is none; a folder; a file that is not there."""
    for options, told in (
        (("--timezone", "Europe/Atlantis"), "no time zone"),
        (("--currency", "euros"), "no currency"),
        (("--delimiter", "::"), "cannot part cells"),
        (("--encoding", "klingon"), "no text encoding"),
    ):
        refused = vuoro("import", "purchases", "till.csv", *options)
        assert (refused.code, told in refused.err) == (1, True), refused.err
    assert vuoro("import", "purchases", "till.csv", "--map", "customer").code == 2
    assert "is a folder" in vuoro("import", "purchases", tmp_path).err
    assert "No such file" in vuoro("import", "purchases", "none.csv").err


def test_zone_and_currency_are_the_company_s_unless_told(vuoro: Scene) -> None:
    """A time without zone is of the shop's clock."""
    vuoro(
        "import", "purchases", "till.csv", "--timezone", "Europe/Prague", "--map", "amount=Määrä", "--currency", "JPY"
    )
    first = vuoro.store(_lines)[0]
    assert (first.at.isoformat(), first.amount_minor, first.currency) == ("2026-03-02T13:30:00+00:00", 1, "JPY")


def test_parquet_comes_as_its_types_say(vuoro: Scene, tmp_path: Path) -> None:
    """Whole numbers are numbers of customers, doubles lose their noise, times without zone are the company's."""
    pyarrow = pytest.importorskip("pyarrow")
    import datetime as dt

    from pyarrow import parquet

    noon = dt.datetime(2026, 3, 2, 12)  # noqa: DTZ001  (as tables have it)
    table = pyarrow.table(
        {
            "household_id": [501, 502, None],
            "basket_id": [31198570044, 31198570045, 31198570046],
            "transaction_timestamp": pyarrow.array([noon] * 3, pyarrow.timestamp("ns")),
            "sales_value": [3.4999999999, 0.125, 1.0],
            "department": ["GROCERY", None, "DELI"],
        }
    )
    parquet.write_table(table, tmp_path / "lines.parquet")
    done = vuoro("import", "purchases", "lines.parquet", "--json").document
    assert [(each["line"], each["column"]) for each in done["bad"]] == [(2, "amount"), (3, "customer")]
    assert done["kept"] == 1
    line = vuoro.store(_lines)[0]
    assert (line.receipt, line.amount_minor, line.group) == ("31198570044", 350, "GROCERY")
    assert line.at.isoformat() == "2026-03-02T10:00:00+00:00"


def test_import_that_was_killed_is_taken_back_by_the_next(vuoro: Scene, tmp_path: Path) -> None:
    """Power cut in the middle of a file: its rows go before anything else is done, and the file can come again."""
    rows = "".join(f"501,R{number},2026-03-02,{number}.00\n" for number in range(12_000))
    (tmp_path / "long.csv").write_text(f"customer,receipt,at,amount\n{rows}")
    killed = subprocess.run([sys.executable, "-c", _KILLED_AFTER_A_BATCH], cwd=tmp_path, check=False, env=os.environ)
    assert killed.returncode == -signal.SIGKILL
    assert len(vuoro.store(_lines)) == 9_999  # a batch ends before a receipt that may go on
    done = vuoro("import", "purchases", "long.csv", "--json")
    assert "import 1 had broken off and is undone: 9,999 purchases" in done.err
    assert (done.document["kept"], done.document["skipped"]) == (12_000, 0)
    assert len(vuoro.store(_lines)) == 12_000


_KILLED_AFTER_A_BATCH = """
import os, signal
from bot import imports_running
from bot.command_line import main
counted = imports_running.count_batch
calls = []
async def killing(*args):
    calls.append(1)
    if len(calls) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    await counted(*args)
imports_running.count_batch = killing
main(["import", "purchases", "long.csv"])
"""


async def _states(tx: Tx) -> list[str]:
    return list(await tx.scalars(select(imports.c.state)))


def test_file_that_breaks_further_on_leaves_nothing_behind(vuoro: Scene, tmp_path: Path) -> None:
    """What was stored before is taken back at once, and the sentence says so."""
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    path = tmp_path / "lines.parquet"
    count = 25_000
    cells = {"customer": ["501"] * count, "receipt": [str(n) for n in range(count)], "at": ["2026-03-02"] * count}
    table = pyarrow.table(cells | {"amount": ["1.00"] * count})
    parquet.write_table(table, path, row_group_size=12_000, compression="none", use_dictionary=False)
    whole = bytearray(path.read_bytes())
    group = parquet.ParquetFile(path).metadata.row_group(1)
    start = group.column(1).data_page_offset
    whole[start : start + 40] = b"\xff" * 40
    path.write_bytes(whole)
    broken = vuoro("import", "purchases", "lines.parquet")
    assert broken.code == 1
    assert "the file is broken further on" in broken.err
    assert "nothing of it was kept" in broken.err
    assert vuoro.store(_lines) == []
    assert vuoro.store(_states) == ["undone"]
