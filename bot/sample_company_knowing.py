"""What the sample company knows beyond chats: companies with their people, suppliers and media, owners, birthdays."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.sample_company_people import SamplePerson
from bot.sample_company_shopping import make_purchases
from domain.contacts import Channel, Contact, ContactKind, ContactState, Direction
from domain.folding import fold
from domain.people import CompanyRole, PersonAtCompany
from domain.people import ContactKind as Kind
from domain.purchases import Purchase
from store.contacts import add_contacts
from store.customers import add_customers
from store.database import Tx
from store.ids import new_id
from store.people import put_person
from store.purchases import add_purchases

_BUYER, _USER, _DECIDER, _INITIATOR = (
    CompanyRole.BUYER,
    CompanyRole.USER,
    CompanyRole.DECIDER,
    CompanyRole.INITIATOR,
)


@dataclass(frozen=True, slots=True)
class SampleCompany:
    """A company in the register, what it is to us, how often it buys a year, and its people by their keys."""

    name: str
    town: str
    kind: Kind = Kind.CUSTOMER
    visits: float = 0.0
    people: Mapping[str, tuple[tuple[CompanyRole, ...], str]] | None = None


COMPANIES = (
    SampleCompany(
        "Aurajoen Kahvila Oy",
        "Turku",
        visits=40,
        people={"liisa": ((_BUYER, _USER), "keittiöpäällikkö"), "noora": ((_DECIDER,), "toimitusjohtaja")},
    ),
    SampleCompany(
        "Leikkituvan päiväkoti Oy",
        "Tampere",
        visits=14,
        people={"tereza": ((_INITIATOR, _USER), ""), "ville": ((_DECIDER, _BUYER), "johtaja")},
    ),
    SampleCompany("Pohjan Puutarha Oy", "Oulu", Kind.SUPPLIER),
    SampleCompany("Mäkisen Mattotukku Oy", "Helsinki", Kind.RESELLER),
    SampleCompany("Kaupunkilehti Silta", "Turku", Kind.MEDIA),
)

# Key → days ago, channel, feeling, what was said: what staff talked of outside Telegram.
_TALKS: Mapping[str, tuple[tuple[int, Channel, int, str], ...]] = {
    "liisa": (
        (160, Channel.MEETING, 5, "Kahvilan uudet tuolit katsottiin yhdessä Turun myymälässä."),
        (20, Channel.PHONE, 3, "Kysyi sohvan toimitusta toisen kerran."),
    ),
    "tereza": ((60, Channel.EVENT, 5, "Přišla na jarní zahradnický večer."),),
    "petri": ((45, Channel.PHONE, 2, "Sanoi, että palvelu on huonontunut."),),
    "james": ((30, Channel.MEETING, 4, "Looked at kitchens with us for an hour."),),
}


def register_of(rng: random.Random, number: int, person: SamplePerson, owners: Sequence[int]) -> dict[str, object]:
    """Give what the register holds of one customer beside her name: e-mail, birth date, tags, and perhaps an owner."""
    mail = f"{fold(person.first)}.{fold(person.last)}@example.com".replace("'", "")
    born = dt.date(rng.randrange(1948, 2006), rng.randrange(1, 13), rng.randrange(1, 29))
    cared_for = person.key in {"liisa", "tereza", "james"} or person.visits > 25 or person.company is not None
    return {
        "email": mail if rng.random() < 0.8 or person.key else None,
        "birth_date": born if person.company is None and (rng.random() < 0.7 or person.key) else None,
        "owner_id": owners[number % len(owners)] if cared_for else None,
        "tags": ["vip"] if person.visits > 30 else None,
        "contact_kind": Kind.CUSTOMER.value,
    }


async def put_companies(tx: Tx, people: Sequence[SamplePerson], seed: int, now: dt.datetime, owner_id: int) -> None:
    """Put in the companies behind the people, who is who there, what they bought, and talks that staff had."""
    rng = random.Random(seed)
    first = len(people) + 1
    await add_customers(tx, [_company(first + at, each, now, owner_id) for at, each in enumerate(COMPANIES)])
    by_key = {person.key: number for number, person in enumerate(people, 1) if person.key}
    for at, each in enumerate(COMPANIES):
        for key, (roles, title) in (each.people or {}).items():
            if key in by_key:
                part = PersonAtCompany(first + at, by_key[key], roles, title)
                await put_person(tx, part, now - dt.timedelta(days=300))
        await add_purchases(tx, [(first + at, line) for line in _bought(rng, first + at, each, now)])
    await add_contacts(tx, list(_talks(by_key, owner_id, now)))


def _company(number: int, company: SampleCompany, now: dt.datetime, owner_id: int) -> dict[str, object]:
    return {
        "id": number,
        "number": f"Y{number:04d}",
        "name": company.name,
        "language": "fi",
        "kind": "company",
        "town": company.town,
        "phone": f"+358457301{number % 10000:04d}",
        "email": f"info@{fold(company.name).split()[0]}.example.com",
        "contact_kind": company.kind.value,
        "owner_id": owner_id,
        "reach": "never_met",
        "created_at": now - dt.timedelta(days=700),
    }


def _bought(rng: random.Random, number: int, company: SampleCompany, now: dt.datetime) -> Iterator[Purchase]:
    if company.visits:
        since = now - dt.timedelta(days=640)
        yield from make_purchases(
            rng,
            SamplePerson(f"Y{number:04d}", "", "", "fi", company.town, None, 0.8, company.visits, 6000, since),
            now,
        )


def _talks(by_key: Mapping[str, int], staff_id: int, now: dt.datetime) -> Iterator[Contact]:
    for key, talks in _TALKS.items():
        for days, channel, feeling, words in talks if key in by_key else ():
            direction = Direction.IN if channel is Channel.PHONE else Direction.OUT
            yield Contact(
                id=new_id(),
                customer_id=by_key[key],
                at=now - dt.timedelta(days=days, hours=2),
                channel=channel,
                direction=direction,
                kind=ContactKind.MEETING if channel is Channel.MEETING else ContactKind.WORDS,
                text=words,
                state=ContactState.RECEIVED if direction is Direction.IN else ContactState.SENT,
                staff_id=staff_id,
                feeling=feeling,
            )


RULES: Mapping[str, str] = {
    "garden-friends.rule": "# Those who come for the garden: three purchases or more from it in two years.\n"
    'product_groups(2y) >= 3\nand bought("garden", 2y) >= 3\n',
}
SEGMENTS: Mapping[str, str] = {
    "garden-friends.toml": "# In use without a restart: docs/segments.md.\n"
    'title.fi = "Puutarhan ystävät"\ntitle.en = "Friends of the garden"\ntitle.cs = "Přátelé zahrady"\n'
    'rule = \'bought("garden", 2y) >= 3\'\nminimum_size = 10\nspread = ["visits(12m)", "spent(12m)"]\n',
    "newcomers.toml": "# Who came in the last half year.\n"
    'title.fi = "Uudet asiakkaat"\ntitle.en = "Newcomers"\ntitle.cs = "Noví zákazníci"\n'
    "rule = 'purchases(6m) >= 1 and purchases(3y) = purchases(6m)'\nminimum_size = 10\n",
}
"""Files of the demo's content folder, by name."""
