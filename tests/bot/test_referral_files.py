"""The file of referrals: thanks name what there is, and never a programme that nobody may hear of."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.content_loyalty import read_loyalty
from domain.faults import FaultList
from domain.referrals import Thanks


@pytest.mark.parametrize(("kind", "points", "fits"), [("open", "[points]\n", True), ("silent", "", False)])
def test_thanks_give_points_of_open_programmes_only(tmp_path: Path, kind: str, points: str, fits: bool) -> None:
    """The title of a silent one would stand in the thanks; one without points has none to give."""
    for folder in ("programmes", "referrals"):
        (tmp_path / folder).mkdir()
    (tmp_path / "programmes" / "club.toml").write_text(f'published = true\nkind = "{kind}"\n{points}')
    (tmp_path / "referrals" / "referrals.toml").write_text('[thanks]\npoints = 5\nprogramme = "club"\n')
    faults = FaultList()
    rules = read_loyalty(tmp_path, ("en",), faults).referrals
    told = [each.problem for each in faults.faults if "referrals.toml" in each.where]
    assert (rules.thanks == Thanks(5, "club")) is fits
    assert bool(told) is not fits
    assert all("is no open, published programme with points" in line for line in told)
