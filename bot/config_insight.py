"""Reading the config's section [insight]: the night, RFM, value, share, lifetime value, and the limits of standings."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from decimal import Decimal

from domain.clusters import MOST
from domain.documents import Table
from domain.documents_values import (
    DURATION,
    TEXT,
    TIME,
    Kind,
    MisfitError,
    choice,
    decimal,
    integer,
    list_of,
    matching,
    one_of,
    shown,
)
from domain.durations import Duration, Unit
from domain.rules import CUSTOMER_RULE
from insight.classes import ClassLimits
from insight.ladder import Ladder
from insight.lifecycle import ActionRules, LifecycleLimits
from insight.rfm import INDEPENDENT, NESTED, SCORES, CutPoints, Scheme
from insight.settings import InsightRules, Per, ShareRule, ValueBy

OWN = "own"
_WHOLE = 10_000
_FACT = matching(r"[a-z][a-z0-9_]{0,39}", "a fact's name", '"food_budget"')
_DAYS = integer(1, 36_500)
_TOPICS = list_of(matching(r"[a-z0-9_-]{1,64}", "a topic's name", '"offers"'), distinct=True)


def _read_window(value: object) -> Duration:
    window = DURATION.read(value)
    if window.unit not in {Unit.DAYS, Unit.WEEKS, Unit.MONTHS, Unit.YEARS} or window.amount < 1:
        raise MisfitError(f"{shown(value)} is no window of days", 'write days, weeks, months or years, as in "12m"')
    return window


def _read_margin(value: object) -> int:
    share = decimal(-1, 1).read(value)
    if share * _WHOLE != int(share * _WHOLE):
        raise MisfitError(f"{shown(value)} has more than four places", "write 0.3 or 0.1825")
    return int(share * _WHOLE)


def _read_clusters(value: object) -> int | None:
    return None if value == "auto" else integer(1, MOST).read(value)


_WINDOW = Kind("a window", '"12m"', Duration(12, Unit.MONTHS), _read_window)
_CLUSTERS: Kind[int | None] = Kind(f'"auto" or a whole number from 1 to {MOST}', '"auto"', None, _read_clusters)
_MARGIN = Kind("a share from -1 to 1", "0.3", 0, _read_margin)


def read_insight(table: Table) -> InsightRules:
    """Read the section; all faults are noted, and what is left out has its default."""
    default = InsightRules()
    return InsightRules(
        night=table.get("night", TIME, default.night),
        rfm=_scheme(table),
        window=table.get("window", _WINDOW, default.window),
        margin=table.get("margin", _MARGIN, default.margin),
        margins=table.section("margins").mapping(_MARGIN),
        value=table.get("value", choice(ValueBy), default.value),
        value_cuts=_value_cuts(table, default.value_cuts),
        loyal=table.get("loyal", CUSTOMER_RULE, None),
        share=_share(table.maybe_table("share")),
        horizon=table.get("horizon", integer(1, 20), default.horizon),
        rate=float(table.get("rate", decimal(0, 1), Decimal(str(default.rate)))),
        clusters=table.get("clusters", _CLUSTERS, default.clusters),
        lifecycle=_lifecycle(table.section("lifecycle")),
        classes=_classes(table.section("classes")),
        ladder=_ladder(table.section("ladder")),
        actions=_actions(table.section("actions")),
    )


def _scheme(table: Table) -> Scheme:
    named = table.get("rfm", one_of(INDEPENDENT.name, NESTED.name, OWN), INDEPENDENT.name)
    cuts = table.maybe_table("cuts")
    own = _cut_points(cuts) if cuts is not None and cuts.keys else None
    if named == OWN and own is None and (cuts is None or not cuts.keys):
        table.fault("rfm", "has no cut points", "add [insight.cuts] with recency, frequency and monetary")
    if named == OWN and own is not None:
        return Scheme(OWN, own)
    return NESTED if named == NESTED.name else INDEPENDENT


def _cut_points(table: Table) -> CutPoints | None:
    whole, money = list_of(integer(0)), list_of(decimal())
    recency: tuple[int, ...] = table.get("recency", whole)
    frequency: tuple[int, ...] = table.get("frequency", whole)
    monetary: tuple[Decimal, ...] = table.get("monetary", money)
    fits = [_rises(table, name, cuts) for name, cuts in (("recency", recency), ("frequency", frequency))]
    if not all((*fits, _rises(table, "monetary", monetary))):
        return None
    return CutPoints(_four(recency), _four(frequency), (monetary[0], monetary[1], monetary[2], monetary[3]))


def _rises(table: Table, name: str, cuts: Sequence[int | Decimal]) -> bool:
    """Say whether those are four rising cut points, and note it where they are not."""
    if len(cuts) == SCORES - 1 and all(low < high for low, high in itertools.pairwise(cuts)):
        return True
    if cuts:
        table.fault(name, "are not four rising cut points", "write four, each above the one before")
    return False


def _four(cuts: tuple[int, ...]) -> tuple[int, int, int, int]:
    return cuts[0], cuts[1], cuts[2], cuts[3]


def _value_cuts(table: Table, default: tuple[float, float]) -> tuple[float, float]:
    found: tuple[Decimal, ...] = table.get("value_cuts", list_of(decimal(0, 1)), ())
    if "value_cuts" not in table:
        return default
    if len(found) != 2 or found[0] >= found[1]:
        table.fault("value_cuts", "are not two rising shares", "write for A and for A with B, as in [0.5, 0.8]")
        return default
    return float(found[0]), float(found[1])


def _share(table: Table | None) -> ShareRule | None:
    if table is None or not table.keys:
        return None
    default = ShareRule("", "")
    return ShareRule(table.get("group", TEXT), table.get("fact", _FACT), table.get("per", choice(Per), default.per))


def _lifecycle(table: Table) -> LifecycleLimits:
    default = LifecycleLimits()
    return LifecycleLimits(
        start_visits=table.get("start_visits", integer(1, 1000), default.start_visits),
        start_days=table.get("start_days", _DAYS, default.start_days),
        rhythm_visits=table.get("rhythm_visits", integer(2, 1000), default.rhythm_visits),
        broken_gaps=float(table.get("broken_gaps", decimal(1, 100), Decimal(str(default.broken_gaps)))),
        least_silence=table.get("least_silence", _DAYS, default.least_silence),
        silence=table.get("silence", _DAYS, default.silence),
        low_nps=table.get("low_nps", integer(0, 10), default.low_nps),
        low_satisfaction=table.get("low_satisfaction", integer(1, 5), default.low_satisfaction),
        declined_days=table.get("declined_days", _DAYS, default.declined_days),
        signal_days=table.get("signal_days", _DAYS, default.signal_days),
    )


def _classes(table: Table) -> ClassLimits:
    default = ClassLimits()
    return ClassLimits(
        active_days=table.get("active_days", _DAYS, default.active_days),
        reaction_days=table.get("reaction_days", _DAYS, default.reaction_days),
    )


def _actions(table: Table) -> ActionRules:
    default = ActionRules()
    return ActionRules(
        offer_topics=table.get("offer_topics", _TOPICS, default.offer_topics),
        dearer=float(table.get("dearer", decimal(1, 100), Decimal(str(default.dearer)))),
        usual_receipts=table.get("usual_receipts", integer(1, 1000), default.usual_receipts),
    )


def _ladder(table: Table) -> Ladder:
    default = Ladder()
    return Ladder(
        client_visits=table.get("client_visits", integer(1, 1000), default.client_visits),
        supporter_nps=table.get("supporter_nps", integer(0, 10), default.supporter_nps),
        advocate_referrals=table.get("advocate_referrals", integer(1, 1000), default.advocate_referrals),
    )
