"""
The company of the simulated year: its dialogues, waves and newsletters as files, and the config that runs on them.

Waves and newsletters fall into the hour that both changes of the clock touch, in Helsinki and in Prague.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from bot.config import Approval, Config, ConsoleSettings, StaffSettings, TelegramSettings
from bot.config_values import Listen
from domain.company import Company

ZONE = "Europe/Helsinki"
LANGUAGES = ("en", "fi")
GROUP, OWNER, AGENT = -1_001_000_000_001, 6_000_001, 6_000_002
LATE = dt.timedelta(hours=6)

PULSE = """
id      = "pulse"
version = 1
survey  = true
remind  = ["20h"]
expire  = "3d"
title.en = "Our stores"
title.fi = "Myymälämme"

[[ask]]
id     = "score"
kind   = "stars"
fact   = "pulse"
say.en = "How did you like your last visit to our store?"
say.fi = "Mitä pidit viime käynnistäsi myymälässämme?"

[[ask]]
id      = "why"
kind    = "text"
skip    = true
only_if = "score <= 3"
say.en  = "What went wrong at the store?"
say.fi  = "Mikä myymälässä meni pieleen?"

[[done]]
when   = "score <= 2"
case   = { kind = "follow-up", category = "detractor", priority = "high", summary = "Visit {score}: {why}" }
say.en = "We are sorry. A person will look into it as No {case}."
say.fi = "Pahoittelemme. Selvitämme asian numerolla {case}."

[[done]]
say.en = "Thank you for telling us about your visit!"
say.fi = "Kiitos, että kerroit käynnistäsi!"
"""

HOME = """
id      = "home"
version = 1
survey  = true
remind  = ["20h"]
expire  = "6d"
title.en = "Your home"
title.fi = "Kotisi"

[[ask]]
id     = "dwelling"
kind   = "choice"
fact   = "dwelling"
say.en = "How do you live?"
say.fi = "Miten asut?"
options = [
    { id = "flat",  en = "In a flat",  fi = "Kerrostalossa" },
    { id = "house", en = "In a house", fi = "Omakotitalossa" },
]

[[ask]]
id     = "people"
kind   = "number"
low    = 1
high   = 9
say.en = "How many of you live at home?"
say.fi = "Montako teitä on kotona?"

[[ask]]
id      = "garden"
kind    = "yes/no"
only_if = 'dwelling = "house"'
say.en  = "Is there a garden?"
say.fi  = "Onko teillä puutarha?"

[[ask]]
id     = "rooms"
kind   = "many"
say.en = "Which rooms are you furnishing at present?"
say.fi = "Mitä huoneita sisustat juuri nyt?"
options = [
    { id = "kitchen", en = "Kitchen", fi = "Keittiö" },
    { id = "bedroom", en = "Bedroom", fi = "Makuuhuone" },
    { id = "none",    en = "None",    fi = "En mitään" },
]

[[ask]]
id     = "since"
kind   = "date"
skip   = true
say.en = "Since when have you lived there?"
say.fi = "Mistä lähtien olet asunut siellä?"

[[ask]]
id     = "wish"
kind   = "text"
skip   = true
say.en = "Is there anything that your home still lacks?"
say.fi = "Mitä kodistasi vielä puuttuu?"

[[done]]
say.en = "Thank you, now we know your home better."
say.fi = "Kiitos, nyt tunnemme kotisi paremmin."
"""

PLANS = """
[[survey]]
dialogue = "nps"
schedule = "30 9 7 2,5,8,11 *"
late     = "6h"

[[survey]]
dialogue = "pulse"
schedule = "30 3 * * 7L"   # the last Sunday: both changes of the clock
audience = 'town = "Tampere"'
late     = "6h"

[[survey]]
dialogue = "home"
schedule = "0 10 20 3,9 *"
late     = "6h"
sample   = { share = "60 %", by = "town" }

