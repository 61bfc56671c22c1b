"""What the sample company's customers bought: two years of receipts with seasons, favourites, returns and fading."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from decimal import Decimal
from zoneinfo import ZoneInfo

from bot.sample_company_people import STORES, SamplePerson
from domain.purchases import Purchase

_ZONE = ZoneInfo("Europe/Helsinki")
# Group → (a weight for each month, relative price, products).
GROUPS: dict[str, tuple[tuple[float, ...], float, tuple[str, ...]]] = {
    "food": (
        (1.0,) * 11 + (1.6,),
        0.35,
        ("Kahvi 500 g", "Ruisleipä", "Juustotarjotin", "Suklaarasia", "Savulohi", "Oliiviöljy", "Marjahillo"),
    ),
    "clothing": (
        (1.4, 0.8, 1.1, 1.2, 1.0, 0.8, 1.3, 1.4, 1.2, 1.3, 1.1, 1.2),
        1.6,
        ("Villapaita", "Talvitakki", "Farkut", "Kauluspaita", "Sadetakki", "Mekko", "Sukat 5 kpl", "Kengät"),
    ),
    "home": (
        (0.9, 0.8, 0.9, 1.0, 1.0, 0.9, 0.8, 1.1, 1.1, 1.1, 1.4, 1.6),
        1.2,
        ("Pussilakanat", "Valurautapata", "Maljakko", "Pyyhe", "Kynttilät", "Matto", "Kahvikupit 6 kpl", "Lamppu"),
    ),
    "beauty": ((1.0,) * 4 + (1.2,) + (1.0,) * 6 + (1.7,), 0.9, ("Kasvovoide", "Hajuvesi", "Shampoo", "Käsivoide")),
    "toys": ((0.5,) * 10 + (1.8, 3.2), 0.9, ("Palapeli", "Lautapeli", "Rakennussarja", "Pehmolelu", "Pulkka")),
    "garden": (
        (0.05, 0.1, 0.5, 1.6, 3.0, 2.2, 1.2, 0.8, 0.6, 0.3, 0.1, 0.2),
        0.9,
        ("Istutusmulta", "Ruusupensas", "Kastelukannu", "Puutarhasakset", "Siemenpussi", "Aurinkotuoli"),
    ),
    "sports": (
        (1.6, 1.3, 0.9, 0.9, 1.3, 1.2, 0.8, 0.8, 0.9, 0.8, 1.1, 1.4),
        1.5,
        ("Hiihtosauvat", "Juoksukengät", "Reppu", "Luistimet", "Joogamatto", "Pyöräilykypärä"),
    ),
    "books": ((0.8,) * 5 + (1.2, 1.0, 0.9, 0.9, 1.0, 1.4, 2.6), 0.6, ("Romaani", "Keittokirja", "Lastenkirja")),
    "electronics": ((0.8,) * 10 + (2.2, 1.5), 3.0, ("Kuulokkeet", "Kahvinkeitin", "Pöytätuuletin", "Lamppu")),
}
_HOURS = (9, 10, 11, 12, 13, 14, 15, 16, 17, 17, 18, 18, 19)


def make_purchases(rng: random.Random, person: SamplePerson, now: dt.datetime) -> Iterator[Purchase]:
    """Give the lines of all her receipts up to *now*, the oldest first."""
    favourites = rng.sample(sorted(GROUPS), rng.choice((3, 4, 4, 5, 6)))
    for number, at in enumerate(_visits(rng, person, now)):
        receipt = f"{person.number}-{at:%y%m%d}-{number:03d}"
        lines = min(1 + int(rng.expovariate(0.7)), 8)
        for line in range(lines):
            yield _line(rng, person, favourites, receipt, line, at)


def _visits(rng: random.Random, person: SamplePerson, now: dt.datetime) -> Iterator[dt.datetime]:
    """Come about `visits` times a year; whoever dislikes us comes less and less, and at last not at all."""
    day = person.since
    span = max((now - person.since).days, 1)
    while True:
        passed = (day - person.since).days / span
        fading = 1.0 if person.attitude > 0.35 else max(1.0 - passed * 1.4, 0.03)
        day += dt.timedelta(days=max(rng.expovariate(person.visits * fading / 365), 0.5))
        if day >= now - dt.timedelta(hours=3):
            return
        opened = day.astimezone(_ZONE).replace(hour=rng.choice(_HOURS), minute=rng.randrange(60), second=0)
        yield opened.replace(microsecond=0).astimezone(dt.UTC)


def _line(
    rng: random.Random, person: SamplePerson, favourites: list[str], receipt: str, line: int, at: dt.datetime
) -> Purchase:
    names = sorted(GROUPS)
    weights = [GROUPS[name][0][at.month - 1] * (4 if name in favourites else 1) for name in names]
    group = rng.choices(names, weights)[0]
    _, price, products = GROUPS[group]
    product = rng.randrange(len(products))
    amount = max(int(rng.lognormvariate(0, 0.4) * person.basket * price), 150) // 5 * 5 + 4
    returned = rng.random() < 0.02
    return Purchase(
        receipt=f"{receipt}-R" if returned else receipt,
        at=at,
        amount_minor=-amount if returned else amount,
        currency="EUR",
        product=f"{group}-{product + 1:02d}",
        product_name=products[product],
        group=group,
        quantity=Decimal(rng.choices((1, 2, 3), (0.8, 0.15, 0.05))[0]),
        store=STORES.get(person.town, "verkkokauppa"),
        external_id=f"{receipt}-{line}",
    )
