"""Why something is offered, in a sentence for the customer, with the values that were measured."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from domain.offers import Basis, Offer, is_favourite
from templates.words import Words


def shown_name(offer: Offer) -> str:
    """Name the product: by its code where it has no name."""
    return offer.name or offer.product


def reason_of(words: Words, offer: Offer, language: str, today: dt.date) -> str:
    """
    Say as plain text what the offer rests on, as of *today*; shares in whole percent, none of fewer than ten.

    Of what too few have bought to be a favourite, nothing is said of who buys it.
    """
    told = offer.evidence
    values: dict[str, object] = {}
    match offer.basis:
        case Basis.OFTEN | Basis.TILL:
            last = dt.date.fromisoformat(told["last"])
            since = dt.date.fromisoformat(told["since"])
            days = (today - last).days
            values = {"times": told["times"], "since": since, "days": days, "weeks": days // 7}
            values["every"] = told.get("every") or 0
        case Basis.ALIKE:
            names = [str(each) for each in told["because"]]
            values = {
                "of": told["of"],
                "liked": is_favourite(told["customers"]),
                "share": _share(told),
                "first": names[0] if names else "",
                "second": "".join(names[1:2]),
            }
        case Basis.GROUP | Basis.PEOPLE | Basis.POPULAR | Basis.EVERYBODY:
            values = {"group": offer.group, "customers": told["customers"], "of": told["of"]}
            values["liked"] = is_favourite(told["customers"])
    return words.plain(f"offers.reason.{offer.basis.value}", language, **values)


def _share(told: Mapping[str, Any]) -> float:
    return float(told["customers"] / told["of"]) if told["of"] else 0.0
