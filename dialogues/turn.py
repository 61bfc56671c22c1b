"""One turn: what a batch of incoming messages makes, gathered and then written in a few bulk statements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.cases import Case
from domain.contacts import Channel, Contact, ContactKind, ContactState, Direction
from domain.customers import Consent, Customer, KnownFact
from domain.dialogues import Answer, Run, Script
from domain.facts import is_small
from domain.incoming import Words
from domain.messages import Act, Lane, Message, OnUnknown, Waiting, coordinates
from store.consent_texts import ConsentText, keep_texts
from store.consents import give_consents
from store.contacts import add_contacts
from store.customers import change_customers
from store.database import Tx
from store.facts import set_facts
from store.ids import new_id
from store.outbox import put
from store.runs import add_answers, add_runs, change_runs, keep_script


@dataclass(slots=True)
class Conversation:
    """One customer as the turn goes on: who she is, her open runs (the one in focus last), cases and facts."""

    customer: Customer
    runs: list[Run] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    around: Mapping[str, Any] = field(default_factory=dict)  # the moment and the company's languages

    @property
    def focus(self) -> Run | None:
        """The run that she is in."""
        return max(self.runs, key=lambda run: run.focus, default=None)

    @property
    def dialogue(self) -> Run | None:
        """The run that she is in if it is more than a small question, which never stands in the way."""
        return max((run for run in self.runs if not is_small(run.script_id)), key=lambda run: run.focus, default=None)

    @property
    def known(self) -> Mapping[str, Any]:
        """What conditions in scripts can name besides answers."""
        who = self.customer
        own = {"language": who.language, "kind": who.kind.value, "town": who.town, "company": who.company}
        return {**self.facts, **own, "open_cases": len(self.cases), **self.around}


@dataclass(slots=True)
class Turn:
    """The writes of one batch, in the order in which they were made."""

    now: dt.datetime
    contacts: list[Contact] = field(default_factory=list)
    rows: list[Waiting] = field(default_factory=list)
    new_runs: dict[int, Run] = field(default_factory=dict)
    changed_runs: dict[int, Run] = field(default_factory=dict)
    answers: list[tuple[int, Answer]] = field(default_factory=list)
    facts: list[tuple[int, KnownFact]] = field(default_factory=list)
    consents: list[tuple[int, Consent]] = field(default_factory=list)
    customers: dict[int, dict[str, Any]] = field(default_factory=dict)
    scripts: dict[str, Script] = field(default_factory=dict)
    consent_texts: list[ConsentText] = field(default_factory=list)

    def hear(self, customer: Customer, words: Words, kind: ContactKind, **context: Any) -> Contact:
        """Put her message on the timeline."""
        contact = Contact(
            id=new_id(),
            customer_id=customer.id,
            at=words.at,
            channel=Channel.TELEGRAM,
            direction=Direction.IN,
            kind=kind,
            text=words.text or _named(words),
            state=ContactState.RECEIVED,
            media=words.media,
            message_id=words.message_id,
            message_ids=words.message_ids,
            album=words.album,
            **context,
        )
        self.contacts.append(contact)
        return contact

    def say(
        self,
        customer: Customer,
        message: Message,
        kind: ContactKind,
        *,
        lane: Lane = Lane.REPLY,
        not_before: dt.datetime | None = None,
        **context: Any,
    ) -> None:
        """Put a message to her in the outbox, to go at once or *not_before* a later moment."""
        if customer.chat_id is None:
            return
        self.rows.append(
            Waiting(
                id=new_id(),
                act=Act.SEND,
                chat_id=customer.chat_id,
                lane=lane,
                kind=kind.value,
                message=message,
                created_at=self.now,
                not_before=not_before or self.now,
                customer_id=customer.id,
                **{"on_unknown": OnUnknown.NEVER_MISS, **context},
            )
        )

    def touch(self, act: Act, customer: Customer, message: Message = Message(), **context: Any) -> None:  # noqa: B008 - frozen
        """Put an act in the outbox that is no message: mark or clear an older one, answer a tap."""
        if customer.chat_id is None:
            return
        self.rows.append(
            Waiting(
                id=new_id(),
                act=act,
                chat_id=customer.chat_id,
                lane=Lane.REPLY,
                kind=act.value,
                message=message,
                created_at=self.now,
                not_before=self.now,
                customer_id=customer.id,
                **context,
            )
        )

    def keep_run(self, run: Run, answers: Sequence[Answer] = ()) -> None:
        """Write a run as it now stands, and new versions of its answers."""
        target = self.new_runs if run.id in self.new_runs else self.changed_runs
        target[run.id] = run
        self.answers += [(run.id, answer) for answer in answers]

    def change(self, customer_id: int, **values: Any) -> None:
        """Change columns of a customer."""
        self.customers.setdefault(customer_id, {}).update(values)

    async def flush(self, tx: Tx) -> None:
        """Write all, in the order that references need, and forget it."""
        for digest, script in self.scripts.items():
            await keep_script(tx, digest, script.id, script.version, script.source, self.now)
        await change_customers(tx, self.customers)
        await keep_texts(tx, self.consent_texts, self.now)
        await give_consents(tx, self.consents)
        await set_facts(tx, self.facts)
        await add_runs(tx, list(self.new_runs.values()))
        await change_runs(tx, list(self.changed_runs.values()))
        await add_answers(tx, self.answers)
        await add_contacts(tx, self.contacts)
        await put(tx, self.rows)
        for gathered in (self.scripts, self.customers, self.new_runs, self.changed_runs):
            gathered.clear()
        for listed in (self.consent_texts, self.consents, self.facts, self.answers, self.contacts, self.rows):
            listed.clear()


def _named(words: Words) -> str:
    if words.phone:
        return f"☎ {words.phone} {words.phone_name}".rstrip()
    if words.location:
        return f"{coordinates(words.location)} {words.venue}".rstrip()
    return words.other
