"""
What becomes of each table's rows when a customer asks to be forgotten.

Every table is named here, and of what stays every column that can hold words: a test walks them, so that none can be
forgotten. Sums stay as they were; what could say who it was goes.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import null


class Fate(enum.Enum):
    """What becomes of the rows that mean her."""

    NOTHING = "nothing"  # none of its rows is about one customer
    DROP = "drop"
    BLANK = "blank"  # they stay for the sums, without what is hers
    OWN = "own"  # `store.erasing_own` knows


@dataclass(frozen=True, slots=True)
class Erasing:
    """
    The fate of one table's rows: found *by* those columns, or *through* (column, table whose rows are hers).

    *blank* is what columns become, *kept* are those that can hold text or JSON and stay, since they are codes of ours
    and figures.
    """

    fate: Fate
    by: tuple[str, ...] = ("customer_id",)
    through: tuple[str, str] | None = None
    blank: Mapping[str, Any] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()


_NOTHING = Erasing(Fate.NOTHING, by=())
_DROP = Erasing(Fate.DROP)


def _blank(kept: str = "", /, through: tuple[str, str] | None = None, **values: Any) -> Erasing:
    by = () if through is not None else ("customer_id",)
    return Erasing(Fate.BLANK, by=by, through=through, blank=values, kept=frozenset(kept.split()))


def _own(*by: str, kept: str = "") -> Erasing:
    return Erasing(Fate.OWN, by=by, kept=frozenset(kept.split()))


NO_JSON: Any = null()

FORGOTTEN = "forgotten"
"""The source of the objection to profiling that stands for who was forgotten: it tells nothing of how she feels."""

ERASING: Mapping[str, Erasing] = {
    "answers": _own(kept="question"),
    "audit": _own(kept="act subject"),
    "benefits_given": _blank("programme benefit ref"),
    "campaigns": _NOTHING,
    "care_runs": _NOTHING,
    "case_clocks": _blank("clock", through=("case_id", "cases")),
    "case_events": _blank("move state", through=("case_id", "cases"), text=""),
    "cases": _own("customer_id", kept="kind category state priority severity impact cause"),
    "clicks": _blank("kind target"),
    "consent_texts": _NOTHING,
    "consents": _own("customer_id", kept="purpose text_version"),
    "contact_edits": Erasing(Fate.DROP, by=(), through=("contact_id", "contacts")),
    "contacts": _blank(
        "channel direction kind state question reason",
        text="",
        media=NO_JSON,
        album=None,
        message_id=None,
        message_ids=NO_JSON,
        edited_from=None,
    ),
    "coupon_tries": _blank("store outcome", through=("coupon_id", "coupons")),
    "coupons": _own(
        "customer_id",
        kept="code campaign kind batch product product_name group_name benefit store state redeemed_store",
    ),
    "customer_words": _own("customer_id"),
    "customers": _own("id", kept="kind reach contact_kind"),
    "duplicates": Erasing(Fate.DROP, by=("first_id", "second_id")),
    "erasures": _own("was_id", kept="asked_by counts proof"),
    "event_guests": _own("customer_id", kept="state reason"),
    "events": _NOTHING,
    "exclusions": _blank("reason"),
    "facts": _DROP,
    "floods": _DROP,
    "foreign_records": _DROP,
    "former_topics": _DROP,
    "guardians": _own("customer_id", "guardian_id", kept="club code state"),
    "holds": _blank("kind reason ref"),
    "import_changes": _DROP,
    "imports": _own(kept="kind source digest state"),
    "inbox": _own(kept="state"),
    "invitations": _own("customer_id", kept="state reason stratum"),
    "kept_measures": _DROP,
    "lifecycle_actions": _blank("action ref"),
    "measure_slots": _NOTHING,
    "member_cards": _DROP,
    "memberships": _own("customer_id", kept="name"),
    "merges": _own("kept_id", "gone_id"),
    "moves": _blank("kind name before after", evidence=""),
    "mutes": _DROP,
    "offers": _blank("batch kind product product_name group_name", score=None, evidence=NO_JSON),
    "outbox": _own("customer_id"),
    "people": Erasing(Fate.DROP, by=("company_id", "person_id")),
    "picks": _own("customer_id", kept="store batch offered chosen"),
    "pictures": _DROP,
    "plan_actions": _own("customer_id", kept="state channel reason"),
    "points_due": _DROP,
    "points_entries": _blank("programme kind ref", reason=""),
    "points_lots": _blank("programme source ref"),
    "purchases": _blank("receipt product product_name group_name currency store external_id"),
    "reactions": _blank(emoji=""),
    "recipient_tallies": _NOTHING,
    "recipients": _own("customer_id", kept="state reason variant recall"),
    "referral_codes": _DROP,
    "referrals": Erasing(Fate.BLANK, by=("customer_id", "referred_id"), kept=frozenset({"state", "reason"})),
    "runs": _own("customer_id", kept="script_id script_digest state started_by asked"),
    "schedules": _NOTHING,
    "scripts": _NOTHING,
    "segment_members": _DROP,
    "sendings": _NOTHING,
    "settings": _NOTHING,
    "signals": _blank("kind ref", evidence={}),
    "slots": _NOTHING,
    "staff": _NOTHING,
    "staff_messages": _own("customer_id"),
    "staff_stores": _NOTHING,
    "stale_customers": _DROP,
    "tiers": _DROP,
    "topic_choices": _own("customer_id", kept="topic"),
    "topics": _own("customer_id"),
    "verbatim_themes": _blank("question theme"),
    "waves": _NOTHING,
}
"""By table."""

HUSK: Mapping[str, Any] = {
    "number": None,
    "chat_id": None,
    "name": "",
    "search": "",
    "username": None,
    "language": None,
    "company": None,
    "town": None,
    "birth_date": None,
    "email": None,
    "phone": None,
    "timezone": None,
    "reach": "never_met",
    "paused_until": None,
    "muted_until": None,
    "last_in_at": None,
    "owner_id": None,
    "tags": NO_JSON,
    "not_served_at": None,
    "not_served_why": "",
}
"""What is left of a customer's own row, beside its id, what it was counted as, and since when."""
