"""Campaign files: `campaigns/NAME.toml`, shipped and the company's own, which win; each is one campaign of coupons."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import templates
from domain.campaigns import CHOSEN, LONGEST_NAME, OFFERED, Campaign
from domain.coupons import CouponKind, Limits
from domain.documents import Table, read_document
from domain.documents_values import DATE, FLAG, LANGUAGE, choice, decimal, integer, list_of, one_of, text
from domain.faults import FaultList, did_you_mean
from domain.money import minor_digits

SHIPPED = Path(templates.__file__).parent / "campaigns"
_FILE = re.compile(rf"[a-z0-9][a-z0-9_-]{{0,{LONGEST_NAME - 1}}}")
_TITLE = text(most=60)
_TERMS = text(most=500)
_WORDS = text(most=100)
_MONEY = decimal(0, 1_000_000_000)
_NAMES = list_of(text(most=64), at_least=1, distinct=True)
_MOST_PICKED = 10
_MOST_OFFERED = 40


def load_campaigns(
    content: Path | None, languages: Sequence[str], currency: str, faults: FaultList
) -> tuple[Campaign, ...]:
    """
    Read the shipped campaigns and those of the *content* folder, which win, by name; note every fault.

    An own file with `off = true` takes a shipped campaign away. With a fault there are no campaigns at all.
    """
    folders = [SHIPPED] if content is None else [SHIPPED, content / "campaigns"]
    files = {path.stem: path for folder in folders for path in sorted(folder.glob("*.toml"))}
    before = len(faults)
    found: list[Campaign] = []
    for name, path in sorted(files.items()):
        where = f"{path.parent.name}/{path.name}"
        if _FILE.fullmatch(name) is None:
            faults.add(where, None, None, "is no name of a campaign's file", "use a to z, 0 to 9, - and _, at most 64")
        top = read_document(path.read_bytes(), where, faults)
        if top is None:
            continue
        off = top.get("off", FLAG, False)
        wanted = () if path.parent == SHIPPED else languages
        if not off or len(top.keys) > 1:
            campaign = _read(name, top, wanted, minor_digits(currency))
            found += [] if off else [campaign]
        top.finish()
    return tuple(found) if len(faults) == before else ()


def _read(name: str, top: Table, languages: Sequence[str], digits: int) -> Campaign:
    kind = top.get("kind", choice(CouponKind))
    percent, benefit = _read_benefit(top, languages, digits)
    cost = top.get("cost", _MONEY, None)
    limits = _read_limits(top, digits)
    if cost is None and limits.budget is not None and "amount" not in benefit:
        what = "a percentage of what is not known before" if percent else "words"
        top.missing(
            "cost", "budget", f"an amount needs what a coupon costs, and the benefit is {what}", "add cost = 1.50"
        )
    valid = top.section("valid")
    starts, until = valid.get("from", DATE, None), valid.get("until", DATE, None)
    if starts is not None and until is not None and until < starts:
        valid.fault("until", f"{until} is before {starts}", "let it end after it begins")
    days = valid.get("days", integer(1, 3650), 1 if kind is CouponKind.PICK else 30)
    offered, choose = _read_pick(top, kind)
    if kind is CouponKind.PICK and limits.per_customer is not None and limits.per_customer < choose:
        problem = f"{choose} are chosen, and a customer has {limits.per_customer} at most"
        top.section("budget").fault("per_customer", problem, "let her have as many as she chooses, or choose fewer")
    return Campaign(
        name=name,
        kind=kind,
        benefit=benefit,
        title=_texts(top, "title", _TITLE, languages, needed=True),
        terms=_texts(top, "terms", _TERMS, languages),
        products=top.get("products", _NAMES, ()),
        groups=top.get("groups", _NAMES, ()),
        days=days,
        starts=starts,
        until=until,
        stores=top.get("stores", _NAMES, ()),
        cost=_minor(cost, digits) if cost is not None else int(benefit.get("amount", 0)),
        limits=limits,
        offered=offered,
        choose=choose,
    )


def _read_benefit(top: Table, languages: Sequence[str], digits: int) -> tuple[bool, Mapping[str, Any]]:
    benefit = top.table("benefit")
    kinds = [each for each in ("percent", "amount", "words") if each in benefit]
    if len(kinds) != 1:
        problem = "says nothing of what it gives" if not kinds else f"gives {' and '.join(kinds)} at once"
        benefit.missing("percent", None, problem, "write one of percent = 20, amount = 5.00, words = { en = ... }")
    percent = benefit.get("percent", decimal(Decimal("0.1"), 100), None)
    amount = benefit.get("amount", decimal(Decimal("0.001"), 1_000_000), None)
    if percent is not None:
        return True, {"percent": int(percent) if percent == int(percent) else float(percent)}
    if amount is not None:
        if not _minor(amount, digits):
            benefit.fault("amount", f"{amount} is less than the smallest coin", "write more")
        return False, {"amount": _minor(amount, digits)}
    return False, {"words": _texts(benefit, "words", _WORDS, languages)}


def _read_limits(top: Table, digits: int) -> Limits:
    budget = top.section("budget")
    amount = budget.get("amount", _MONEY, None)
    return Limits(
        budget=None if amount is None else _minor(amount, digits),
        redemptions=budget.get("redemptions", integer(0, 1_000_000_000), None),
        per_customer=budget.get("per_customer", integer(1, 10_000), None),
        honour=top.get("at_cap", one_of("honour", "refuse"), "refuse") == "honour",
    )


def _read_pick(top: Table, kind: CouponKind) -> tuple[int, int]:
    pick = top.section("pick")
    if kind is not CouponKind.PICK and "pick" in top:
        top.fault("pick", f"nothing is picked in a campaign of kind {kind.value}", 'remove it, or write kind = "pick"')
    offered = pick.get("offered", integer(1, _MOST_OFFERED), OFFERED)
    choose = pick.get("choose", integer(1, _MOST_PICKED), CHOSEN)
    if choose > offered:
        pick.fault("choose", f"{choose} cannot be chosen of {offered}", "offer more, or let fewer be chosen")
    return offered, choose


def _texts(top: Table, key: str, kind: Any, languages: Sequence[str], *, needed: bool = False) -> dict[str, str]:
    """Read a text per language; an own file has at least the company's first one."""
    table = top.table(key) if needed else top.section(key)
    for each in table.keys:
        if LANGUAGE_CODE.fullmatch(each) is None:
            table.fault(each, "is no language", f"write a language code, such as {LANGUAGE.example}")
    found: dict[str, str] = table.mapping(kind)
    if languages and (needed or found) and languages[0] not in found:
        remedy = did_you_mean(languages[0], (), otherwise=f'add {key}.{languages[0]} = "..."')
        top.fault(key, f"has no text in the company's first language, {languages[0]}", remedy)
    return found


LANGUAGE_CODE = re.compile(r"[a-z]{2,3}(?:-[A-Z]{2})?")


def _minor(amount: Decimal, digits: int) -> int:
    return int((amount * 10**digits).to_integral_value())
