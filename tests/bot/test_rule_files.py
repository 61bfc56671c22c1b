"""Rule files in a running program: changed ones are in use after the next look, wherever they are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config import Config
from bot.content import load_content
from bot.reloading import Refused, Reloading
from bot.rule_files import load_rules
from domain.company import Company
from domain.documents_values import MisfitError
from domain.faults import Faults
from domain.rules import RuleError, parse_rule
from scheduler.newsletter_front import AUDIENCE

PLAN = '[[survey]]\ndialogue = "nps"\nschedule = "0 10 1 * *"\naudience = "{}"\n'


async def test_changed_rule_is_live_without_a_restart_and_a_broken_one_is_not_taken(tmp_path: Path) -> None:
    """K4: criteria are edited as files; surveys that name a rule, and the night, see it as it is now."""
    told: list[str] = []

    async def taken() -> None:
        told.append("taken")

    async def refused(found: Refused) -> None:
        told.append(str(found.faults[0]))

    rules, plans = tmp_path / "rules", tmp_path / "plans"
    rules.mkdir()
    plans.mkdir()
    (plans / "ours.toml").write_text(PLAN.format("magazine"), encoding="utf-8")
    config = Config(tmp_path, company=Company(name="Aurora", languages=("en",)), content=tmp_path)
    content = load_content(config)
    mine, seen_by_the_night = content.plans, content.rules
    assert parse_rule(mine[0].audience) == load_rules(None)["magazine"]

    reloading = Reloading(config, content, lambda _: None, taken, refused)
    (rules / "magazine.rule").write_text(
        '# ours is\n# stricter\nunbroken("magazine") > 5y # and not 3\n', encoding="utf-8"
    )
    await reloading.read()
    assert (mine[0].audience, str(seen_by_the_night["magazine"])) == ('unbroken("magazine") > 5y',) * 2

    (rules / "magazine.rule").write_text("unbroken(magazine) > 5y\n", encoding="utf-8")
    await reloading.read()
    assert mine[0].audience == 'unbroken("magazine") > 5y'
    assert told[0] == "taken"
    assert told[1].startswith('rules/magazine.rule:1: column 10 at "magazine) > 5y"')


def test_every_shipped_rule_may_be_named_as_an_audience() -> None:
    """It is kept as one line, in which its comments would swallow the rest."""
    for name, rule in load_rules(None).items():
        assert parse_rule(str(rule)) == rule, name


def test_attributes_have_types_only_where_a_rule_is_about_customers() -> None:
    """In rule files, segments and audiences a number is a text; in a dialogue the same name may be an answer."""
    assert parse_rule("number = 1001 and kind > 3").text
    with pytest.raises(RuleError, match="number is a text, 1001 is a number"):
        parse_rule("number = 1001", about_customers=True)
    with pytest.raises(MisfitError, match="number is a text"):
        AUDIENCE.read("number = 1001")
    assert AUDIENCE.read('number = "1001"') == 'number = "1001"'


def test_rule_file_with_a_type_that_does_not_fit_is_faulty(tmp_path: Path) -> None:
    """It is told with its line and column."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "mine.rule").write_text("# ours\nbirth_date < 1980-01-01\n")
    with pytest.raises(Faults, match=r'mine\.rule:2: column 14 .* stands in quotation marks: "1980-01-01"'):
        load_rules(tmp_path)
