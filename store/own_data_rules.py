"""
Where each table's rows stand in the file of her own data that a customer can have, or why they do not.

Every table is named: a test walks them, so that nothing that is held of her can be left out unnoticed.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass


class Section(enum.StrEnum):
    """A part of the file and of the letter, in this order."""

    PROFILE = "profile"
    FACTS = "facts"
    CONSENTS = "consents"
    RECKONED = "reckoned"
    PURCHASES = "purchases"
    LOYALTY = "loyalty"
    CARE = "care"
    MESSAGES = "messages"
    SENT = "sent"
    CASES = "cases"
    LOOKS = "looks"


@dataclass(frozen=True, slots=True)
class Own:
    """
    One table's place: its section, what a row is called, where it came from and the column that says when.

    A column called source tells the source itself. *without* are columns that say nothing of her, or of others.
    *why* is the reason where there is no section.
    """

    section: Section | None = None
    what: str = ""
    source: str = ""
    at: str = "at"
    without: frozenset[str] = frozenset()
    why: str = ""


def _in(section: Section, what: str, source: str = "", at: str = "at", without: str = "") -> Own:
    return Own(section, what, source, at, frozenset(without.split()))


def _not(why: str) -> Own:
    return Own(why=why)


_CHAT, _SELF, _STAFF, _NIGHT, _RULES = (
    "chat",
    "program",
    "staff",
    "reckoned from purchases and contacts",
    "rules of staff",
)
_OTHERS = _not("is about all customers, none of them by herself")

OWN: Mapping[str, Own] = {
    "answers": _in(Section.MESSAGES, "answer", _CHAT, without="message_id"),
    "audit": _in(Section.LOOKS, "look or act of staff", _STAFF, without="subject detail"),
    "benefits_given": _in(Section.LOYALTY, "benefit", _RULES, without="cost"),
    "campaigns": _OTHERS,
    "care_runs": _OTHERS,
    "case_clocks": _in(Section.CASES, "clock of a case", _SELF, at="started_at"),
    "case_events": _in(Section.CASES, "step of a case", _STAFF),
    "cases": _in(Section.CASES, "case", _CHAT, at="opened_at"),
    "clicks": _in(Section.SENT, "what she followed in a newsletter", _CHAT),
    "consent_texts": _not("the words stand with each consent"),
    "consents": _in(Section.CONSENTS, "consent"),
    "contact_edits": _in(Section.MESSAGES, "older version of a message", _CHAT),
    "contacts": _in(Section.MESSAGES, "contact", _CHAT),
    "coupon_tries": _in(Section.LOYALTY, "attempt to redeem", _STAFF),
    "coupons": _in(Section.LOYALTY, "coupon", _RULES, at="issued_at", without="cost redeemed_cost"),
    "customer_words": _not("the words of her profile once more, for the search"),
    "customers": _in(Section.PROFILE, "profile", "chat, customer register or staff", at="created_at"),
    "duplicates": _in(Section.PROFILE, "perhaps the same as another record", _NIGHT, at="found_at", without="evidence"),
    "erasures": _not("holds nothing of anybody"),
    "event_guests": _in(Section.LOYALTY, "guest of an event", _NIGHT),
    "events": _OTHERS,
    "exclusions": _in(Section.SENT, "left out of a newsletter", _RULES, at=""),
    "facts": _in(Section.FACTS, "fact", without="word figure"),
    "floods": _in(Section.MESSAGES, "many messages at once", _CHAT, at="began_at"),
    "foreign_records": _in(Section.PROFILE, "record of another system", "import", at=""),
    "former_topics": _in(Section.LOOKS, "former topic in the staff group", _SELF, at="", without="chat_id thread_id"),
    "guardians": _in(Section.LOYALTY, "guardian's consent", _CHAT, without="guardian_id code"),
    "holds": _in(Section.SENT, "message held back", _SELF),
    "import_changes": _in(Section.PROFILE, "change by an import", "import", at=""),
    "imports": _OTHERS,
    "inbox": _not("raw messages, kept for days; what they said stands among the contacts"),
    "invitations": _in(Section.SENT, "invitation to a survey", _SELF),
    "kept_measures": _not("sums of the purchases, worked out anew from them"),
    "lifecycle_actions": _in(Section.CARE, "action of the lifecycle", _SELF),
    "measure_slots": _OTHERS,
    "member_cards": _in(Section.LOYALTY, "card", _SELF, at="issued_at"),
    "memberships": _in(Section.LOYALTY, "membership", at="since"),
    "merges": _in(Section.PROFILE, "record merged into hers", _STAFF),
    "moves": _in(Section.RECKONED, "move", _NIGHT, at="day"),
    "mutes": _in(Section.PROFILE, "messages not passed on", _STAFF),
    "offers": _in(Section.LOYALTY, "offer chosen for her", _NIGHT, at="made_at"),
    "outbox": _in(
        Section.SENT, "on its way", _SELF, at="created_at", without="claimed_by callback_id lane paid attempts"
    ),
    "people": _in(Section.PROFILE, "role at a company", "import or staff", at="since"),
    "picks": _in(Section.LOYALTY, "list to choose from", _CHAT, at="opened_at"),
    "pictures": _in(Section.RECKONED, "picture", _NIGHT, at="day"),
    "plan_actions": _in(Section.CARE, "planned contact", _RULES),
    "points_due": _not("only says that her points are being reckoned anew"),
    "points_entries": _in(Section.LOYALTY, "change of points", _RULES),
    "points_lots": _in(Section.LOYALTY, "points", at="earned_at"),
    "purchases": _in(Section.PURCHASES, "purchase", "till or import"),
    "reactions": _in(Section.MESSAGES, "reaction", _CHAT),
    "recipient_tallies": _OTHERS,
    "recipients": _in(Section.SENT, "newsletter", _RULES),
    "referral_codes": _in(Section.LOYALTY, "link to bring somebody", _CHAT, at="made_at"),
    "referrals": _in(Section.LOYALTY, "somebody brought", _CHAT, without="referred_id"),
    "runs": _in(Section.MESSAGES, "dialogue", _CHAT, at="started_at", without="script_digest focus"),
    "schedules": _OTHERS,
    "scripts": _OTHERS,
    "segment_members": _in(Section.RECKONED, "segment", _RULES, at="since"),
    "sendings": _OTHERS,
    "settings": _OTHERS,
    "signals": _in(Section.RECKONED, "signal of possible disappointment", _NIGHT),
    "slots": _OTHERS,
    "staff": _not("is about staff"),
    "staff_messages": _in(Section.LOOKS, "shown to staff", _SELF, without="chat_id message_id ref pinned"),
    "staff_stores": _not("is about staff"),
    "stale_customers": _not("only says that her picture is to be drawn anew"),
    "tiers": _in(Section.LOYALTY, "tier", _RULES, at="since"),
    "topic_choices": _in(Section.CONSENTS, "topic of newsletters"),
    "topics": _in(Section.LOOKS, "topic in the staff group", _SELF, at="", without="chat_id thread_id"),
    "verbatim_themes": _in(Section.RECKONED, "theme of an answer", _RULES),
    "waves": _OTHERS,
}
"""By table."""

HIDDEN = frozenset(
    {"customer_id", "search", "first_id", "second_id", "kept_id", "earner_id", "company_id", "person_id"}
)
"""Columns that no item shows: ids inside, and those of others."""

BY_ROLE = frozenset({"staff_id", "owner_id", "answering_id", "redeemed_by"})
"""Columns that mean a member of staff: told as the role, since the name is not hers to have."""
