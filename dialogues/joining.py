"""Joining and leaving an open programme, by whatever way: membership, card, tier, and what joining brings."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dialogues.giving import Gift, Giving
from domain.benefits import Occasion
from domain.company import Company
from domain.needs import Need, needs
from domain.programmes import EVERYBODY, Joining, Programme, Standing
from domain.rules_customer import CustomerFacts
from domain.rules_tree import Rule
from domain.rules_verdict import evaluate
from domain.rules_why import why
from store.customers import customer_by_id
from store.database import Tx
from store.member_cards import end_cards, issue_card
from store.memberships import join, leave, membership_of
from store.rules_facts import customer_facts
from store.tiers import drop_tier, put_tier, tier_of

LONGEST_EVIDENCE = 300


@dataclass(frozen=True, slots=True)
class Joined:
    """She is a member: her card's number, her tier ("" without tiers), what she got; *already* when she was one."""

    number: str
    tier: str
    gifts: tuple[Gift, ...] = ()
    already: bool = False


@dataclass(frozen=True, slots=True)
class NotInvited:
    """The rule of an invitation does not hold for her: what it would take, None where figures do not tell it."""

    needs: tuple[Need, ...] | None


async def join_programme(
    tx: Tx,
    company: Company,
    giving: Giving,
    programme: Programme,
    customer_id: int,
    now: dt.datetime,
    source: str,
    *,
    by_staff: bool = False,
) -> Joined | NotInvited:
    """
    Make her a member of an open programme, all in this transaction; staff may let in whom the rule does not.

    Joining straight into a higher tier brings what climbing to it would have brought: equal customers get the same.
    Raises LookupError for nobody, ValueError for a silent programme, which one does not join.
    """
    if not programme.is_open:
        raise ValueError(f"{programme.name}: is a silent programme, and its rule chooses its members")
    if await customer_by_id(tx, customer_id) is None:
        raise LookupError(f"{customer_id}: no such customer")
    facts = await facts_of(tx, company, customer_id, now)
    refused = None if by_staff else not_invited(programme, facts)
    if refused is not None and await membership_of(tx, customer_id, programme.membership) is None:
        return refused
    is_new = await join(tx, customer_id, programme.membership, now, source)
    number = await issue_card(tx, customer_id, programme.name, now)
    standing = await tier_of(tx, customer_id, programme.name)
    if standing is None and programme.tiers:
        standing = standing_of(programme, customer_id, facts)
        await put_tier(tx, programme.name, standing, "")
    tier = "" if standing is None else standing.tier
    if not is_new:
        return Joined(number, tier, already=True)
    day = now.astimezone(company.zone).date()
    gifts = await giving.on(tx, programme, Occasion.JOINING, customer_id, day, now, tier=tier)
    gifts += await giving.of_tiers(tx, programme, customer_id, "", tier, day, now, joins=True)
    return Joined(number, tier, tuple(gifts))


async def leave_programme(tx: Tx, programme: str, membership: str, customer_id: int, now: dt.datetime) -> bool:
    """End her membership with card and tier; False where she is no member. Points stay hers until they expire."""
    left = await leave(tx, customer_id, membership, now)
    await end_cards(tx, customer_id, programme, now)
    await drop_tier(tx, customer_id, programme)
    return left


async def facts_of(tx: Tx, company: Company, customer_id: int, now: dt.datetime) -> CustomerFacts:
    """Return what rules see of one customer now."""
    at = now.astimezone(company.zone)
    return (await customer_facts(tx, [customer_id], at, currency=company.currency))[customer_id]


def not_invited(programme: Programme, facts: CustomerFacts) -> NotInvited | None:
    """Say why she may not join by herself; None where she may."""
    if programme.join is not Joining.INVITATION or programme.rule is None:
        return None
    if evaluate(programme.rule, facts, facts.at) is True:
        return None
    return NotInvited(needs(programme.rule, facts, facts.at))


def standing_of(programme: Programme, customer_id: int, facts: CustomerFacts) -> Standing:
    """Return the highest tier whose rule holds for her, else the lowest, from today on and with the evidence."""
    day = facts.at.date()
    for tier in reversed(programme.tiers):
        if evaluate(tier.rule, facts, facts.at) is True:
            return Standing(customer_id, tier.name, day, evidence=evidence(tier.rule, facts))
    return Standing(customer_id, programme.tiers[0].name, day)


def next_needs(programme: Programme, tier: str, facts: CustomerFacts) -> tuple[str, tuple[Need, ...]] | None:
    """Return the tier above hers and what it takes; None at the top, or where figures do not tell it."""
    above = programme.tiers[programme.rank(tier) + 1 :]
    if not above:
        return None
    lacking = needs(above[0].rule, facts, facts.at)
    return None if not lacking else (above[0].name, lacking)


def evidence(rule: Rule, facts: CustomerFacts) -> str:
    """Write down what was measured, for staff and for her own data."""
    if rule == EVERYBODY:
        return ""
    said = "; ".join(map(str, why(rule, facts, facts.at, currency=facts.currency).trace))
    return said if len(said) <= LONGEST_EVIDENCE else said[: LONGEST_EVIDENCE - 1] + "…"
