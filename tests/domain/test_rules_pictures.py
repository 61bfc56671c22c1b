"""Names of the nightly picture in rules: what they say, and slips that are told with what may be meant."""

from __future__ import annotations

import datetime as dt

import pytest

from domain.pictures import CustomerClass, Picture
from domain.rules import RuleError, evaluate, parse_rule
from domain.rules_customer import CustomerFacts
from domain.rules_pictures import PICTURE_NAMES, PICTURE_WORDS
from insight.ladder import Step

AT = dt.datetime(2027, 3, 28, 12, tzinfo=dt.UTC)
PICTURE = Picture(1, AT.date(), customer_class=CustomerClass.KEEP, stage="deepening", alive=80, clv=5001, share=0.3)


@pytest.mark.parametrize(
    ("text", "with_picture", "without"),
    [
        ('picture.class = "keep" and picture.stage in ("start", "deepening")', True, None),
        ('picture.class != "let_go"', True, None),
        ("picture.clv > 50 and picture.clv < 50.02", True, None),
        ("picture.share = 0.3 and picture.alive >= 80", True, None),
        ("picture.cluster = 1", None, None),
        ("has(picture.class) and not has(picture.step)", True, False),
        ('segment("families") and not segment("students")', True, False),
        ('contact_kind = "customer" and owner = 7', True, None),
    ],
)
def test_rules_ask_what_the_night_found(text: str, with_picture: bool | None, without: bool | None) -> None:
    """Where there is no picture, it is unknown; who is in no segment, is in none."""
    known = CustomerFacts(
        AT,
        attributes={"contact_kind": "customer", "owner": 7},
        picture=PICTURE,
        segments=frozenset({"families"}),
    )
    assert evaluate(parse_rule(text), known, AT) is with_picture
    assert evaluate(parse_rule(text), CustomerFacts(AT), AT) is without


@pytest.mark.parametrize(
    ("text", "column", "told"),
    [
        ('picture.clas = "keep"', 1, 'did you mean "picture.class"?'),
        ("visits() > 1 and picture.frequence > 3", 18, 'did you mean "picture.frequency"?'),
        ('picture.class = "kep"', 17, 'did you mean "keep"?'),
        ('"prospekt" != picture.step', 1, 'did you mean "prospect"?'),
        ('picture.stage in ("start", "middle")', 28, "it is one of acquisition, start"),
        ("picture.alive = yes", 1, "compare values of one kind"),
        ('picture.class > "keep"', 1, "use = or !="),
        ('kind = "consumr"', 8, 'did you mean "consumer"?'),
        ('contact_kind in ("media", "suplier")', 27, 'did you mean "supplier"?'),
        ('reach != "blokced"', 10, 'did you mean "blocked"?'),
        ("not has(picture.clss)", 9, 'did you mean "picture.class"?'),
        ("segment(families)", 9, 'write it in quotation marks: "families"'),
        ('segmnt("families")', 1, 'did you mean "segment"?'),
    ],
)
def test_slips_in_names_and_words_of_the_picture_are_told_at_their_column(text: str, column: int, told: str) -> None:
    """A rule that could never hold would else select nobody in silence."""
    with pytest.raises(RuleError) as caught:
        parse_rule(text)
    (mistake,) = caught.value.mistakes
    assert mistake.place.column == column
    assert told in mistake.remedy


def test_every_name_has_its_value() -> None:
    """No name of the list is forgotten, and the steps are those of the ladder."""
    for name in PICTURE_NAMES:
        assert evaluate(parse_rule(f"has({name})"), CustomerFacts(AT), AT) is False
    assert PICTURE_WORDS["picture.step"] == tuple(step.name.lower() for step in Step)
