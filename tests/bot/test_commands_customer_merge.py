"""`vuoro customer merge` and its family, and the customers' import and export around them."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from store.database import Tx
from store.tables import audit, customers
from tests.bot.commands_scene import ADMIN, Scene, scene

_PEOPLE = (
    "number,name,town,email,birth_date\n"
    "A-1,Eva Malá,Brno,eva@example.org,1980-05-01\n"
    "B-2,Mala Eva,Praha,EVA@example.org,1980-05-01\n"
)


@pytest.fixture
def vuoro(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path
) -> Scene:
    """A company with four customers, and a file with two who are one."""
    (tmp_path / "people.csv").write_text(_PEOPLE, encoding="utf-8")
    return scene(capsys, monkeypatch, sqlite_url, tmp_path)


def test_duplicates_of_an_import_are_proposed_merged_and_parted_again(vuoro: Scene) -> None:
    """The import proposes them, nobody is merged by itself; merging and undoing are two commands, each in the log."""
    report = vuoro("import", "customers", "people.csv", "--json").document
    assert (report["kept"], report["duplicates"]) == (2, 1)
    listed = vuoro("customer", "duplicates", "--json").document
    assert listed["waiting"] == 1
    assert listed["pairs"][0]["evidence"] == ["email", "name_and_birth"]
    assert listed["pairs"][0]["doubts"] == ["number"]
    assert "Eva Malá · A-1" in vuoro("customer", "duplicates").out

    merged = vuoro("customer", "merge", "A-1", "B-2", "--as", ADMIN)
    assert (merged.code, "vuoro customer unmerge 1" in merged.out) == (0, True)
    assert vuoro("customer", "duplicates").out.startswith("nobody seems to be there twice")
    assert vuoro("customer", "merge", "A-1", "A-1").code == 1
    assert "B-2" in vuoro("customer", "merges", "A-1").out
    shown = vuoro("customer", "show", "B-2")
    assert (shown.out.startswith("Eva Malá · No A-1"), shown.err) == (True, "B-2: now part of A-1\n")
    assert vuoro("customer", "unmerge", 1, "--as", ADMIN).code == 0
    assert "undone already" in vuoro("customer", "unmerge", 1).err
    assert vuoro("customer", "duplicates", "--json").document["waiting"] == 1
    acts = vuoro.store(_acts)
    assert acts[-3:] == [("customer.merge", ADMIN), ("customer.show", None), ("customer.unmerge", ADMIN)]


async def _acts(tx: Tx) -> list[tuple[str, int | None]]:
    rows = await tx.execute(select(audit.c.act, audit.c.staff_id).order_by(audit.c.id))
    return [(row.act, row.staff_id) for row in rows]


def test_pair_that_is_told_apart_is_not_found_again(vuoro: Scene) -> None:
    """A person's word stands above what two have in common."""
    vuoro("import", "customers", "people.csv")
    assert vuoro("customer", "apart", "A-1", "B-2").code == 0
    assert vuoro("customer", "duplicates", "--find", "--json").document == {"waiting": 0, "new": 0, "pairs": []}


def test_two_who_write_with_the_bot_are_not_merged(vuoro: Scene) -> None:
    """The reason is told."""
    refused = vuoro("customer", "merge", "501", "502")
    assert (refused.code, "two chats cannot be one" in refused.err) == (1, True)


def test_own_export_changes_nothing_when_it_is_imported(vuoro: Scene) -> None:
    """What Vuoro writes it reads as it was: a whole circle without a change, formula-like names too."""
    vuoro("import", "customers", "people.csv")
    (Path("more.csv")).write_text("number,name,tags\nC-3,'=SUM(A1),vip;wine\n", encoding="utf-8")
    vuoro("import", "customers", "more.csv")
    vuoro("export", "customers", "all.csv")
    before = vuoro.store(_customers)
    report = vuoro("import", "customers", "all.csv", "--json").document
    assert (report["kept"], report["skipped"], report["bad"]) == (0, 7, [])
    assert vuoro.store(_customers) == before
    assert ("C-3", "=SUM(A1)") in [(row[1], row[3]) for row in before]


async def _customers(tx: Tx) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await tx.execute(select(customers).order_by(customers.c.id))]


def test_contacts_of_a_crm_are_written_back_by_one_option(vuoro: Scene) -> None:
    """`--as-crm` writes what was imported from there, and says when nothing was."""
    text = 'id,first_name,last_name,primary_address_city,own_c\n7,Eva,Malá,Brno,"a;b ""c"""\n'
    assert vuoro("export", "customers", "back.csv", "--as-crm", "sugarcrm").code == 1
    Path("contacts.csv").write_text(text, encoding="utf-8")
    vuoro("import", "customers", "contacts.csv")
    assert vuoro("export", "customers", "back.csv", "--as-crm", "sugarcrm").code == 0
    assert Path("back.csv").read_text(encoding="utf-8") == text
    assert vuoro("export", "contacts", "-", "--as-crm", "sugarcrm").code == 2


def test_further_columns_are_named_as_unused_unless_they_become_facts(vuoro: Scene) -> None:
    """What the import leaves out is said; `--map fact:NAME` takes it."""
    Path("sizes.csv").write_text("number,Shoe size\n501,38\n", encoding="utf-8")
    plain = vuoro("import", "customers", "sizes.csv", "--json").document
    assert (plain["unused"], plain["kept"]) == (["Shoe size"], 0)
    taken = vuoro("import", "customers", "sizes.csv", "--map", "fact:shoe_size=Shoe size", "--json").document
    assert (taken["unused"], taken["kept"]) == ([], 1)
    shown = vuoro("customer", "show", "501", "--json").document
    assert [(fact["name"], fact["value"]) for fact in shown["facts"]] == [("shoe_size", 38)]
    assert vuoro("import", "customers", "sizes.csv", "--map", "fact:Shoe Size=Shoe size").code == 1
