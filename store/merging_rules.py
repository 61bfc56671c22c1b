"""
What becomes of each table's rows when one customer is merged into another, and whose row stays where only one can.

Every column that means a customer is named here; a test walks the tables, so that none can be forgotten.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Rank = Callable[[Mapping[str, Any]], Any]
"""Of two rows that cannot both be hers the one with the greater rank stays, else the kept customer's."""


class Way(enum.Enum):
    """How the rows of one column are treated."""

    MOVE = "move"  # they are the kept customer's from now on
    AWAY = "away"  # they say something of the one who is gone only, or are computed anew
    OWN = "own"  # `store.merging_own` knows
    STAY = "stay"  # what was, was


@dataclass(frozen=True, slots=True)
class Treatment:
    """The way of one column, and the rank where rows may clash."""

    way: Way = Way.MOVE
    rank: Rank = lambda _row: 0


_EVER = dt.datetime.max.replace(tzinfo=dt.UTC)
_NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)
_RECIPIENT = ("skipped", "failed", "queued", "unknown", "outbox", "sent")
_GUEST = ("skipped", "waiting", "declined", "invited", "absent", "accepted", "attended")
_CARE = ("skipped", "failed", "held", "queued", "unknown", "outbox", "task", "not_done", "sent", "done")
_INVITATION = ("skipped", "drawn", "reserve", "queued", "invited")


def _newer(column: str) -> Rank:
    return lambda row: row[column] or _NEVER


def _longer(row: Mapping[str, Any]) -> Any:
    return row["until"] or _EVER


def _older_membership(row: Mapping[str, Any]) -> Any:
    """The one that lasts longer; of two that last as long the older, since loyalty is not lost in a merge."""
    return row["until"] or _EVER, -row["since"].timestamp()


def _further(states: tuple[str, ...]) -> Rank:
    """The one that has come further: who has got something is not sent it again."""
    return lambda row: (states.index(row["state"]) if row["state"] in states else -1, row["at"] or _NEVER)


_MOVE, _AWAY, _OWN, _STAY = Treatment(), Treatment(Way.AWAY), Treatment(Way.OWN), Treatment(Way.STAY)

