"""`vuoro customer mydata|forget` and `vuoro audit`: what is held, gone for good, and who looked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from domain.purchases import Purchase
from store.audit import acts
from store.customers import add_customers, search_customers
from store.database import Tx
from store.purchases import add_purchases
from tests.bot.commands_scene import ADMIN, AGENT, MANAGER, START, Scene, scene

NAME = "Zuzana Marcipánová"


@pytest.fixture
def vuoro(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path
) -> Scene:
    """The company with one more customer, who has bought something."""
    made = scene(capsys, monkeypatch, sqlite_url, tmp_path)

    async def more(tx: Tx) -> None:
        her = {"number": "Z-77", "name": NAME, "phone": "+420608123987", "created_at": START}
        await add_customers(tx, [her])
        who = (await search_customers(tx, "Z-77"))[0].id
        await add_purchases(tx, [(who, Purchase("R1", START, 1250, "EUR", group="garden", product_name="Shears"))])

    made.store(more)
    return made


def test_her_data_come_as_json_as_lines_and_as_a_file(vuoro: Scene, tmp_path: Path) -> None:
    """Every form says the same, and the look is in the audit log."""
    document = vuoro("customer", "mydata", "Z-77").document
    (profile,) = document["sections"]["profile"]
    assert (profile["name"], profile["source"]) == (NAME, "chat, customer register or staff")
    (bought,) = document["sections"]["purchases"]
    assert (bought["amount_minor"], bought["source"], bought["at"][:10]) == (1250, "till or import", "2026-03-02")
    letter = vuoro("customer", "mydata", "Z-77", "--letter").out
    assert "Shears · €12.50" in letter
    assert NAME in letter
    file = tmp_path / "her.json"
    vuoro("customer", "mydata", "Z-77", file)
    assert json.loads(file.read_text(encoding="utf-8"))["sections"]["profile"][0]["name"] == NAME
    assert vuoro("customer", "mydata", "Z-77", "--letter", "--json").code == 2
    looks = vuoro("audit", "list", "--customer", "Z-77", "--as", MANAGER, "--json").document
    assert [each["act"] for each in looks] == ["customer.mydata"] * 3


def test_a_manager_forgets_her_and_no_file_or_export_knows_her_any_more(vuoro: Scene, tmp_path: Path) -> None:
    """An agent may not; what the company sold stays counted; the proof is kept without her."""
    assert "needs a manager" in vuoro("customer", "forget", "Z-77", "--yes", "--as", AGENT).err
    assert "add --yes" in vuoro("customer", "forget", "Z-77", "--as", MANAGER).err
    assert vuoro("export", "customers", tmp_path / "before.csv").code == 0
    report = vuoro("report", "2026-03", "--json").document
    audience = vuoro("audience", "visits() >= 1", "--count", "--json").document
    assert NAME in (tmp_path / "before.csv").read_text(encoding="utf-8")
    (tmp_path / "before.csv").unlink()
    done = vuoro("customer", "forget", "Z-77", "--yes", "--as", MANAGER, "--json").document
    assert done["done"]
    assert done["counts"]["customers"] == 1
    assert "no such customer" in vuoro("customer", "show", "Z-77").err
    assert vuoro("report", "2026-03", "--json").document == report
    assert vuoro("audience", "visits() >= 1", "--count", "--json").document["count"] == audience["count"]
    for what in ("customers", "contacts", "answers", "recipients"):
        assert vuoro("export", what, tmp_path / f"{what}.csv").code == 0
    assert vuoro("store", "backup", tmp_path / "after.backup").code == 0
    for file in tmp_path.rglob("*"):
        held = file.read_bytes() if file.is_file() else b""
        for word in (NAME.encode(), b"Marcip", b"marcip", b"608123987", b"Z-77"):
            assert word not in held, (file.name, word)
    (erasure,) = vuoro("audit", "forgotten", "--json").document
    assert (erasure["asked_by"], erasure["proof"]) == (f"staff:{MANAGER}", done["proof"])
    assert vuoro("audit", "list", "--as", AGENT).code == 1
    assert "customer.forget" in vuoro("audit", "list", "--as", ADMIN).out

    async def known(tx: Tx) -> list[str]:
        return [act for _, _, act, _ in await acts(tx)]

    assert "customer.forget" in vuoro.store(known)
