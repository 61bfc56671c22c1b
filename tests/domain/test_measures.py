"""Measures over purchases: the boundaries of every window, receipt, group, span and bill."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from domain.durations import parse_duration
from domain.measures import window_start
from domain.money import major_units
from domain.purchases import Purchase
from domain.rules import evaluate, parse_rule
from domain.rules_customer import CustomerFacts, Membership

HELSINKI = ZoneInfo("Europe/Helsinki")
AT = dt.datetime(2027, 3, 28, 12, tzinfo=HELSINKI)

CAR_DEALER = 'kind = "consumer" and every_due("maintenance") and bought("car") >= 2'
PHONE_COMPANY = 'kind = "consumer" and average_monthly(12m, group="phone") > 50'
MAGAZINE = 'unbroken("magazine") > 3y'
DEPARTMENT_STORE = "visits(12m) >= 20 and average_purchase(12m) > 50 and product_groups(12m) > 5"


def line(
    day: str, amount: str = "10", group: str = "", *, receipt: str = "", quantity: str = "1", product: str = ""
) -> Purchase:
    at = dt.datetime.fromisoformat(day).replace(tzinfo=HELSINKI)
    minor = int(Decimal(amount) * 100)
    return Purchase(receipt or day, at, minor, "EUR", group=group, quantity=Decimal(quantity), product=product)


def verdict(text: str, *lines: Purchase, at: dt.datetime = AT, **known: object) -> bool | None:
    facts = CustomerFacts(at, attributes={"kind": "consumer", **known}, purchases=lines)
    return evaluate(parse_rule(text), facts, at)


@pytest.mark.parametrize(
    ("day", "counts"),
    [
        ("2027-01-31 00:00", True),  # day 56
        ("2027-01-31 12:00", True),
        ("2027-01-30 23:59", False),  # day 57
        ("2027-03-28 12:00", True),
        ("2027-03-28 12:01", False),  # later than the verdict
    ],
)
def test_window_includes_its_first_day_and_not_the_one_before(day: str, counts: bool) -> None:
    """Till offers look back 8 weeks: day 56 counts, day 57 not (L5); the future never counts."""
    assert verdict("purchases(8w) = 1", line(day)) is counts


def test_window_of_hours_is_exact() -> None:
    """20 hours are 20 hours, whatever the calendar says; the clock changed in this night."""
    assert window_start(AT, parse_duration("12h")) == dt.datetime(2027, 3, 27, 23, tzinfo=HELSINKI)


def test_window_beyond_the_calendar_includes_everything() -> None:
    """A silly window is a long one."""
    assert verdict("purchases(9999y) = 1", line("2027-01-01"))


def shop(visits: int, amount: str, groups: int) -> list[Purchase]:
    days = [(AT - dt.timedelta(days=n + 1)).strftime("%Y-%m-%d") for n in range(visits)]
    return [line(day, amount, f"g{n % groups}") for n, day in enumerate(days)]


@pytest.mark.parametrize(
    ("visits", "amount", "groups", "loyal"),
    [(20, "50.01", 6, True), (19, "50.01", 6, False), (20, "50.00", 6, False), (20, "50.01", 5, False)],
)
def test_department_store_takes_20_visits_over_50_euros_over_5_groups(
    visits: int, amount: str, groups: int, loyal: bool
) -> None:
    """At least includes its bound, over does not (K4)."""
    assert verdict(DEPARTMENT_STORE, *shop(visits, amount, groups)) is loyal


def test_visit_is_a_receipt_however_many_lines_it_has() -> None:
    """Three lines of one receipt are one visit, and its average is their sum; a mere return is no visit."""
    bought = [line("2027-03-01", "20", receipt="a"), line("2027-03-01", "30.01", receipt="a")]
    returned = line("2027-03-02", "-10", receipt="b")
    assert verdict("visits(12m) = 1 and average_purchase(12m) = 50.01 and average(12m) = 50.01", *bought)
    assert verdict("visits(12m) = 1 and spent(12m) = 40.01 and purchases() = 2", *bought, returned)


def test_return_takes_back_the_group_and_the_quantity() -> None:
    """What came back was not bought."""
    lines = [line("2027-03-01", "20", "wine", quantity="2"), line("2027-03-02", "-20", "wine", quantity="2")]
    assert verdict('bought("wine") = 0 and product_groups() = 0 and spent() = 0', *lines)


def test_average_without_a_visit_is_unknown_and_sums_are_nothing() -> None:
    """No purchases are known to be none; their average is not."""
    assert verdict("average_purchase(12m) > 50") is None
    assert verdict('spent() = 0 and visits() = 0 and bought("x") = 0') is True
    assert verdict('days_since("purchase") > 1') is None


def test_money_in_another_currency_is_left_out() -> None:
    """Kronor are no euros."""
    other = Purchase("r", AT, 99_00, "SEK")
    assert verdict("spent() = 10 and average_purchase() = 10 and visits() = 2", line("2027-03-01"), other)


@pytest.mark.parametrize(("bills", "amount", "loyal"), [(12, "50.01", True), (12, "50.00", False), (11, "99", None)])
def test_phone_company_takes_an_average_of_12_bills_over_50_euros(bills: int, amount: str, loyal: bool | None) -> None:
    """With fewer than 12 bills nobody knows (K4)."""
    months = [f"{2026 + (n + 3) // 12}-{(n + 3) % 12 + 1:02}-15" for n in range(bills)]
    lines = [line(day, amount, "phone") for day in months]
    assert verdict(PHONE_COMPANY, *lines, line("2027-03-01", "500", "handset")) is loyal


def test_average_bill_counts_lines_of_one_bill_together() -> None:
    """A bill of several lines is one bill."""
    lines = [line(f"2026-{month:02}-15", "30", "phone", receipt=str(month)) for month in range(1, 13)]
    lines += [line(f"2026-{month:02}-15", "20.01", "phone", receipt=str(month)) for month in range(1, 13)]
    at = dt.datetime(2027, 1, 1, tzinfo=HELSINKI)
    assert verdict(PHONE_COMPANY, *lines, at=at) is True


@pytest.mark.parametrize(
    ("lines", "today", "loyal"),
    [
        ([("2024-03-01", 36), ("2027-03-01", 12)], "2027-03-01", False),  # exactly three years
        ([("2024-03-01", 36), ("2027-03-01", 12)], "2027-03-02", True),
        ([("2024-03-01", 12), ("2025-03-02", 36)], "2027-03-02", False),  # one day unpaid
        ([("2024-03-01", 12), ("2025-03-02", 48)], "2028-03-03", True),  # and the new three years over
        ([("2024-03-01", 12), ("2025-03-01", 36)], "2027-03-02", True),
        ([("2020-03-01", 48)], "2027-03-02", False),  # lapsed long ago
        ([("2020-03-01", 48)], "2024-03-01", True),  # the day on which it may be renewed
        ([("2020-03-01", 48)], "2024-03-02", False),
        ([], "2027-03-02", False),
        ([("2020-01-31", 1)] + [(f"2020-{m:02}-28", 1) for m in range(2, 13)], "2021-01-15", False),
    ],
)
def test_magazine_takes_an_unbroken_subscription_over_three_years(
    lines: list[tuple[str, int]], today: str, loyal: bool
) -> None:
    """Exactly three years is not over three years; a one-day gap starts again (K4)."""
    at = dt.datetime.fromisoformat(today).replace(hour=12, tzinfo=HELSINKI)
    paid = [line(day, "60", "magazine", quantity=str(months)) for day, months in lines]
    assert verdict(MAGAZINE, *paid, at=at) is loyal


def test_subscription_in_years_says_so() -> None:
    """A line of quantity 1 may pay for a year."""
    lines = [line("2023-03-01", "60", "magazine"), line("2024-03-01", "60", "magazine", quantity="4")]
    assert verdict('unbroken("magazine", each=1y) > 3y', *lines) is True
    assert verdict('unbroken("magazine") > 1m', *lines) is False


@pytest.mark.parametrize(
    ("services", "done"),
    [
        (["2025-03-01", "2026-03-01", "2027-02-28"], True),
        (["2025-03-01", "2026-03-02", "2027-02-28"], False),  # a day late
        (["2025-03-01", "2026-03-01"], False),  # the last one is missing
        (["2025-03-28", "2026-03-28"], True),  # due today, so in time
        (["2027-03-01"], True),
        ([], None),
    ],
)
def test_car_dealer_takes_every_service_in_time_and_two_cars(services: list[str], done: bool | None) -> None:
    """One service late, one missing, or never one: no, no, nobody knows (K4)."""
    cars = [line("2024-01-01", "20000", "car"), line("2026-01-01", "20000", "car")]
    serviced = [line(day, "300", "maintenance") for day in services]
    assert verdict(CAR_DEALER, *cars, *serviced) is done
    if done:
        assert verdict(CAR_DEALER, *cars[1:], *serviced) is False
        assert verdict(CAR_DEALER, *cars, *serviced, kind="company") is False


def test_services_may_be_counted_from_the_purchase_of_the_car() -> None:
    """The first service is due a while after the car was bought."""
    car = line("2024-03-01", "20000", "car")
    rule = 'every_due("maintenance", every=24m, after="car")'
    assert verdict(rule, car, line("2026-03-01", group="maintenance")) is True
    assert verdict(rule, car, line("2026-03-02", group="maintenance")) is False
    assert verdict(rule, line("2026-03-02", group="maintenance")) is None


def test_dates_are_those_of_the_companys_zone() -> None:
    """Half past midnight in Helsinki is a new day, though it is not in UTC."""
    late = Purchase("r", dt.datetime(2027, 3, 26, 22, 30, tzinfo=dt.UTC), 100, "EUR")
    assert verdict('days_since("purchase") = 1', late) is True
    assert verdict('since("purchase") >= 1d and since("purchase") < 2d', late) is True


def test_clubs_consents_tags_and_contacts() -> None:
    """What she belongs to, agreed to and last said."""
    facts = CustomerFacts(
        AT,
        attributes={"tags": ["vip"], "open_cases": 0, "language": None},
        facts={"nps": 6, "language": "sv"},
        memberships=(Membership("club:wine", AT - dt.timedelta(1)), Membership("club:tea", AT - dt.timedelta(9), AT)),
        consents=frozenset({"marketing"}),
        last_contact_at=AT - dt.timedelta(days=3),
    )
    holding = (
        'member("club:wine") and not member("club:tea") and not member("club:golf")',
        'consent("marketing") and not consent("surveys")',
        'tag("vip") and not tag("v") and "vip" in tags',
        'days_since("contact") = 3 and open_cases = 0',
        'nps <= 6 and fact.nps = 6 and fact.language = "sv" and not has(language)',
    )
    for text in holding:
        assert evaluate(parse_rule(text), facts, AT) is True, text


def test_minor_units_become_major_ones_by_the_currency() -> None:
    """Yen have no cents."""
    assert (major_units(5001, "EUR"), major_units(5001, "JPY"), major_units(5001, "KWD")) == (
        Decimal("50.01"),
        Decimal(5001),
        Decimal("5.001"),
    )
