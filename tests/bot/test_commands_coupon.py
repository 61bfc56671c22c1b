"""`vuoro coupon`: the till without Telegram, what is known of a coupon, and how campaigns go."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from domain.coupons import Coupon, shown_code
from store.audit import acts
from store.coupons import issue
from store.coupons_key import coupons_key
from store.database import Tx
from store.outbox import count_due
from store.settings import put_setting
from tests.bot.command_line import NOW
from tests.bot.commands_scene import Scene, scene
from tests.bot.test_qr_pictures import read_code
from tests.store.coupon_scene import new

CAMPAIGN = 'kind = "six"\ntitle.en = "Spring"\nbenefit.percent = 20\ncost = 1.00\nbudget.amount = 5.00\n'


@pytest.fixture
def vuoro(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path
) -> Scene:
    """A company with a campaign and customers."""
    made = scene(capsys, monkeypatch, sqlite_url, tmp_path)
    folder = tmp_path / "content" / "campaigns"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "spring.toml").write_text(CAMPAIGN)
    return made


def _given(vuoro: Scene, count: int) -> list[Coupon]:
    async def give(tx: Tx) -> list[Coupon]:
        return await issue(
            tx,
            [
                new(1, place, valid_from=NOW, valid_until=NOW + dt.timedelta(days=2), benefit={"percent": 20}, cost=100)
                for place in range(1, count + 1)
            ],
            NOW,
        )

    return vuoro.store(give)


def test_coupon_is_redeemed_once_and_each_try_is_shown(vuoro: Scene) -> None:
    """With the amount its cost is exact; the second till hears why not, and that try is kept, too."""
    first, second, third = _given(vuoro, 3)
    code = shown_code(first.code)
    done = vuoro("coupon", "redeem", code.lower(), "--store", "Main", "--amount", "19.99", "--as", "9", "--json")
    assert (done.document["redeemed"], done.document["cost_minor"]) == (True, 400)
    repeated = vuoro("coupon", "redeem", code, "--as", "9", "--json").document
    assert (done.document["again"], repeated["again"]) == (False, True)
    assert "a moment ago: it is good once" in vuoro("coupon", "redeem", code, "--as", "9").out
    again = vuoro("coupon", "redeem", code, "--store", "East")
    assert again.code == 1
    assert "used already" in again.err
    assert "at Main" in again.err
    shown = vuoro("coupon", "show", code, "--json").document
    assert [(each["staff"], each["store"], each["outcome"]) for each in shown["tries"]] == [
        (9, "Main", "redeemed"),
        (None, "East", "twice"),
    ]
    assert vuoro("coupon", "redeem", shown_code(second.code)).code == 0
    over = vuoro("coupon", "redeem", shown_code(third.code), "--json")
    assert over.code == 1
    assert over.document == {"redeemed": False, "reason": "over_budget"}
    assert [each["state"] for each in vuoro("coupon", "list", "1", "--json").document] == ["redeemed"] * 2 + ["open"]
    (spring,) = [
        each for each in vuoro("coupon", "campaigns", "--json").document["campaigns"] if each["name"] == "spring"
    ]
    assert (spring["issued"], spring["redeemed"], spring["spent_minor"], spring["budget_minor"]) == (3, 2, 500, 500)
    assert spring["low"] < spring["rate"] < spring["high"]
    assert spring["refused"] == {"over_budget": 1, "twice": 1}
    assert spring["stopped_at"] is not None
    assert "stopped" in vuoro("coupon", "campaigns").out


@pytest.mark.parametrize("amount", ["-50", "abc", "NaN", "Infinity", "1e40"])
def test_amount_that_is_no_sum_is_refused_and_moves_no_budget(vuoro: Scene, amount: str) -> None:
    """One below zero would lower what the campaign has spent; none is a stack trace."""
    (coupon,) = _given(vuoro, 1)
    done = vuoro("coupon", "redeem", coupon.code, f"--amount={amount}")
    assert done.code == 2
    assert f"{amount}: is no sum of a purchase" in done.err
    (own,) = vuoro("coupon", "list", "1", "--json").document
    assert own["state"] == "open"


def test_mistake_is_taken_back_and_an_unused_one_withdrawn_with_their_reasons(vuoro: Scene) -> None:
    """Both stand in the audit log."""
    first, second = _given(vuoro, 2)
    code, other = shown_code(first.code), shown_code(second.code)
    vuoro("coupon", "redeem", code)
    assert vuoro("coupon", "undo", code, "--why", "wrong customer", "--as", "8").code == 0
    assert vuoro("coupon", "undo", code, "--why", "again").code == 1
    assert vuoro("coupon", "revoke", other, "--why", "printed twice").code == 0
    assert "is revoked already" in vuoro("coupon", "revoke", other, "--why", "again").err
    assert "withdrawn" in vuoro("coupon", "redeem", other).err
    assert "no such code" in vuoro("coupon", "show", "K7MQX-3XPDR").err

    async def look(tx: Tx) -> list[tuple[int | None, str]]:
        return [(who, act) for _, who, act, _ in await acts(tx) if act.startswith("coupon.")]

    assert sorted(vuoro.store(look), key=str) == [
        (8, "coupon.take_back"),
        (None, "coupon.redeem"),
        (None, "coupon.revoke"),
    ]


def test_code_for_picking_is_drawn_to_hang_up(vuoro: Scene, tmp_path: Path) -> None:
    """A phone that scans it opens the bot with the store's token; without the bot's name there is no link to draw."""
    file = tmp_path / "main.png"
    assert "not known yet" in vuoro("coupon", "qr", "pick", "Main", file).err

    async def named(tx: Tx) -> None:
        await put_setting(tx, "bot.username:", "shop_bot")
        await coupons_key(tx)

    vuoro.store(named)
    campaigns = tmp_path / "content" / "campaigns"
    campaigns.mkdir(parents=True, exist_ok=True)
    (campaigns / "pick-five.toml").write_text(
        'kind = "pick"\ntitle = { en = "Five", fi = "Viisi", cs = "Pět" }\nbenefit.percent = 5\n'
        'stores = ["Main", "East"]\n',
        encoding="utf-8",
    )
    for slip in (("qr", "pick", "Mian", file), ("redeem", "K7MQX-3XPDR", "--store", "Mian")):
        refused = vuoro("coupon", *slip)
        assert refused.err.startswith("Mian: no till, file or member of staff knows"), refused.err
        assert "there are Main, East: write one as" in refused.err
    assert vuoro("coupon", "qr", "pick", "main", file).code == 0
    (link,) = read_code(file.read_bytes())
    assert link.startswith("https://t.me/shop_bot?start=p-")
    assert vuoro.store(lambda tx: count_due(tx, NOW)) == 0
