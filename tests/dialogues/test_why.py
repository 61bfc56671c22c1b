"""Requirement T2: why she got it, with the measured values, the consent and how to stop; nothing to anybody else."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path

from sqlalchemy import insert

from dialogues.taps import menu_tap, short, why_tap
from dialogues.why_rules import told_measure, told_rule
from domain.purchases import Purchase
from store.customers import customers_by_chat
from store.database import Database
from store.purchases import add_purchases
from store.tables import recipients
from tests.dialogues.conductor_stand import Stand
from tests.dialogues.test_small_questions import labels
from tests.store.sending_rows import NOW, put_consents, put_customers, put_sending

RULE = 'visits(12m) >= 2 and spent(12m, group="garden") > 10 and not segment("quiet") and town = "Brno"'


async def test_a_rule_is_told_with_her_values_as_of_then_and_no_name_inside(database: Database, tmp_path: Path) -> None:
    """What she bought later does not count; what staff call their segments stays inside."""
    stand = Stand(database, tmp_path)
    at = stand.now
    async with database.write() as tx:
        await put_customers(tx, [1], town="Brno", name="Ann")
        bought = [
            (1, Purchase(f"R{n}", at - dt.timedelta(days=days), 1250, "EUR", group="garden", product_name="<b>"))
            for n, days in enumerate((10, 20, -5))
        ]
        await add_purchases(tx, bought)
    async with database.read() as tx:
        told = await told_rule(stand.conductor.running, tx, 1, RULE, at, "en")
        assert "Your visits in the last 12 months: <b>2</b> <i>(needed: at least 2)</i>" in told
        assert "on “garden” in the last 12 months: <b>€25</b> <i>(needed: more than €10)</i>" in told
        assert "Your town: <b>Brno</b>" in told
        assert "quiet" not in told
        assert "how we see you" in told
        assert await told_rule(stand.conductor.running, tx, 1, "visits( >= broken", at, "en") == ""


async def test_a_measure_is_told_in_words_and_figures_of_her_language(database: Database, tmp_path: Path) -> None:
    """Nothing of how rules are written, whatever the term, and not the name of what staff made of her."""
    running = Stand(database, tmp_path).conductor.running
    rule = (
        'unbroken("mag", each=12m) >= 2w and language in ("en", "fi") and kind = "consumer" and town != "Brno" '
        'and visits() >= 1 and days_since("purchase") < 4w and not said("price") and product_groups(2w) <= visits()'
    )
    async with database.write() as tx:
        await put_customers(tx, [1], town="Turku", name="Ann", kind="consumer", language="fi")
        day = NOW - dt.timedelta(days=20)
        await add_purchases(tx, [(1, Purchase("R", day, 1250, "EUR", group="mag", quantity=Decimal(1)))])
        told = {each: await told_rule(running, tx, 1, rule, NOW, each) for each in ("en", "fi")}
    for text in told.values():
        plain = str(text).replace("<b>", "").replace("</b>", "").replace("<i>", "").replace("</i>", "")
        assert not re.search(r'[<>=_"]|&[gl]t|12m', plain), plain
    assert "has come without a gap: <b>since 10 Feb 2027</b> <i>(needed: at least 2 weeks)</i>" in told["en"]
    assert "Kielesi: <b>Suomi</b> <i>(ehto: jokin näistä: English, Suomi)</i>" in told["fi"]
    assert "<b>yksityishenkilö</b>\n" in told["fi"]
    line = told_measure(running, "spent(12m)", 1033.69, "fi").replace("\xa0", " ")
    assert line == "• Ostostesi summa viimeisten 12 kuukauden aikana: <b>1 033,69 €</b>"
    assert "picture" not in told_measure(running, "picture.clv", 12.5, "fi")


async def test_a_newsletter_tells_why_to_its_recipients_only(database: Database, tmp_path: Path) -> None:
    """A forged or passed-on button says nothing of what somebody else got."""
    stand = Stand(database, tmp_path)
    (hello, *_) = await stand.says("/help")
    assert labels(hello)
    async with database.write() as tx:
        ann = (await customers_by_chat(tx, [7]))[7]
        sending = await put_sending(tx, audience='language = "en" or reach = "reachable"')
        other = await put_sending(tx)
        row = {"sending_id": sending, "customer_id": ann.id, "state": "sent", "reason": "", "at": stand.now}
        await tx.execute(insert(recipients).values(**row))
        await put_consents(tx, [ann.id])
    (told,) = await stand.hear(stand.tap(menu_tap("why", f"n-{short(sending)}")))
    assert "You got “spring”" in told.message.text
    assert "because you said yes to “News and offers”" in told.message.text
    assert labels(told)[0] == "Stop newsletters"
    for forged in (f"n-{short(other)}", "n-zzz", "n-", "x-1", "", "w-1", "n-%%"):
        (unknown,) = await stand.hear(stand.tap(menu_tap("why", forged)))
        assert unknown.message.text.startswith("We can no longer tell why"), forged
    (unknown,) = await stand.hear(stand.tap(why_tap(2**62)))
    assert unknown.message.text.startswith("We can no longer tell why")