TREATMENTS: Mapping[tuple[str, str], Treatment] = {
    ("benefits_given", "customer_id"): Treatment(rank=_newer("at")),
    ("cases", "customer_id"): _MOVE,
    ("clicks", "customer_id"): _MOVE,
    ("consents", "customer_id"): _OWN,
    ("contacts", "customer_id"): _MOVE,
    ("coupons", "customer_id"): Treatment(rank=lambda row: row["state"] == "redeemed"),
    ("customer_words", "customer_id"): _OWN,
    ("duplicates", "first_id"): _OWN,
    ("duplicates", "second_id"): _OWN,
    ("erasures", "was_id"): _STAY,
    ("event_guests", "customer_id"): Treatment(rank=_further(_GUEST)),
    ("exclusions", "customer_id"): _MOVE,
    ("facts", "customer_id"): _OWN,
    ("floods", "customer_id"): Treatment(rank=_newer("began_at")),
    ("foreign_records", "customer_id"): _OWN,
    ("former_topics", "customer_id"): _MOVE,
    ("guardians", "customer_id"): Treatment(rank=lambda row: (row["state"] == "given", row["at"])),
    ("guardians", "guardian_id"): _MOVE,
    ("holds", "customer_id"): _MOVE,
    ("import_changes", "customer_id"): _AWAY,
    ("invitations", "customer_id"): Treatment(rank=_further(_INVITATION)),
    ("kept_measures", "customer_id"): _AWAY,
    ("lifecycle_actions", "customer_id"): Treatment(rank=_newer("at")),
    ("member_cards", "customer_id"): _MOVE,
    ("memberships", "customer_id"): Treatment(rank=_older_membership),
    ("merges", "gone_id"): _STAY,
    ("merges", "kept_id"): _STAY,
    ("moves", "customer_id"): _MOVE,
    ("mutes", "customer_id"): Treatment(rank=_longer),
    ("offers", "customer_id"): _MOVE,
    ("outbox", "customer_id"): Treatment(rank=lambda row: row["state"] != "waiting"),
    ("people", "company_id"): Treatment(rank=_newer("since")),
    ("people", "person_id"): Treatment(rank=_newer("since")),
    ("picks", "customer_id"): Treatment(rank=lambda row: row["confirmed_at"] is not None),
    ("pictures", "customer_id"): _AWAY,
    ("plan_actions", "customer_id"): Treatment(rank=_further(_CARE)),
    ("points_due", "customer_id"): _AWAY,
    ("points_entries", "customer_id"): _MOVE,
    ("points_lots", "customer_id"): _MOVE,
    ("points_lots", "earner_id"): _STAY,
    ("purchases", "customer_id"): _MOVE,
    ("reactions", "customer_id"): Treatment(rank=_newer("at")),
    ("recipients", "customer_id"): Treatment(rank=_further(_RECIPIENT)),
    ("referral_codes", "customer_id"): _MOVE,
    ("referrals", "customer_id"): _MOVE,
    ("referrals", "referred_id"): Treatment(rank=_newer("at")),
    ("runs", "customer_id"): _OWN,
    ("segment_members", "customer_id"): Treatment(rank=lambda row: -row["since"].toordinal()),
    ("signals", "customer_id"): Treatment(rank=_newer("at")),
    ("staff_messages", "customer_id"): _OWN,
    ("stale_customers", "customer_id"): _AWAY,
    ("tiers", "customer_id"): Treatment(rank=lambda row: -row["since"].toordinal()),
    ("topic_choices", "customer_id"): Treatment(rank=_newer("at")),
    ("topics", "customer_id"): _OWN,
    ("verbatim_themes", "customer_id"): _MOVE,
}
"""By table and column."""

STRANGERS = frozenset(
    {
        "about_case",
        "answering_id",
        "callback_id",
        "case_id",
        "chat_id",
        "contact_id",
        "coupon_id",
        "event_id",
        "external_id",
        "id",
        "import_id",
        "lot_id",
        "message_id",
        "message_ids",
        "newsletter_id",
        "owner_id",
        "run_id",
        "schedule_id",
        "script_id",
        "sending_id",
        "staff_id",
        "thread_id",
        "update_id",
        "wave_id",
    }
)
"""Columns that are called an id and mean no customer."""


def filled(kept: Mapping[str, Any], gone: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return what the kept customer's own row gets from the other's: what it lacks, the chat, and the sterner limits.

    With the chat come the name of the user, whether she can be written to, and the language that she speaks there.
    """
    values: dict[str, Any] = {name: kept[name] or gone[name] for name in _LACKING}
    if kept["chat_id"] is None and gone["chat_id"] is not None:
        values |= {name: gone[name] for name in ("chat_id", "username", "reach")}
        values["language"] = gone["language"] or kept["language"]
    if not kept["not_served_at"]:
        values |= {name: gone[name] for name in ("not_served_at", "not_served_why")}
    values |= {name: _of_both(max, kept[name], gone[name]) for name in ("paused_until", "muted_until", "last_in_at")}
    values |= {name: _of_both(min, kept[name], gone[name]) for name in ("met_at", "created_at")}
    tags = list(dict.fromkeys([*(kept["tags"] or ()), *(gone["tags"] or ())]))
    values["tags"] = tags if tags else kept["tags"]
    return {name: value for name, value in values.items() if value != kept[name]}


_LACKING = (
    "number",
    "name",
    "username",
    "language",
    "company",
    "town",
    "birth_date",
    "email",
    "phone",
    "timezone",
    "owner_id",
)


def _of_both(choose: Callable[[Any, Any], Any], first: Any, second: Any) -> Any:
    return choose(first, second) if first is not None and second is not None else first or second