[[survey]]
name     = "bought"
dialogue = "pulse"
after    = "purchase"
delay    = "1d"

[[survey]]
name     = "month"
dialogue = "home"
after    = "first_month"
"""

WEEKLY = """+++
title    = "The week"
schedule = "30 3 * * SUN"
late     = "6h"
if_late  = "drop"
+++
<b>The week at home</b>

Hello{% if name %} {{ name.split()[0] }}{% endif %}!
What is new on {{ today | date("d MMMM") }}: chairs, and tables to go with them.
"""
WEEKLY_FI = """<b>Viikko kotona</b>

Hei{% if name %} {{ name.split()[0] }}{% endif %}! Uutta {{ today | date("d. MMMM") }}: tuoleja ja niihin pöytiä.
"""
PRAGUE = """+++
title    = "From Prague"
audience = 'town = "Praha"'
schedule = "30 2 * * 7L"
timezone = "Europe/Prague"
late     = "6h"
if_late  = "drop"
+++
<b>News from the Prague store</b>

It is {{ today | date("d MMMM") }}, and the Prague store has new lamps.
"""
PRAGUE_FI = """<b>Uutisia Prahan myymälästä</b>

Tänään on {{ today | date("d. MMMM") }}, ja Prahan myymälässä on uusia lamppuja.
"""
NEWSLETTER_MARKS = (
    "The week at home",
    "Viikko kotona",
    "News from the Prague store",
    "Uutisia Prahan myymälästä",
)
"""How each newsletter begins: by this a reader tells it from everything else."""

FACTS = """
[[fact]]
name  = "household"
kind  = "choice"
worth = 5
fresh = "120d"
again = "60d"
label.en = "Household"
label.fi = "Talous"
say.en = "Who lives in your household?"
say.fi = "Keitä talouteesi kuuluu?"
options = [
    { id = "one",  en = "Just me",       fi = "Vain minä" },
    { id = "more", en = "Several of us", fi = "Meitä on useita" },
]

[[fact]]
name  = "pet"
kind  = "yes/no"
worth = 3
fresh = "1y"
again = "90d"
label.en = "Pet"
label.fi = "Lemmikki"
say.en = "Do you have a pet?"
say.fi = "Onko teillä lemmikkiä?"

[[fact]]
name  = "style"
kind  = "many"
worth = 2
fresh = "200d"
again = "90d"
label.en = "Style"
label.fi = "Tyyli"
say.en = "Which styles do you like?"
say.fi = "Millaisista tyyleistä pidät?"
options = [{ id = "oak", en = "Oak", fi = "Tammi" }, { id = "steel", en = "Steel", fi = "Teräs" }]
"""

_FILES = {
    "facts/home.toml": FACTS,
    "dialogues/pulse.toml": PULSE,
    "dialogues/home.toml": HOME,
    "plans/year.toml": PLANS,
    "newsletters/weekly.en.j2": WEEKLY,
    "newsletters/weekly.fi.j2": WEEKLY_FI,
    "newsletters/prague.en.j2": PRAGUE,
    "newsletters/prague.fi.j2": PRAGUE_FI,
}


def write_content(folder: Path) -> Path:
    """Write the company's own files below *folder* and return where they are."""
    content = folder / "content"
    for name, text in _FILES.items():
        path = content / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return content


def config_for(folder: Path, token: str, api_url: str) -> Config:
    """Return the config of the year: a SQLite file in *folder*, a staff forum, and everybody's usual manners."""
    return Config(
        folder=folder,
        company=Company(name="Koti", timezone=ZONE, languages=LANGUAGES),
        telegram=TelegramSettings(token=token, api_url=api_url),
        staff=StaffSettings(admins=(OWNER,), group=GROUP),
        store=f"sqlite:///{folder / 'vuoro.db'}",
        content=write_content(folder),
        console=ConsoleSettings(Listen("127.0.0.1", 0)),
        newsletters=Approval.NONE,
    )
