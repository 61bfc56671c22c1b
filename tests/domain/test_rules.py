"""The rule language: what reads, what it becomes, and how mistakes are told."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.documents import read_document
from domain.faults import FaultList
from domain.rules import RULE, Known, Rule, RuleError, Type, check_rule, evaluate, names_in, parse_rule, read_rule
from domain.rules_check import Mistake
from domain.rules_tree import written

AT = dt.datetime(2027, 3, 28, 12, tzinfo=dt.UTC)
DESIGN = (
    "visits(12m) >= 20 and average_purchase(12m) > 50 and product_groups(12m) > 5",
    'kind = "consumer" and every_due("maintenance") and bought("car") >= 2',
    'average_monthly(12m, group="phone") > 50',
    'unbroken("magazine") > 3y',
    'language in ("fi", "sv") and not member("club:wine") and nps <= 6 and open_cases = 0',
)


def told(text: str) -> str:
    with pytest.raises(RuleError) as caught:
        parse_rule(text)
    return str(caught.value)


@pytest.mark.parametrize("text", DESIGN)
def test_rules_of_the_design_read_and_are_written_back_word_for_word(text: str) -> None:
    """Reading loses nothing."""
    assert written(parse_rule(text).root) == text


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("not a and b or c", "((not a) and b) or c"),
        ("a or b and c", "a or (b and c)"),
        ("not a = 1", "not (a = 1)"),
        ("a - b - c = 0", "(a - b) - c = 0"),
        ("a - b * c = 0", "a - (b * c) = 0"),
        ("x not in (1, 2)", "not x in (1, 2)"),
        ("a == 1", "a = 1"),
        ("a <> 1 and b ≥ 2", "a != 1 and b >= 2"),
        ("a = 'x'", 'a = "x"'),
        ("a\n  and # why\n  b", "a and b"),
        ("true and no", "yes and false"),
    ],
)
def test_two_ways_to_write_it_mean_the_same(text: str, same: str) -> None:
    """Precedence is that of school: not, and, or; times before plus."""
    assert parse_rule(text) == parse_rule(same)


def test_words_that_begin_like_keywords_are_names() -> None:
    """Andorra is no and."""
    assert names_in(parse_rule("android or notice and order.no in (1,) and yesterday")) == {
        "android",
        "notice",
        "order.no",
        "yesterday",
    }


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "column 1 at its end: the rule is empty; write a condition, or yes for everyone"),
        ("a and", "column 6 at its end: the rule breaks off; go on with a value"),
        ("(a", 'column 3 at its end: the rule breaks off; go on with ")"'),
        ("a)", 'column 2 at ")": ")" does not fit here; expected the end'),
        ("a and or b", 'column 7 at "or b": "or" does not fit here; expected a value'),
        ("a AND b", 'column 3 at "AND b": "AND" is not understood; write "and" in small letters'),
        ("a && b", '"&" has no meaning in a rule; write "and"'),
        ("x = “a”", "use straight quotation marks"),
        ('x = "abc', 'column 5 at ""abc": a text is not closed; close the text'),
        ("visits(12m >= 20", 'column 12 at ">= 20": ">=" does not fit here; expected "," or ")"'),
        ("1 < x < 5", 'column 7 at "< 5": "<" does not fit here; expected the end, "and" or "or"'),
        ("a in ()", 'column 7 at ")": ")" does not fit here; expected a value'),
        ("x > 1.23456789", "too long a number; use at most 12 digits before the point and 6 after it"),
        ("vists(12m) > 1", 'unknown function "vists"; did you mean "visits"?'),
        ("visits()", "visits() is a number, and yes or no is needed here; compare it, for example visits() >= 1"),
        ("5 in ticked", "5 is no text; a list holds texts; put it in quotation marks"),
        ('visits(12m) > "x"', 'visits(12m) is a number, "x" is a text: they cannot be compared; leave out'),
        ("visits(12) > 1", 'visits: argument "window": 12 is not a duration such as 12m'),
        ("visits(12m, 3, window=3m) > 1", "visits takes no further argument; write visits(window)"),
        ("visits(12m, window=3m) > 1", 'the argument "window" is given twice; keep one of them'),
        ("visits(wndow=12m) > 1", 'visits has no argument "wndow"; did you mean "window"?'),
        ("bought() > 1", 'bought lacks its argument "group"; write bought(group, window)'),
        ("bought(car) > 1", 'car is not a text such as "wine"; write it in quotation marks: "car"'),
        ("average_monthly(8w) > 1", "8w is not a duration in months or years"),
        ("days_since(purchase) > 3", 'purchase is an event, no name; write days_since("purchase")'),
        ('days_since("birthday") > 3', "write it without quotation marks: birthday"),
        (
            'unbroken("x") > 3',
            "is a length of time, 3 is a number: they cannot be compared; compare it",
        ),
        ('unbroken("x") > 20h', "they cannot be compared; compare it with a duration in days, weeks, months or years"),
        ('days_since("purchase") > 3m', "or write since(...) for months and years"),
        ("birthday > 18y", "birthday cannot be compared with a duration; write since(birthday)"),
        ("a = unknown", "a comparison with unknown is never yes or no; write not has(a)"),
        ('a < "b"', "texts, yes and no have no order; use = or !=, or in (...)"),
        ("a = (b = c)", "a comparison is compared; join two comparisons with and"),
        ('a + "b" = 1', '"b" is a text, and one cannot calculate with it; use numbers around + - * /'),
        ('"yes" and a', '"yes" is a text, and yes or no is needed here'),
        ("a in (1, 2d)", "a cannot be compared with a duration"),
        ("not " * 50 + "a", "the rule is nested more than 40 deep; use fewer brackets"),
        ("a or " * 900 + "a", "signs, and 4000 are allowed; split it"),
    ],
)
def test_mistake_is_told_with_its_column_what_is_wrong_and_what_to_write(text: str, fault: str) -> None:
    """The writer of a rule is no programmer: each message leads to the place and to the remedy."""
    assert fault in told(text)


def test_several_mistakes_of_one_rule_are_told_together() -> None:
    """All that can be found is found at once, in written order."""
    lines = told('vists(12m) > 1 and\n  visits("x") = "y"').splitlines()
    assert [line.split(": ")[0] for line in lines] == ["rule:1", "rule:2", "rule:2"]


def test_unknown_names_are_found_with_the_one_that_was_meant() -> None:
    """`vuoro check` tells a misspelt name before a customer is asked."""
    names = {"score": Type.NUMBER, "town": Type.TEXT, "birthday": Type.DATE, "ticked": Type.LIST}
    rule = parse_rule('scor > 1 and has(twn) and kind = consumer and fact.birthday < "2000-01-01" and "a" in ticked')
    problems = [(m.problem, m.remedy, m.place.column) for m in check_rule(rule, names)]
    assert problems[0] == ('unknown name "scor"', 'did you mean "score"?', 1)
    assert problems[1] == ('unknown name "twn"', 'did you mean "town"?', 18)
    assert problems[3][1].startswith('if it is a word, write "consumer"; known here: birthday, score')
    assert len(problems) == 4


@pytest.mark.parametrize(
    "text",
    ['score = "five"', "town > 3", "birthday > 5", "ticked = 1", 'score in (1, "b")', "town", "score in ticked"],
)
def test_known_types_show_comparisons_that_can_never_be(text: str) -> None:
    """What the catalogue of names knows is used before the rule runs."""
    names = {"score": Type.NUMBER, "town": Type.TEXT, "birthday": Type.DATE, "ticked": Type.LIST}
    assert check_rule(parse_rule(text), names)


def test_rule_in_a_file_is_told_by_the_files_own_line() -> None:
    """A rule of several lines in TOML leads to the very line."""
    faults = FaultList()
    table = read_document('id = "x"\nwhen = """\nscore > 1\nand vists(3m) > 2\n"""\nelse = "a ="\n', "n.toml", faults)
    assert table is not None
    table.get("when", RULE)
    table.get("else", RULE)
    assert [str(fault) for fault in faults.faults] == [
        'n.toml:4: when: column 5 at "vists(3m) > 2": unknown function "vists"; did you mean "visits"?',
        "n.toml:6: else: column 4 at its end: the rule breaks off; go on with a value",
    ]


def test_rule_file_gives_the_rule_or_its_faults() -> None:
    """A rule file counts its lines from where the rule begins."""
    faults = FaultList()
    assert read_rule("score > 1", "a.rule", faults) == parse_rule("score > 1")
    assert read_rule("scor > 1", "a.rule", faults, line=3, names={"score": Type.NUMBER}) is None
    assert str(faults.faults[0]).startswith('a.rule:3: column 1 at "scor > 1": unknown name "scor"')


def test_sign_that_no_store_can_hold_is_a_mistake_of_the_rule() -> None:
    """PostgreSQL takes neither a NUL nor half a character, wherever the rule was written."""
    for sign in ("\0", "\udce4"):
        rule, mistakes = read_or_mistakes(f'score > 1 or\ntown = "a{sign}"')
        assert rule is None
        assert [(mistake.place.line, mistake.place.column) for mistake in mistakes] == [(2, 10)]


PIECES = [*"ab=<>()'\"123dmy.+-*/, #\n", " and ", " or ", " not ", " in ", "visits(", "12m", "unknown"]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
@settings(max_examples=400)
def test_any_text_is_a_rule_or_has_a_told_mistake(text: str) -> None:
    """No text makes a traceback; what reads also writes back as the same rule and gives a verdict."""
    rule, mistakes = read_or_mistakes(text)
    assert all(mistake.problem and mistake.remedy for mistake in mistakes)
    if rule is not None:
        assert parse_rule(written(rule.root)) == rule
        assert evaluate(rule, Known({}), AT) in {True, False, None}


def read_or_mistakes(text: str) -> tuple[Rule | None, tuple[Mistake, ...]]:
    try:
        return parse_rule(text), ()
    except RuleError as error:
        return None, error.mistakes
