"""Ages: the day before, the birthday, and 29 February."""

from __future__ import annotations

import datetime as dt

import pytest

from dialogues.birth_taps import choices, read_birth
from domain.clubs import Club, Fit, birthday

KIDS = Club("kids", from_age=6, until_age=12, guardian_under=11)
TODAY = dt.date(2027, 3, 2)


@pytest.mark.parametrize(
    ("birth", "fit"),
    [
        (dt.date(2021, 3, 3), Fit.TOO_YOUNG),
        (dt.date(2021, 3, 2), Fit.GUARDIAN),
        (dt.date(2016, 3, 3), Fit.GUARDIAN),
        (dt.date(2016, 3, 2), Fit.YES),
        (dt.date(2014, 3, 3), Fit.YES),
        (dt.date(2014, 3, 2), Fit.TOO_OLD),
    ],
)
def test_age_changes_on_the_birthday(birth: dt.date, fit: Fit) -> None:
    """Both bounds are inclusive whole years; a day makes the difference."""
    assert KIDS.fit(birth, TODAY) is fit


def test_leap_day_has_its_birthday_on_the_first_of_march_where_there_is_none() -> None:
    """The day of leaving is the first on which the age no longer fits, for every date of birth."""
    leap = dt.date(2016, 2, 29)
    assert (birthday(leap, 12), birthday(leap, 13)) == (dt.date(2028, 2, 29), dt.date(2029, 3, 1))
    for birth in (leap, dt.date(2016, 2, 28), dt.date(2016, 3, 1), dt.date(2016, 12, 31)):
        ends = KIDS.ends_on(birth)
        assert ends is not None
        assert KIDS.fit(ends - dt.timedelta(days=1), ends) is Fit.TOO_YOUNG
        assert (KIDS.fit(birth, ends - dt.timedelta(days=1)), KIDS.fit(birth, ends)) == (Fit.YES, Fit.TOO_OLD)


def test_date_of_birth_is_tapped_without_days_to_come() -> None:
    """From the decade to the day, and nothing else can be read from a button."""

    def labels(digits: str) -> list[str]:
        return [button.label for row in choices(digits, TODAY, "en", str) for button in row]

    assert labels("")[0] == "2020–2027"
    assert labels("202")[-1] == "2027"
    assert labels("2027") == ["January", "February", "March"]
    assert labels("202703") == ["1", "2"]
    assert labels("201602")[-1] == "29"
    assert labels("20160229") == ["✓ 29 February 2016"]
    assert [labels(wrong) for wrong in ("20150230", "201513", "x", "20270303", "2")] == [[]] * 5
    assert [read_birth(wrong, TODAY) for wrong in ("", "20150230", "18000101", "2015")] == [None] * 4
