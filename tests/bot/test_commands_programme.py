"""`vuoro programme`: what there is, who is in, what a silent programme does; and `/programmes` in Telegram."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from bot.programme_files import SHIPPED, load_programmes
from domain.faults import FaultList
from domain.memberships import held_out_of
from domain.purchases import Purchase
from store.audit import acts
from store.benefits import Given, note_given
from store.customers import add_customers
from store.database import Tx
from store.memberships import join
from store.purchases import add_purchases
from tests.bot.command_line import NOW
from tests.bot.commands_scene import Scene, scene
from tests.bot.staff_scene import START, found_in, staff_scene


@pytest.fixture
def vuoro(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path
) -> Scene:
    """A company with the shipped programmes published, and a draft that has only a name."""
    made = scene(capsys, monkeypatch, sqlite_url, tmp_path)
    folder = tmp_path / "content" / "programmes"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("regulars-club", "quiet-thanks"):
        text = (SHIPPED / f"{name}.toml").read_text(encoding="utf-8").replace("published = false", "published = true")
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    (folder / "idea.toml").write_text('title.en = "Idea"\n', encoding="utf-8")
    return made


def test_list_and_page_tell_sizes_and_what_a_draft_lacks(vuoro: Scene) -> None:
    """Everything that is written stands there, with what keeps a draft from being published."""
    listed = {each["name"]: each for each in vuoro("programme", "list", "--json").document}
    assert {name: each["published"] for name, each in listed.items()} == {
        "idea": False,
        "quiet-thanks": True,
        "regulars-club": True,
    }
    assert [part["key"] for part in listed["idea"]["missing"]][:3] == ["about", "join", "how"]
    shown = vuoro("programme", "show", "regulars-club").out
    assert "spent(12m) >= 1500 and visits(12m) >= 12" in shown
    assert "birthday-coffee" in shown
    assert "missing: communication" in vuoro("programme", "show", "idea").out
    wrong = vuoro("programme", "show", "regular-club")
    assert wrong.code == 1
    assert "regulars-club" in wrong.err


def test_staff_let_in_and_out_and_the_card_finds_her(vuoro: Scene) -> None:
    """Joined once, listed with tier, found by her card, under which a till sends what she buys; each act is kept."""
    first = vuoro("programme", "join", "regulars-club", "1", "--json")
    assert not first.err
    joined = first.document
    assert (joined["tier"], joined["already"], joined["given"]) == ("member", False, ["welcome-points"])
    assert vuoro("programme", "join", "regulars-club", "1", "--json").document["already"]
    (member,) = vuoro("programme", "members", "regulars-club", "--json").document
    assert (member["id"], member["source"]) == (1, "staff")
    assert vuoro("customer", "show", joined["card"], "--json").document["id"] == 1
    assert [each["number"] for each in vuoro("programme", "cards", "1", "--json").document] == [joined["card"]]
    csv = vuoro.folder / "till.csv"
    csv.write_text(
        f"customer,receipt,at,amount\n{joined['card']},77,2026-03-02T12:00:00+02:00,12.50\n", encoding="utf-8"
    )
    assert vuoro("import", "purchases", str(csv), "--json").document["kept"] == 1
    assert vuoro("programme", "leave", "regulars-club", "1").code == 0
    again = vuoro("programme", "leave", "regulars-club", "1")
    assert again.code == 1
    assert "is no member" in again.err
    silent = vuoro("programme", "join", "quiet-thanks", "1")
    assert silent.code == 1
    assert "silent programme" in silent.err
    draft = vuoro("programme", "join", "idea", "1")
    assert "is a draft" in draft.err

    async def kept(tx: Tx) -> None:
        told = [act for _, _, act, _ in await acts(tx)]
        assert {"programme.join", "programme.leave", "programme.look"} <= set(told)

    vuoro.store(kept)


def test_report_sets_what_was_given_against_what_it_brought(vuoro: Scene) -> None:
    """Members beside those held out: the goal with its interval, the money with its interval, the investment's rest."""

    async def fill(tx: Tx) -> None:
        since = NOW - dt.timedelta(days=60)
        await add_customers(tx, [{"id": 100 + each, "created_at": since, "name": "C"} for each in range(60)])
        for each in range(60):
            name = "programme:quiet-thanks" if each < 40 else held_out_of("quiet-thanks")
            await join(tx, 100 + each, name, since, "rule")
            groups = 4 if each < 30 else 1
            await add_purchases(
                tx,
                [
                    (100 + each, Purchase(f"a{each}", since - dt.timedelta(days=9), 1000, "EUR", group="coffee")),
                    *(
                        (
                            100 + each,
                            Purchase(f"b{each}.{n}", since + dt.timedelta(days=9), 500 + each, "EUR", group=f"g{n}"),
                        )
                        for n in range(groups)
                    ),
                ],
            )
            if each < 40:
                await note_given(tx, Given(100 + each, "quiet-thanks", "pastry", since, "joining", 250))

    vuoro.store(fill)
    document = vuoro("programme", "report", "quiet-thanks", "--json").document
    silent = document["silent"]
    assert (document["cost"], silent["investment_left"]) == ("100.00", "500.00")
    assert (silent["goal"]["count"], silent["goal"]["n"], silent["compared_with"]) == (30, 40, "held out")
    assert silent["goal_compared"]["count"] == 0
    assert silent["goal_difference"]["low"] > 0.5
    assert float(silent["gain_per_member_90_days"]["low"]) > 0
    told = vuoro("programme", "report", "quiet-thanks").out
    assert "30 of 40, 75.0 %" in told
    assert "500.00 EUR of the investment are left" in told


async def test_staff_see_list_and_page_in_telegram(tmp_path: Path, sqlite_url: str) -> None:
    """Sizes by tier, a page with costs, and the link that joins."""
    found = load_programmes(None, ("en",), FaultList())
    club = replace(next(each for each in found.drafts if each.is_open), published=True)
    async with staff_scene(tmp_path, sqlite_url, forum=False) as opened:
        opened.app.parts.room.loyalty.programmes = (club,)
        opened.app.parts.room.loyalty.programme_drafts = tuple(each for each in found.drafts if not each.is_open)
        async with opened.app.database.write() as tx:
            await add_customers(tx, [{"id": 500, "created_at": START, "name": "C"}])
            await join(tx, 500, club.membership, START, "chat")
            await note_given(tx, Given(500, club.name, "welcome-points", START, "joining", 50))
        opened.olga.sends("/programmes")
        await opened.settle()
        listed = found_in(opened.olga.chat.live, "Programmes")
        assert "Regulars’ Club: 1 member, +1 in 30 days (Member 0, Silver 0, Gold 0)" in listed.text
        assert "🤫 Quiet thanks: coffee people: draft" in listed.text
        opened.olga.taps("Regulars’ Club")
        await opened.settle()
        page = found_in(opened.olga.chat.live, "Given")
        assert "50 points to begin with: 1 × (€0.50)" in page.text
        assert "j-regulars-club" in page.text
