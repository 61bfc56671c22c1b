"""`vuoro audience`: the numbers, the people and the reasons of a rule, shipped or one's own."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from bot.rule_files import load_rules
from domain.customers import KnownFact
from domain.purchases import Purchase
from store.database import Tx
from store.facts import set_facts
from store.purchases import add_purchases
from store.settings import get_setting
from tests.bot.commands_scene import START, Scene, scene


@pytest.fixture
def vuoro(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sqlite_url: str, tmp_path: Path
) -> Scene:
    """A company with four customers."""
    return scene(capsys, monkeypatch, sqlite_url, tmp_path)


async def _scores(tx: Tx) -> None:
    await set_facts(tx, [(1, KnownFact("nps", 9, "test", START)), (3, KnownFact("nps", 10, "test", START))])


async def _shopping(tx: Tx) -> None:
    """Ann has twenty receipts of 50.01 from six groups, Bo of exactly 50."""
    for customer_id, cents in ((1, 5001), (2, 5000)):
        lines = [
            Purchase(f"{customer_id}-{n}", START - dt.timedelta(days=n + 1), cents, "EUR", group=f"g{n % 6}")
            for n in range(20)
        ]
        await add_purchases(tx, [(customer_id, each) for each in lines])


def test_counts_add_up_and_unknown_stays_unknown(vuoro: Scene) -> None:
    """For whom it holds, who of them would not be written to and why, and for whom nobody knows."""
    vuoro.store(_scores)
    found = vuoro("audience", "nps >= 9", "--json").document
    assert found == {"rule": "nps >= 9", "count": 2, "excluded": {"left_bot": 1}, "unknown": 2}
    assert "2 customers; for 2 it is unknown" in vuoro("audience", "nps >= 9", "--count").out


def test_shipped_criteria_meet_their_bounds(vuoro: Scene) -> None:
    """The department store's rule takes over 50 a visit, not 50 (K4); as of an earlier day, nobody."""
    vuoro.store(_shopping)
    listed = vuoro("audience", "department-store", "--list", "--at", "2026-03-02", "--json").document
    assert [each["name"] for each in listed["customers"]] == ["Ann Smith"]
    assert vuoro("audience", "department-store", "--at", "2026-02-20", "--json").document["count"] == 0
    for name in ("car-dealer", "phone-company", "magazine"):
        assert vuoro("audience", name, "--json").document["count"] == 0, name


def test_why_tells_every_term_and_what_it_would_take(vuoro: Scene) -> None:
    """A seller can tell a customer how far she is."""
    vuoro.store(_shopping)
    found = vuoro("audience", "department-store", "--why", "502", "--at", "2026-03-02", "--json").document
    assert (found["customer"], found["verdict"]) == ("502", False)
    average = found["trace"][1]
    assert average == {
        "term": "average_purchase(12m)",
        "value": "50.00",
        "unit": "EUR",
        "test": "> 50",
        "holds": False,
    }
    shown = vuoro("audience", "department-store", "--why", "Bo", "--at", "2026-03-02")
    assert "Bo Berg: no" in shown.out
    assert "50.00 EUR" in shown.out
    assert "it would take: average_purchase(12m): 0.01 EUR more on average" in shown.out
    assert vuoro("audience", "department-store", "--why", "Zoe").code == 1


def test_excluded_lists_each_with_the_reason(vuoro: Scene) -> None:
    """The why-not list before a newsletter goes (N2)."""
    found = vuoro("audience", 'language = "en"', "--excluded", "--json").document["customers"]
    assert [(each["name"], each["excluded"]) for each in found] == [("Cecilia", "left_bot"), ("Dan", "no_consent")]
    plain = vuoro("audience", 'language = "en"', "--excluded", "--purpose", "none")
    assert plain.out == "503\tCecilia\t\tleft_bot\n"


def test_own_rule_wins_over_the_shipped_one_without_a_restart(vuoro: Scene, tmp_path: Path) -> None:
    """Criteria are edited as files; a broken one is told with its line."""
    folder = tmp_path / "content" / "rules"
    folder.mkdir(parents=True)
    (folder / "magazine.rule").write_text('# ours\nlanguage = "en"\n', encoding="utf-8")
    assert vuoro("audience", "magazine", "--json").document["count"] == 4
    (folder / "magazine.rule").write_text('# ours\nlanguage = = "en"\n', encoding="utf-8")
    broken = vuoro("audience", "magazine", "--json")
    assert (broken.code, broken.out) == (1, "")
    assert broken.err.startswith("rules/magazine.rule:2: column 12")


