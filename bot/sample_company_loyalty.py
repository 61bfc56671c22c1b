"""What the sample company does for those who come often: members, clubs, an evening for the best, a year of care."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping, Sequence

from bot.care_files import SHIPPED as CARE
from bot.club_files import SHIPPED as CLUBS
from bot.programme_files import SHIPPED as PROGRAMMES
from bot.sample_company_people import SamplePerson
from domain.clubs import CLUB
from domain.memberships import PROGRAMME
from store.database import Tx
from store.member_cards import issue_card
from store.memberships import join_many

REGULARS, GARDEN = "regulars-club", "garden-club"
EVENING = "best-customers"
_MEMBERS = frozenset({"liisa", "james", "tereza", "ville", "noora"})
_GARDENERS = frozenset({"tereza", "liisa"})
_CLUB = """\
title.fi = "Puutarhakerho"
title.en = "Garden Club"
title.cs = "Zahradnický klub"
about.fi = "Vinkkejä jokaiseen kuukauteen, taimet ennen muita ja retki keväällä."
about.en = "Hints for every month, seedlings before anybody else, and a trip in spring."
about.cs = "Rady na každý měsíc, sazenice dřív než ostatní a jarní výlet."
terms.fi = "Pidämme tallessa jäsenyyden ja lähetämme kerhon oman kirjeen."
terms.en = "We keep the membership and send the club’s own letter."
terms.cs = "Uchováváme členství a posíláme klubový dopis."
version  = "1"
"""
_EVENT = """\
# The best customers are ranked and invited, answer in their chats, and a place that comes free goes to the next.
published = true
title.fi = "Kanta-asiakkaiden ilta"
title.en = "An evening for our best customers"
title.cs = "Večer pro naše nejlepší zákazníky"
text.fi = "Esittelemme kauden uutuudet ennen muita, ja tarjolla on pientä syötävää."
text.en = "We show what is new before anybody else sees it, and there is something small to eat."
text.cs = "Představíme novinky dřív než ostatním a bude připraveno malé občerstvení."
place = "Helsinki, 4. krs"
starts = {starts:%Y-%m-%dT18:00:00}
answer_by = {answer_by:%Y-%m-%dT20:00:00}
invite_from = {invite_from:%Y-%m-%dT10:00:00}
places = 30
reserve = 20
invite = "best"
by = "spent(12m)"
reminder = "1d"
campaign = "welcome"
"""
_DUE_NOW = """\

# These days, so that the demo has tasks to look at ---------------------------------------------------------

[[action]]
id       = "how-is-it"
title.fi = "Soitto: mitä kuuluu?"
title.en = "Call: how is everything?"
title.cs = "Telefonát: jak se vede?"
channel  = "phone"
kind     = "task"
when     = "{call}"
lead     = "7d"
cost     = 5

[[action]]
id       = "thanks"
title.fi = "Kiitoskortti käsin kirjoitettuna"
title.en = "Thank-you card, written by hand"
title.cs = "Děkovný lístek psaný rukou"
channel  = "letter"
kind     = "task"
when     = "{card}"
lead     = "7d"
cost     = 3

[[action]]
id       = "coffee"
title.fi = "Kahvit ja uutuudet"
title.en = "A coffee, and what is new"
title.cs = "Káva a co je nového"
channel  = "meeting"
kind     = "task"
when     = "{coffee}"
lead     = "10d"
cost     = 20
"""


def content_files(now: dt.datetime) -> Mapping[str, str]:
    """Give the company's files by their paths in the content folder; days are reckoned from *now*."""

    def day(days: int) -> dt.date:
        return now.date() + dt.timedelta(days=days)

    programme = (PROGRAMMES / f"{REGULARS}.toml").read_text(encoding="utf-8")
    kids = (CLUBS / "kids-club.toml").read_text(encoding="utf-8")
    plan = (CARE / "key-customers.toml").read_text(encoding="utf-8")
    plan = plan.replace("on       = false\n", "").replace("'picture.class = \"keep\"'", "'visits(12m) >= 28'")
    return {
        f"programmes/{REGULARS}.toml": programme.replace("published = false", "published = true"),
        "clubs/kids-club.toml": kids.replace("off = true\n", ""),
        f"clubs/{GARDEN}.toml": _CLUB,
        f"events/{EVENING}.toml": _EVENT.format(starts=day(9), answer_by=day(6), invite_from=day(-1)),
        "care/key-customers.toml": plan + _DUE_NOW.format(call=day(1), card=day(4), coffee=day(6)),
    }


async def put_members(tx: Tx, people: Sequence[SamplePerson], seed: int, now: dt.datetime) -> None:
    """Let customers be members since some day of the past; what they bought since gives its points by itself."""
    rng = random.Random(seed)
    for number, person in enumerate(people, 1):
        days = (now - person.since).days
        since = now - dt.timedelta(days=rng.randrange(20, max(days, 21)))
        source = "chat:1" if person.telegram_id else "staff:1"
        at_home = not person.company and person.attitude > 0.4 and days > 40
        if person.key in _MEMBERS or (not person.key and at_home and rng.random() < 0.55):
            await join_many(tx, [number], f"{PROGRAMME}{REGULARS}", since, source)
            await issue_card(tx, number, REGULARS, since)
        if person.key in _GARDENERS or (not person.key and at_home and rng.random() < 0.18):
            await join_many(tx, [number], f"{CLUB}{GARDEN}", since, source)
