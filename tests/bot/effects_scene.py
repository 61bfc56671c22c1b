"""What a sending of a thousand might have brought about, made up once for tests of pages, pictures and the command."""

from __future__ import annotations

import datetime as dt

from bot.effects import Measured
from domain.effects import ClickKind, Doings, Followed, SendingEffects
from domain.messages import Button
from domain.newsletters import Experiment, Measure, Newsletter, Sending, SendingState
from insight.effects import judge, lift
from store.experiments import Look

SINCE = dt.datetime(2027, 3, 2, 8, tzinfo=dt.UTC)
UNTIL = SINCE + dt.timedelta(days=14)
A = Doings(450, clicked=45, replied=9, reacted=20, opted_out=2, bought=40, orders=44, amount=176_000, squares=8.8e8)
B = Doings(450, clicked=81, replied=12, reacted=25, blocked=1, bought=52, orders=60, amount=250_000, squares=1.4e9)
ASSIGNED = Doings(960, blocked=1, opted_out=3, complained=1, bought=98, orders=110, amount=450_000, squares=2.5e9)
HELD_OUT = Doings(240, opted_out=1, bought=11, orders=11, amount=44_000, squares=2.0e8)
_LINK = ClickKind.LINK
COUNTS = {"a": (45, 450), "b": (81, 450)}


def measured(*, held_out: Doings | None = HELD_OUT) -> Measured:
    """Two variants, a button and a link, and a hold-out group."""
    button = ({"en": "Ask us", "fi": "Kysy meiltä"}, Button("", tap="m.question"))
    newsletter = Newsletter(
        "spring", "", {"en": "Hello"}, "abc", title="Spring news", buttons=(button,), experiment=Experiment(("a", "b"))
    )
    sending = Sending(40, "spring", "abc", SendingState.FINISHED, SINCE, started_at=SINCE, winner="b", decided_at=UNTIL)
    effects = SendingEffects(
        SINCE,
        UNTIL,
        {"a": A, "b": B},
        ASSIGNED if held_out is not None else None,
        held_out,
        (
            Followed(ClickKind.LINK, "0", 80, 95),
            Followed(ClickKind.BUTTON, "0", 60, 61),
            Followed(ClickKind.LINK, "7", 1, 1),
        ),
        starts=7,
        newcomers=4,
    )
    compared = lift(ASSIGNED, held_out) if held_out is not None else None
    look = Look(SINCE, Measure.CLICKS, COUNTS, "b", by_chance=False)
    return Measured(sending, newsletter, effects, 14, compared, look, judge(COUNTS), ("https://shop.example/new",))
