"""How campaigns go: given, redeemed with its interval, what that has cost of the budget, and why tries were refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.campaigns import Campaign, campaign_named
from domain.coupons import TryOutcome
from insight.intervals import wilson
from store.campaigns import CampaignCount, CampaignStates, campaign_counts, campaign_states, campaign_tries
from store.database import Tx

_NO_REFUSALS = frozenset({TryOutcome.REDEEMED.value, TryOutcome.TAKEN_BACK.value})


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """
    One campaign; amounts are minor units of the company's currency.

    *low* and *high* bound the share of those given that were redeemed: Wilson's interval of 95 %, none without any.
    """

    name: str
    campaign: Campaign | None
    count: CampaignCount
    states: CampaignStates
    refused: Mapping[str, int] = field(default_factory=dict)
    low: float | None = None
    high: float | None = None

    @property
    def rate(self) -> float | None:
        """The share of those given that were redeemed."""
        return self.count.redeemed / self.count.issued if self.count.issued else None

    @property
    def budget(self) -> int | None:
        """What it may cost."""
        return self.campaign.limits.budget if self.campaign is not None else None

    def document(self) -> dict[str, Any]:
        """Give the line for `--json`."""
        count, limits = self.count, self.campaign.limits if self.campaign is not None else None
        return {
            "name": self.name,
            "kind": self.campaign.kind.value if self.campaign is not None else None,
            "issued": count.issued,
            "redeemed": count.redeemed,
            "open": self.states.open,
            "expired": self.states.expired,
            "revoked": self.states.revoked,
            "rate": self.rate,
            "low": self.low,
            "high": self.high,
            "spent_minor": count.spent,
            "budget_minor": limits.budget if limits is not None else None,
            "redemptions": limits.redemptions if limits is not None else None,
            "stopped_at": count.stopped_at.isoformat() if count.stopped_at is not None else None,
            "refused": dict(self.refused),
        }


async def campaign_lines(tx: Tx, campaigns: Sequence[Campaign], now: dt.datetime) -> list[CampaignLine]:
    """Return every campaign that has a file or has given a coupon, by name."""
    counts = {each.name: each for each in await campaign_counts(tx)}
    states, tries = await campaign_states(tx, now), await campaign_tries(tx)
    lines = []
    for name in sorted({*counts, *(each.name for each in campaigns)}):
        count = counts.get(name, CampaignCount(name, now))
        bounds = wilson(count.redeemed, count.issued) if count.issued else None
        lines.append(
            CampaignLine(
                name,
                campaign_named(campaigns, name),
                count,
                states.get(name, CampaignStates()),
                _refused(tries.get(name, {})),
                bounds.low if bounds is not None else None,
                bounds.high if bounds is not None else None,
            )
        )
    return lines


async def strange_tries(tx: Tx) -> Mapping[str, int]:
    """Count the tries with what is no coupon of ours, by outcome."""
    return _refused((await campaign_tries(tx)).get("", {}))


def _refused(tries: Mapping[str, int]) -> Mapping[str, int]:
    return {outcome: count for outcome, count in sorted(tries.items()) if outcome not in _NO_REFUSALS}
