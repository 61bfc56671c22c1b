"""What a sending brought about, gathered for staff's page, its picture and the command line: counted, then judged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from domain.company import Company
from domain.effects import ClickKind, Doings, Followed, SendingEffects
from domain.languages import in_language
from domain.newsletters import Measure, Newsletter, Sending, SendingState
from insight.effects import Lift, Outcome, judge, lift
from scheduler.links import targets_of_content
from store import sendings
from store.database import Tx
from store.effects import effects_of
from store.experiments import Look, look_at

DAYS = 14
"""For how long after the last message what customers do is counted, where nobody says otherwise."""
OF_MESSAGE = ("clicked", "replied", "reacted", "bought", "blocked", "opted_out", "complained")
UNWELCOME = frozenset({"blocked", "opted_out", "complained"})
_MEASURED: Mapping[Measure, str] = {
    Measure.CLICKS: "clicked",
    Measure.REPLIES: "replied",
    Measure.PURCHASES: "bought",
}


@dataclass(frozen=True, slots=True)
class Measured:
    """
    What one sending brought about until *days* after its last message, or up to now.

    *lift* is None without a hold-out group. *look* is what decided the experiment or was left to staff, *outcome* the
    judgement of it; both None where there is no experiment, or before its time: nobody peeks.
    """

    sending: Sending
    newsletter: Newsletter | None
    effects: SendingEffects
    days: int
    lift: Lift | None = None
    look: Look | None = None
    outcome: Outcome | None = None
    links: tuple[str, ...] = ()

    @property
    def is_too_early(self) -> bool:
        """Whether its variants are still being tried: then they are not told apart, not even by a curious eye."""
        trying = self.newsletter is not None and self.newsletter.experiment is not None
        return trying and self.look is None and self.sending.decided_at is None and not self.sending.state.is_over

    def label_of(self, followed: Followed, language: str) -> str:
        """Name a button by its text, a link by where it leads."""
        place = int(followed.target) if followed.target.isdecimal() else -1
        if followed.kind is ClickKind.LINK:
            if 0 <= place < len(self.links):
                return self.links[place].removeprefix("https://").removeprefix("http://")
        elif self.newsletter is not None and 0 <= place < len(self.newsletter.buttons):
            labels, _ = self.newsletter.buttons[place]
            return in_language(labels, language, next(iter(labels)))
        return f"{followed.kind.value} {followed.target}"


async def measure(
    tx: Tx, company: Company, sending: Sending, newsletter: Newsletter | None, now: dt.datetime, *, days: int = DAYS
) -> Measured:
    """Count and judge what *sending* brought about; it may read every recipient, so do it beside the road."""
    ends = now if sending.finished_at is None else min(now, sending.finished_at + dt.timedelta(days=days))
    effects = await effects_of(tx, sending, company.currency, ends)
    look = await look_at(tx, sending.id)
    if look is None and newsletter is not None and newsletter.experiment is not None:
        look = _look_at_the_end(sending, newsletter, effects)
    return Measured(
        sending,
        newsletter,
        effects,
        days,
        lift(effects.assigned, effects.held_out) if effects.assigned and effects.held_out else None,
        look,
        judge(look.counts) if look is not None else None,
        targets_of_content(await sendings.content_of(tx, sending.id)),
    )


def _look_at_the_end(sending: Sending, newsletter: Newsletter, effects: SendingEffects) -> Look | None:
    """Look where everybody was on trial and all is over: there was nobody left to decide for."""
    experiment = newsletter.experiment
    if experiment is None or sending.state is not SendingState.FINISHED:
        return None
    counts = {name: effects.got.get(name, Doings()) for name in experiment.variants}
    did = _MEASURED[experiment.measure]
    return Look(
        effects.until, experiment.measure, {name: (getattr(doings, did), doings.n) for name, doings in counts.items()}
    )
