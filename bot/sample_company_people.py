"""The sample company's customers: names, languages, towns, how often they come and what they think of the company."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


TOWNS = (
    ("Helsinki", 0.34),
    ("Turku", 0.22),
    ("Tampere", 0.18),
    ("Espoo", 0.12),
    ("Oulu", 0.08),
    ("Rovaniemi", 0.06),
)
STORES = {"Helsinki": "Helsinki", "Espoo": "Helsinki", "Turku": "Turku", "Tampere": "Tampere"}
_FI_WOMEN = _words(
    """
    Aino Anni Eeva Elina Emilia Eveliina Hanna Heidi Helena Iida Jaana Johanna Kaisa Kati Katja Kirsi Laura
    Leena Liisa Maija Maria Marja Mari Merja Minna Mirja Noora Outi Paula Pirjo Raija Riikka Ritva Saara Sanna
    Satu Sirpa Sofia Susanna Tarja Terhi Tiina Tuula Ulla Venla
    """
)
_FI_MEN = _words(
    """
    Aleksi Antti Arto Eero Eetu Erkki Hannu Harri Heikki Henri Ilkka Jaakko Jari Joonas Jouni Juha Jukka Kalle
    Kari Kimmo Lauri Leo Markku Markus Matti Miika Mika Mikko Niko Olli Onni Otto Pasi Pekka Petri Risto Sami
    Seppo Tapio Teemu Timo Tuomas Vesa Ville Veikko
    """
)
_FI_NAMES = _words(
    """
    Aalto Ahonen Anttila Eskola Hakala Heikkinen Heino Hiltunen Hirvonen Hämäläinen Jokinen Järvinen Kallio
    Karjalainen Kinnunen Koivisto Korhonen Koskinen Kärkkäinen Laakso Laaksonen Lahtinen Laine Lehtonen Leppänen
    Lindholm Manninen Mattila Miettinen Mustonen Mäkelä Mäki Mäkinen Niemi Nieminen Nurmi Ojala Peltonen
    Pitkänen Rantanen Räsänen Saarinen Salminen Salo Salonen Savolainen Toivonen Tuominen Turunen Virtanen
    Väisänen Ylönen
    """
)
_CS_WOMEN = _words(
    """
    Adéla Alena Anna Eliška Eva Hana Ivana Jana Kateřina Lenka Lucie Marie Petra Tereza Věra Zuzana
    """
)
_CS_MEN = _words(
    """
    Adam Aleš David Filip Jakub Jan Jiří Karel Lukáš Marek Martin Ondřej Pavel Petr Tomáš Vojtěch
    """
)
_CS_NAMES = (
    ("Novák", "Nováková"),
    ("Svoboda", "Svobodová"),
    ("Novotný", "Novotná"),
    ("Dvořák", "Dvořáková"),
    ("Černý", "Černá"),
    ("Procházka", "Procházková"),
    ("Kučera", "Kučerová"),
    ("Veselý", "Veselá"),
    ("Horák", "Horáková"),
    ("Němec", "Němcová"),
    ("Pokorný", "Pokorná"),
    ("Král", "Králová"),
    ("Růžička", "Růžičková"),
    ("Beneš", "Benešová"),
)
_EN_GIVEN = _words(
    """
    Alice Amelia Ben Charlotte Chloe Daniel Edward Emily Emma George Grace Hannah Harry Isla Jack James Jessica
    Lewis Lucy Megan Oliver Olivia Oscar Rebecca Ruby Sophie Thomas William
    """
)
_EN_NAMES = _words(
    """
    Bennett Brown Clarke Cooper Davies Evans Foster Green Hall Harris Hughes Jackson Kelly Lewis Martin Mitchell
    Murphy O'Brien Parker Roberts Scott Taylor Thompson Turner Walker Ward Watson White Wright
    """
)


@dataclass(frozen=True, slots=True)
class Featured:
    """A customer whom the page shows first; the scenes of `bot.sample_company_scenes` are hers."""

    key: str
    first: str
    last: str
    language: str
    town: str
    attitude: float
    visits: float
    met: bool = True


FEATURED = (
    Featured("liisa", "Liisa", "Mäkelä", "fi", "Turku", 0.55, 34),
    Featured("james", "James", "Clarke", "en", "Helsinki", 0.7, 12),
    Featured("tereza", "Tereza", "Novotná", "cs", "Tampere", 0.95, 22),
    Featured("petri", "Petri", "Salonen", "fi", "Helsinki", 0.15, 5),
    Featured("emily", "Emily", "Watson", "en", "Espoo", 0.6, 9),
    Featured("ville", "Ville", "Koskinen", "fi", "Turku", 0.75, 16),
    Featured("jana", "Jana", "Dvořáková", "cs", "Helsinki", 0.5, 7),
    Featured("noora", "Noora", "Laine", "fi", "Tampere", 0.45, 8),
    Featured("oliver", "Oliver", "Hughes", "en", "Helsinki", 0.5, 11),
    Featured("aino", "Aino", "Korhonen", "fi", "Oulu", 0.6, 1, met=False),
)


@dataclass(frozen=True, slots=True)
class SamplePerson:
    """
    One customer of the sample company.

    *attitude* from 0 (hostile) to 1 (delighted), *visits* a year, *basket* the average line in cents.
    """

    number: str
    first: str
    last: str
    language: str
    town: str
    telegram_id: int | None
    attitude: float
    visits: float
    basket: int
    since: dt.datetime
    key: str = ""
    met: bool = True
    company: str | None = None

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}"

    @property
    def phone(self) -> str:
        """A number of the range that Finland keeps for films and books."""
        return f"+358457300{int(self.number) % 10000:04d}"


def make_people(rng: random.Random, count: int, now: dt.datetime) -> list[SamplePerson]:
    """Make *count* customers, the featured ones first; the same *rng* makes the same ones."""
    people = [
        SamplePerson(
            number=str(100_000 + n),
            first=each.first,
            last=each.last,
            language=each.language,
            town=each.town,
            telegram_id=700_000_100 + n,
            attitude=each.attitude,
            visits=each.visits,
            basket=rng.randrange(1200, 4200),
            since=now - dt.timedelta(days=rng.randrange(500, 720)),
            key=each.key,
            met=each.met,
        )
        for n, each in enumerate(FEATURED)
    ]
    taken = {person.name for person in people}
    while len(people) < count:
        person = _make(rng, len(people), now)
        if person.name not in taken:
            taken.add(person.name)
            people.append(person)
    return people


def _make(rng: random.Random, n: int, now: dt.datetime) -> SamplePerson:
    language = rng.choices(("fi", "en", "cs"), (0.68, 0.18, 0.14))[0]
    first, last = _name(rng, language)
    in_telegram = rng.random() < 0.78
    firm = f"{last} Oy" if language == "fi" and rng.random() < 0.07 else None
    return SamplePerson(
        number=str(100_000 + n),
        first=first,
        last=last,
        language=language,
        town=rng.choices([town for town, _ in TOWNS], [share for _, share in TOWNS])[0],
        telegram_id=700_000_100 + n if in_telegram else None,
        attitude=min(max(rng.gauss(0.68, 0.2), 0.02), 0.99),
        visits=min(rng.lognormvariate(2.0, 0.8), 60) * (2 if firm else 1),
        basket=int(rng.lognormvariate(7.7, 0.45)) * (3 if firm else 1),
        since=now - dt.timedelta(days=rng.randrange(20, 730)),
        company=firm,
    )


def _name(rng: random.Random, language: str) -> tuple[str, str]:
    match language:
        case "fi":
            return rng.choice(_FI_WOMEN + _FI_MEN), rng.choice(_FI_NAMES)
        case "cs":
            woman = rng.random() < 0.5
            return rng.choice(_CS_WOMEN if woman else _CS_MEN), rng.choice(_CS_NAMES)[woman]
        case _:
            return rng.choice(_EN_GIVEN), rng.choice(_EN_NAMES)
