"""
The sample company: a Finnish department store with its staff, customers and two years behind it, made from a seed.

Everything is put in through the store's own functions, in bulk; what has to look alive is played in scenes afterwards.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.sample_company_cases import put_cases
from bot.sample_company_history import Historian, History
from bot.sample_company_knowing import put_companies, register_of
from bot.sample_company_loyalty import put_members
from bot.sample_company_people import SamplePerson, make_people
from bot.sample_company_shopping import make_purchases
from domain.company import Company
from domain.customers import Reach
from domain.dialogues import Script
from domain.staff import Role
from store.consents import give_consents
from store.contacts import add_contacts
from store.customers import add_customers
from store.database import Database, Tx
from store.facts import set_facts
from store.purchases import add_purchases
from store.runs import add_answers, add_runs, keep_script
from store.staff import add_member

NAME = "Kauppahuone Vuoro"
GROUP = -1_002_000_000_001
GROUP_TITLE = "Kauppahuone Vuoro · customer service"
CUSTOMERS = 300


@dataclass(frozen=True, slots=True)
class SampleStaff:
    """One of the sample company's staff."""

    id: int
    first: str
    last: str
    role: Role
    language: str


STAFF = (
    SampleStaff(700_000_001, "Olga", "Lindqvist", Role.MANAGER, "en"),
    SampleStaff(700_000_002, "Matti", "Hakala", Role.AGENT, "fi"),
    SampleStaff(700_000_003, "Saara", "Niemi", Role.ADMIN, "fi"),
)


def sample_people(seed: int, now: dt.datetime, count: int = CUSTOMERS) -> list[SamplePerson]:
    """Make the customers alone: who they are, always the same for the same seed and day."""
    return make_people(random.Random(seed), count, now)


async def fill(
    database: Database,
    company: Company,
    scripts: Mapping[str, Script],
    people: Sequence[SamplePerson],
    seed: int,
    now: dt.datetime,
) -> None:
    """Put the sample company into an empty store, in one transaction."""
    rng, of_cases = random.Random(seed + 1), random.Random(seed + 2)
    historian = Historian(rng, now, scripts, tuple(member.id for member in STAFF))
    histories = [historian.history_of(number, person) for number, person in enumerate(people, 1)]
    register, owners = random.Random(seed + 3), (STAFF[1].id, STAFF[0].id)
    async with database.write() as tx:
        for member in STAFF:
            await add_member(tx, member.id, member.first, member.role, now, language=member.language)
        rows = [
            _customer(number, person) | register_of(register, number, person, owners)
            for number, person in enumerate(people, 1)
        ]
        await add_customers(tx, rows)
        for script in scripts.values():
            await keep_script(tx, script.digest, script.id, script.version, script.source, now)
        for history in histories:
            await put_cases(tx, company, of_cases, history)  # first: what was asked afterwards names its case
        await _put_histories(tx, histories)
        purchases = [
            (number, line) for number, person in enumerate(people, 1) for line in make_purchases(rng, person, now)
        ]
        await add_purchases(tx, purchases)
        await put_members(tx, people, seed + 4, now)
        await put_companies(tx, people, seed, now, STAFF[0].id)


def _customer(number: int, person: SamplePerson) -> dict[str, object]:
    in_touch = person.telegram_id is not None and person.met
    blocked = in_touch and not person.key and person.attitude < 0.25 and number % 2 == 0
    reach = Reach.NEVER_MET if not in_touch else Reach.BLOCKED if blocked else Reach.REACHABLE
    return {
        "id": number,
        "number": person.number,
        "chat_id": person.telegram_id if in_touch else None,
        "name": person.name,
        "language": person.language,
        "kind": "company" if person.company else "consumer",
        "company": person.company,
        "town": person.town,
        "phone": person.phone,
        "reach": reach.value,
        "met_at": person.since if in_touch else None,
        "created_at": person.since,
    }


async def _put_histories(tx: Tx, histories: Sequence[History]) -> None:
    await add_runs(tx, [run for history in histories for run in history.runs])
    await add_answers(tx, [answer for history in histories for answer in history.answers])
    await add_contacts(tx, [contact for history in histories for contact in history.contacts])
    await give_consents(tx, [(h.customer_id, consent) for h in histories for consent in h.consents])
    facts = [(h.customer_id, fact) for h in histories for fact in sorted(h.facts, key=lambda known: known.at)]
    await set_facts(tx, facts)