def test_broken_rule_file_stops_no_other_rule(vuoro: Scene, tmp_path: Path) -> None:
    """What is wrong with it is told as a warning beside the answer; `vuoro check` refuses it."""
    folder = tmp_path / "content" / "rules"
    folder.mkdir(parents=True)
    (folder / "broken.rule").write_text("visits(12m >= 3\n", encoding="utf-8")
    for asked, count in (('language = "en"', 4), ("car-dealer", 0)):
        found = vuoro("audience", asked, "--json")
        assert (found.code, found.document["count"]) == (0, count)
        assert found.err.startswith("warning: rules/broken.rule:1: column 12")
    refused = vuoro("audience", "broken")
    assert refused.code == 1
    assert "warning" not in refused.err
    assert "rules/broken.rule:1" in vuoro("check").err


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["car-daeler"], 1, 'did you mean "car-dealer"?'),
        (["visits(12m) >>= 3"], 1, "rule:1: column 14"),
        (["vip"], 1, "nobody has a fact of that name"),
        (['segment("studnets")'], 1, 'unknown segment "studnets"'),
        (['said("delivry")'], 1, 'did you mean "delivery"?'),
        (['picture.class = "kep"'], 1, 'column 17 at ""kep"": picture.class is never "kep"; did you mean "keep"?'),
        (["number = 1001"], 1, 'column 1 at "number = 1001": number is a text, 1001 is a number'),
        (["language = 5"], 1, 'a text stands in quotation marks: "5"'),
        (["town > 3"], 1, 'a text stands in quotation marks: "3"'),
        (['language > "fi"'], 1, "texts, yes and no have no order"),
        (
            ["birth_date < 1980-01-01"],
            1,
            'column 14 at "1980-01-01": this is a subtraction; a date stands in quotation',
        ),
        (["kind = company"], 1, 'column 8 at "company": company is a name here; a text stands in quotation marks'),
        (["spent(12m) > 50,00"], 1, "write the number with a decimal point: 50.00"),
        (["regulars"], 1, 'write segment("regulars")'),
        (["gone-quiet"], 1, 'write segment("gone-quiet")'),
        (["magazine", "--at", "yesterday"], 2, "write 2027-03-01"),
        ([], 2, "Missing argument"),
    ],
)
def test_slips_are_told(vuoro: Scene, words: list[str], code: int, told: str) -> None:
    """A name that nobody has is told, not counted as nobody."""
    result = vuoro("audience", *words, "--json")
    assert (result.code, result.out) == (code, "")
    assert told in result.err


def test_unknown_fact_is_noted_beside_the_numbers(vuoro: Scene) -> None:
    """It may come one day, so it is no refusal."""
    result = vuoro("audience", 'lanugage = "en"')
    assert result.code == 0
    assert 'did you mean "language"?' in result.err
    assert 'a text stands in quotation marks: "Tampere"' in vuoro("audience", "town = Tampere").err
    assert vuoro("audience", 'birth_date < "1980-01-01" and since(birth_date) > 18y and "vip" in tags').code == 0


def test_measure_that_nobody_keeps_is_noted_for_the_next_night(vuoro: Scene) -> None:
    """What is asked once is asked again: from the next night on it is at hand."""
    assert vuoro("audience", 'bought("tea") >= 1 and visits(3h) >= 1').code == 0
    assert vuoro.store(lambda tx: get_setting(tx, "asked measures")).keys() == {'bought(group="tea")'}


def test_the_four_criteria_are_shipped() -> None:
    """K4: they are files that can be read and copied."""
    assert set(load_rules(None)) >= {"car-dealer", "phone-company", "magazine", "department-store"}


def test_names_that_nothing_goes_by_are_noted_and_not_refused(vuoro: Scene, tmp_path: Path) -> None:
    """A slip in a group, a language or a club selects everybody or nobody in silence; it may also come tomorrow."""
    vuoro.store(_shopping)
    for asked, told in (
        ('purchases(12m, "g11") = 0', 'note: no product group or product is "g11" so far; did you mean "g1"?'),
        ('language = "suomi"', 'note: no customer\'s language is "suomi" so far; so nobody has it yet'),
        ('not member("club:vini")', 'note: no file is of the membership "club:vini"'),
    ):
        found = vuoro("audience", asked)
        assert (found.code, told in found.err) == (0, True), found.err
    assert vuoro("audience", 'purchases(12m, "g1") > 0 and language = "fi"').err == ""
    folder = tmp_path / "content" / "rules"
    folder.mkdir(parents=True)
    (folder / "ours.rule").write_text('# ours\npurchases(12m, "g11") = 0\nor points("kantta") > 1\n', encoding="utf-8")
    vuoro.news('+++\ntitle = "News"\naudience = \'bought("gg2") > 1\'\n+++\nHello\n')
    vuoro.config(more='[telegram]\ntoken = "123456789:' + "A" * 35 + '"\n')
    checked = vuoro("check")
    assert checked.code == 0, checked.err
    assert 'note: rules/ours.rule:2: column 1 at "purchases(12m, "g11") = 0": no product group' in checked.err
    assert 'note: rules/ours.rule:3: column 4 at "points("kantta") > 1": no file is of the programme' in checked.err
    assert 'note: news.en.j2:3: audience: no product group or product is "gg2" so far' in checked.err
    assert "magazine" not in checked.err
