"""The file of referrals: `referrals/referrals.toml`, shipped or the company's own, which takes its place as a whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from pathlib import Path

import templates
from domain.documents import Table, read_document
from domain.documents_values import FLAG, SPAN, choice, integer, text
from domain.faults import FaultList, did_you_mean
from domain.referrals import Counts, ReferralRules, Thanks

SHIPPED = Path(templates.__file__).parent / "referrals"
FILE = "referrals.toml"
_NAME = text(most=64)


def read_referrals(
    content: Path | None, programmes: Collection[str], campaigns: Collection[str], faults: FaultList
) -> ReferralRules:
    """
    Read the company's file, or the shipped one where it has none; with a fault there are no referrals.

    *programmes* and *campaigns* are the names that thanks may give of.
    """
    own = content / "referrals" / FILE if content is not None else None
    path = own if own is not None and own.is_file() else SHIPPED / FILE
    before = len(faults)
    top = read_document(path.read_bytes(), f"{path.parent.name}/{path.name}", faults)
    if top is None:
        return ReferralRules()
    usual = ReferralRules()
    rules = ReferralRules(
        on=top.get("on", FLAG, True),
        counts=top.get("counts", choice(Counts), usual.counts),
        within=_within(top, usual.within),
        per_year=top.get("per_year", integer(1, 10_000), usual.per_year),
        thanks=_thanks(top.section("thanks"), programmes, campaigns),
        welcome=_thanks(top.section("welcome"), programmes, campaigns),
    )
    top.finish()
    return rules if len(faults) == before else ReferralRules()


def _within(top: Table, usual: dt.timedelta) -> dt.timedelta:
    within = top.get("within", SPAN, usual)
    if within < dt.timedelta(days=1):
        top.fault("within", "is too short for a friend to come", 'write days, such as "90d"')
    return within


def _thanks(table: Table, programmes: Collection[str], campaigns: Collection[str]) -> Thanks:
    thanks = Thanks(
        points=table.get("points", integer(0, 1_000_000), 0),
        programme=table.get("programme", _NAME, ""),
        campaign=table.get("campaign", _NAME, ""),
    )
    if thanks.points and not thanks.programme:
        table.fault("points", "belong to a programme", 'add programme = "..."')
    if thanks.programme and thanks.programme not in programmes:
        table.fault(
            "programme",
            f'"{thanks.programme}" is no open, published programme with points',
            _hint(thanks.programme, programmes),
        )
    if thanks.campaign and thanks.campaign not in campaigns:
        table.fault("campaign", f'there is no campaign "{thanks.campaign}"', _hint(thanks.campaign, campaigns))
    return thanks


def _hint(name: str, known: Collection[str]) -> str:
    return did_you_mean(name, sorted(known), otherwise="write the name of a file that there is")
