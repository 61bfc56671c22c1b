"""
What happens at the sample company in the last days, told as steps: who does what, and whom it is about.

`bot.sample_company_scenes` plays it on the real program.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """Somebody does something; *about* is the customer whose topic or case a staff member has before her."""

    who: str
    does: str
    text: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """Steps that follow each other by a few minutes, so many days ago at a time of day (UTC)."""

    days_ago: int
    at: dt.time
    steps: tuple[Step, ...]


def _scene(days_ago: int, hour: int, *steps: tuple[str, ...]) -> Scene:
    return Scene(days_ago, dt.time(hour, 12, tzinfo=dt.UTC), tuple(Step(*step) for step in steps))


SCENES = (
    _scene(8, 8, ("", "newsletter", "magazine")),  # over a week ago: a newcomer can send one, too
    _scene(8, 9, ("Saara", "welcomes")),
    _scene(8, 9, ("tereza", "says", "Krásný časopis, díky! 🌷")),
    _scene(
        6,
        8,
        ("ville", "says", "/complaint"),
        ("ville", "says", "Tuote"),
        ("ville", "says", "204518"),
        ("ville", "says", "Polkupyörän kypärän solki oli rikki jo paketissa."),
        ("ville", "says", "Valmis"),
        ("ville", "says", "Uusi tilalle"),
        ("Matti", "taps", "staff.label.take", "ville"),
        ("Matti", "taps", "cases.label.minor", "ville"),
        ("Matti", "taps", "cases.label.one", "ville"),
        ("Matti", "says", "Hei Ville! Ikävä juttu. Uusi kypärä on jo postissa, saat sen huomenna.", "ville"),
        ("ville", "says", "Hienoa, kiitos nopeasta vastauksesta!"),
        ("Matti", "taps", "staff.label.resolve", "ville"),
        ("Matti", "taps", "cause:quality", "ville"),
    ),
    _scene(
        5,
        9,
        ("oliver", "says", "/complaint"),
        ("oliver", "says", "Product"),
        ("oliver", "says", "204390"),
        ("oliver", "says", "The wardrobe came without its doors."),
        ("oliver", "says", "Done"),
        ("oliver", "says", "Replacement"),
    ),
    _scene(
        4,
        8,
        ("noora", "says", "/complaint"),
        ("noora", "says", "Muu asia"),
        ("noora", "says", "Ohita"),
        ("noora", "says", "Lahjakorttini vanheni viikkoa ennen kuin ehdin käyttää sen."),
        ("noora", "says", "Valmis"),
        ("noora", "says", "Rahat takaisin"),
        ("Olga", "taps", "staff.label.take", "noora"),
        ("Olga", "taps", "cases.label.minor", "noora"),
        ("Olga", "taps", "cases.label.one", "noora"),
        ("Olga", "taps", "staff.label.decline", "noora"),
        ("Olga", "says", "Lahjakortti oli voimassa kaksi vuotta, ja viimeinen päivä luki siinä.", "noora"),
        ("Olga", "taps", "cause:other", "noora"),
    ),
    _scene(
        4,
        9,
        ("oliver", "says", "/complaint"),
        ("oliver", "says", "Delivery"),
        ("oliver", "says", "204390"),
        ("oliver", "says", "Nobody has told me when the doors of my wardrobe will come."),
        ("oliver", "says", "Done"),
        ("oliver", "says", "An explanation"),
        ("Matti", "merges", "", "oliver"),
    ),
    _scene(3, 9, ("", "survey", "nps")),
    _scene(3, 10, ("", "crowd")),
    _scene(3, 10, ("liisa", "says", "7"), ("liisa", "says", "Toimitukset voisivat tulla silloin, kun on luvattu.")),
    _scene(3, 11, ("tereza", "says", "10"), ("tereza", "says", "Zahradnictví a lidé v něm!")),
    _scene(3, 11, ("james", "says", "8"), ("james", "says", "Everything is good, only more of it in English, please.")),
    _scene(3, 12, ("emily", "says", "9"), ("emily", "says", "The café, and the people in it.")),
    _scene(3, 12, ("ville", "says", "9"), ("ville", "says", "Asiat hoituvat, kun jotain sattuu.")),
    _scene(
        2,
        7,
        ("liisa", "says", "/complaint"),
        ("liisa", "says", "Toimitus"),
        ("liisa", "says", "204777"),
        ("liisa", "says", "Sohvan piti tulla maanantaina. Odotin koko päivän kotona, eikä kukaan soittanut."),
        ("liisa", "photo", "olohuone.png"),
        ("liisa", "says", "Valmis"),
        ("liisa", "says", "Selitys"),
        ("Olga", "taps", "staff.label.take", "liisa"),
        ("Olga", "taps", "cases.label.serious", "liisa"),
        ("Olga", "taps", "cases.label.several", "liisa"),
        ("Olga", "says", "Hei Liisa, pahoittelut! Sohva on Turun varastolla. Sopisiko torstai klo 16–18?", "liisa"),
        ("liisa", "says", "Torstai sopii, mutta soittakaa ennen kuin tulette."),
    ),
    _scene(2, 12, ("jana", "says", "/stop")),
    _scene(
        1, 7, ("petri", "says", "3"), ("petri", "says", "Puhelimeen ei vastata, ja verkkokauppa hukkasi tilaukseni.")
    ),
    _scene(1, 8, ("Matti", "task", "done 4"), ("Matti", "task", "done 5")),
    _scene(1, 8, ("Olga", "task", "done 4"), ("Olga", "task", "not_reached")),
    _scene(1, 9, ("", "guests")),
    _scene(0, 3, ("tereza", "says", "/card")),
    _scene(0, 3, ("ville", "says", "/offers")),
    _scene(
        0,
        4,
        ("james", "says", "/question"),
        ("james", "says", "Do you wrap presents, and can I have one sent to Oulu by Friday?"),
        ("james", "says", "Done"),
    ),
    _scene(
        0, 5, ("emily", "says", "/feedback"), ("emily", "says", "The new café is lovely, but the lift is too slow.")
    ),
)
