"""Every table of the customer store. Upgrading an empty database must give exactly these."""

from store.schema import metadata
from store.tables_dialogues import answers, case_events, cases, runs, scripts, verbatim_themes
from store.tables_people import (
    consents,
    contact_edits,
    contacts,
    customers,
    facts,
    memberships,
    purchases,
    reactions,
    signals,
    topic_choices,
)
from store.tables_road import inbox, outbox, settings
from store.tables_sendings import (
    clicks,
    exclusions,
    holds,
    invitations,
    recipient_tallies,
    recipients,
    schedules,
    sendings,
    slots,
    waves,
)
from store.tables_staff import audit, staff, staff_messages, topics

__all__ = [
    "answers",
    "audit",
    "case_events",
    "cases",
    "clicks",
    "consents",
    "contact_edits",
    "contacts",
    "customers",
    "exclusions",
    "facts",
    "holds",
    "inbox",
    "invitations",
    "memberships",
    "metadata",
    "outbox",
    "purchases",
    "reactions",
    "recipient_tallies",
    "recipients",
    "runs",
    "schedules",
    "scripts",
    "sendings",
    "settings",
    "signals",
    "slots",
    "staff",
    "staff_messages",
    "topic_choices",
    "topics",
    "verbatim_themes",
    "waves",
]
