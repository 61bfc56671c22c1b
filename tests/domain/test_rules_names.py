"""Names in rules that no file goes by: told, with the one that may be meant, and never refused."""

from __future__ import annotations

import pytest

from domain.rules import RuleError, parse_rule
from domain.rules_names import Asked, NamesKnown, asked_of_store, unheard_of, unwritten_names

KNOWN = NamesKnown({"club:wine", "programme:kanta"}, {"kanta": ["silver", "gold"]})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('member("club:vine")', 'no file is of the membership "club:vine"; did you mean "club:wine"?'),
        ('not member("wine")', 'no file is of the membership "wine"; write "club:wine"'),
        ('points("kantta") = 0', 'no file is of the programme "kantta"; did you mean "kanta"?'),
        ('tier("kanta") = "glod"', 'the programme "kanta" has no tier "glod"; did you mean "gold"?'),
        ('"x" != tier("kanta")', 'the programme "kanta" has no tier "x"; its tiers are silver, gold'),
        ('tier("kanta") in ("gold", "slver")', 'the programme "kanta" has no tier "slver"; did you mean "silver"?'),
    ],
)
def test_slip_in_a_name_of_files_is_told(text: str, told: str) -> None:
    """A slip selects nobody, or with "not" everybody, in silence."""
    (found,) = unwritten_names(parse_rule(text, about_customers=True).root, KNOWN)
    assert f"{found.problem}; {found.remedy}" == told


def test_names_of_files_are_no_slips() -> None:
    """Nothing is said of what there is, nor of the empty tier of who has none."""
    rule = parse_rule('member("club:wine") and tier("kanta") in ("gold", "") and points("kanta") > 5')
    assert unwritten_names(rule.root, KNOWN) == ()


def test_words_are_found_that_only_a_store_knows() -> None:
    """Groups, products, services, towns and languages, wherever they stand."""
    rule = parse_rule(
        'purchases(12m, "tea") = 0 and every_due("oil", after="car") and town in ("Turku") or "fi" = language'
    )
    found = [(each.kind, each.word) for each in asked_of_store(rule.root)]
    assert found == [("goods", "tea"), ("goods", "oil"), ("goods", "car"), ("town", "Turku"), ("language", "fi")]
    slip = unheard_of(Asked("goods", "cofee", rule.root), ["coffee", "tea"])
    assert (slip.problem, slip.remedy) == ('no product group or product is "cofee" so far', 'did you mean "coffee"?')


@pytest.mark.parametrize(("text", "meant"), [("visits(12m) => 3", ">="), ("visits(12m) =< 3", "<=")])
def test_turned_comparison_is_told_as_it_is_written(text: str, meant: str) -> None:
    """Both signs the wrong way round are a usual slip."""
    with pytest.raises(RuleError, match=f"is no comparison; write {meant}"):
        parse_rule(text)
