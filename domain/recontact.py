"""How long a customer is left in peace between two surveys: by survey, by kind of score, and between any two."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Rest:
    """Nobody is asked who was asked to one of `scripts` (None: to any survey of ours) less than `span` ago."""

    span: dt.timedelta
    scripts: frozenset[str] | None = None

    def holds_back(self, asked: Mapping[str, dt.datetime], now: dt.datetime) -> bool:
        """Say whether one who was last *asked* then, by script, still has her rest at *now*."""
        times = [at for script, at in asked.items() if self.scripts is None or script in self.scripts]
        return bool(times) and now - max(times) < self.span


@dataclass(frozen=True, slots=True)
class InvitingRules:
    """
    How often one customer is asked, and how long an invitation is tried.

    `same` is the least time between two askings to one survey, unless the survey has its own; `any` between any two
    surveys of ours; `kinds` between any two whose score is of that kind ("nps", "csat", "ces"). After a closed case
    only `any` counts: each case is a reason of its own.
    """

    same: dt.timedelta = dt.timedelta(days=60)
    any: dt.timedelta = dt.timedelta(days=7)
    kinds: Mapping[str, dt.timedelta] = field(default_factory=dict)
    retry: dt.timedelta = dt.timedelta(hours=1)
    give_up: dt.timedelta = dt.timedelta(days=7)

    def rests_for(
        self,
        script_id: str,
        *,
        own: dt.timedelta | None = None,
        kind: str = "",
        of_kind: Collection[str] = (),
        after_case: bool = False,
    ) -> tuple[Rest, ...]:
        """
        Give every rest that somebody must have had before she is asked to a survey.

        *own* is what the survey itself or its plan says, *kind* that of its score, *of_kind* the surveys of that kind.
        """
        rests = [Rest(self.any)]
        same = own if own is not None else None if after_case else self.same
        if same is not None:
            rests.append(Rest(same, frozenset({script_id})))
        if kind in self.kinds and not after_case:
            rests.append(Rest(self.kinds[kind], frozenset({script_id, *of_kind})))
        return tuple(rest for rest in rests if rest.span)
