"""Plans of surveys as staff write them: samples, rests, events and named audiences, each mistake with its remedy."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from domain.faults import Faults
from domain.rules import parse_rule
from domain.sampling import Sampling, Share, Size, Target
from scheduler.plans import SurveyPlan, load_plans

DAY = dt.timedelta(days=1)
RULES = {"car-dealer": parse_rule('kind = "consumer"')}
HEAD = '[[survey]]\ndialogue = "nps"\nschedule = "0 10 1 * *"\n'
AFTER = '[[survey]]\ndialogue = "nps"\nafter = "purchase"\n'


def load(folder: Path, text: str) -> tuple[SurveyPlan, ...]:
    """Write a plan file and read it."""
    (folder / "surveys.toml").write_text(text, encoding="utf-8")
    return load_plans([folder], ["nps", "csat"], RULES)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ('sample = { share = "20 %", by = "town", seed = 7 }', Sampling(Share(Decimal(20)), by="town", seed="7")),
        (
            'sample = { size = 500, by = "cars", equal = true, least = 30 }',
            Sampling(Size(500), by="cars", equal=True, least=30),
        ),
        ("sample = { target = 200 }", Sampling(Target(200))),
        (
            'sample = { target = 200, fieldwork = "10d", every = "1d" }\nrecontact = "90d"',
            Sampling(Target(200, 10 * DAY, DAY), recontact=90 * DAY),
        ),
        ('[survey.sample]\nshare = "12,5%"', Sampling(Share(Decimal("12.5")))),
        ('recontact = "90d"', Sampling(recontact=90 * DAY)),
        ("", None),
    ],
)
def test_a_sample_is_written_in_plain_words(tmp_path: Path, written: str, meant: Sampling | None) -> None:
    """A share, a number, or answers enough; in parts, with a seed, with a rest of its own."""
    (plan,) = load(tmp_path, HEAD + written)
    assert plan == SurveyPlan("nps", "0 10 1 * *", sampling=meant)


def test_one_dialogue_may_have_several_plans_and_wait_for_events(tmp_path: Path) -> None:
    """Each has a name of its own; an audience may be called by the name of its rule."""
    more = 'name = "dealers"\naudience = "car-dealer"\n'
    found = load(tmp_path, f'{HEAD}{HEAD}{more}{AFTER}name = "bought"\ndelay = "2d"\nrecontact = "30d"\n')
    assert [plan.key for plan in found] == ["nps", "dealers", "bought"]
    assert found[1].audience == 'kind = "consumer"'
    rest = Sampling(recontact=30 * DAY)
    assert found[2] == SurveyPlan("nps", "", name="bought", after="purchase", delay=2 * DAY, sampling=rest)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            HEAD + "sample = { share = 20 }",
            "4: survey[1].sample.share: 20 is not a share over 0 and up to 100 %; write",
        ),
        (HEAD + 'sample = { share = "120 %" }', '"120 %" is not a share'),
        (HEAD + 'sample = { share = "0 %" }', '"0 %" is not a share'),
        (HEAD + "sample = { size = 0 }", "4: survey[1].sample.size: 0 is not a whole number from 1"),
        (
            HEAD + "sample = { seed = 1 }",
            "4: survey[1].sample: says neither share, size nor target; write one of share",
        ),
        (HEAD + 'sample = { size = 5, share = "5 %" }', "4: survey[1].sample: has share and size; write one of"),
        (HEAD + "sample = { siz = 5 }", "siz: unknown key"),
        (HEAD + 'sample = { size = 5, fieldwork = "2d" }', "sample.fieldwork: is for a target only; remove it"),
        (HEAD + "sample = { size = 5, equal = true }", "sample.equal: is for strata only; remove it, or add by"),
        (HEAD + 'sample = { target = 5, by = "town", least = 2 }', "sample.least: does not go with a target"),
        (
            HEAD + 'sample = { size = 5, by = "birth_date" }',
            '"birth_date" divides customers into too many parts; write',
        ),
        (HEAD + 'sample = { target = 5, every = "0h" }', "sample.every: is no time for that"),
        (HEAD + 'delay = "2d"', "4: survey[1].delay: waits for no event; add after"),
        (HEAD + 'recontact = "5000d"', "4: survey[1].recontact: is longer than ten years"),
        (HEAD + 'audience = "car-daeler"', 'is no rule and no name of one; did you mean "car-dealer"?'),
        (HEAD + 'audience = "town ="', "survey[1].audience: "),
        (AFTER + 'schedule = "0 10 1 * *"', "4: survey[1].schedule: schedule does not go with after; keep one of them"),
        (AFTER + "sample = { size = 5 }", "4: survey[1].sample: sample does not go with after"),
        (AFTER.replace("purchase", "purchases"), '3: survey[1].after: "purchases" is not one of purchase, met'),
        (HEAD + HEAD, '5: survey[2].dialogue: "nps" has two plans; keep one of them, or give this one a name'),
    ],
)
def test_a_mistake_in_a_plan_is_told_with_its_line_and_remedy(tmp_path: Path, text: str, told: str) -> None:
    """Whoever wrote it can mend it without asking."""
    with pytest.raises(Faults) as caught:
        load(tmp_path, text)
    assert told in str(caught.value), caught.value
    assert len(caught.value.faults) == 1 or "siz" in text
