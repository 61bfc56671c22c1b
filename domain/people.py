"""Who somebody is to the company: the kind of contact, what stands in the register, and her part at another company."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable
from dataclasses import dataclass


class ContactKind(enum.StrEnum):
    """What somebody is to us. Only a customer counts as one: the others get what names their kind."""

    CUSTOMER = "customer"
    SUPPLIER = "supplier"
    RESELLER = "reseller"
    FINANCIER = "financier"
    MEDIA = "media"


class CompanyRole(enum.StrEnum):
    """A person's part when a company buys (Webster and Wind's buying centre)."""

    INITIATOR = "initiator"
    INFLUENCER = "influencer"
    DECIDER = "decider"
    BUYER = "buyer"
    USER = "user"


@dataclass(frozen=True, slots=True)
class PersonAtCompany:
    """
    One person's part at one company; both are customers of the store.

    Each has consents of her own: what a company agreed to says nothing of its people, nor the reverse.
    """

    company_id: int
    person_id: int
    roles: tuple[CompanyRole, ...] = ()
    title: str = ""
    since: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """What the register holds of a customer beside what dialogues need: contact data, kind of contact, owner."""

    customer_id: int
    contact_kind: ContactKind = ContactKind.CUSTOMER
    owner_id: int | None = None
    email: str = ""
    phone: str = ""
    birth_date: dt.date | None = None
    tags: tuple[str, ...] = ()
    created_at: dt.datetime | None = None
    not_served_at: dt.datetime | None = None
    not_served_why: str = ""
    ended_at: dt.datetime | None = None


def roles_of(words: str) -> tuple[CompanyRole, ...]:
    """
    Read "buyer, user" as roles, each once, in the order of `CompanyRole`; nothing gives none.

    Raises ValueError that names the words which are no role.
    """
    wanted = {word.strip().lower() for word in words.replace(";", ",").split(",") if word.strip()}
    unknown = sorted(wanted - {role.value for role in CompanyRole})
    if unknown:
        raise ValueError(f"{', '.join(unknown)}: no such role; there are {', '.join(CompanyRole)}")
    return in_order(CompanyRole(word) for word in wanted)


def in_order(roles: Iterable[CompanyRole]) -> tuple[CompanyRole, ...]:
    """Give roles each once, in the order in which `CompanyRole` names them."""
    wanted = set(roles)
    return tuple(role for role in CompanyRole if role in wanted)
