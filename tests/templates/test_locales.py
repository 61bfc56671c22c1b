"""Days as people of each language write them."""

from __future__ import annotations

import datetime as dt
import zoneinfo

from templates.locales import date

ZONE = zoneinfo.ZoneInfo("Europe/Helsinki")
MONDAY = dt.date(2027, 1, 4)


def test_day_on_which_something_happens_is_inflected_in_finnish_on_sundays_too() -> None:
    """It answers the question *when*, each day of the week alike; a day that is only named stays as it is."""
    week = [MONDAY + dt.timedelta(days=days) for days in range(7)]
    assert [date(day, "fi", ZONE, "EEEE") for day in week] == [
        *("maanantaina", "tiistaina", "keskiviikkona", "torstaina", "perjantaina", "lauantaina", "sunnuntaina")
    ]
    assert date(week[-1], "fi", ZONE, "EEEE d.M.") == "sunnuntaina 10.1."
    assert date(week[-1], "fi", ZONE, "cccc d.M.") == "sunnuntai 10.1."
    assert date(week[-1], "fi", ZONE, "full") == "sunnuntai 10. tammikuuta 2027"
    assert date(week[-1], "en", ZONE, "EEEE d MMMM") == "Sunday 10 January"
