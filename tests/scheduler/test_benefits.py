"""Benefits fall due once, in turns, alike for alike members, and only to whom they may go; rules choose in silence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from bot.forum import Forum
from bot.staff_labels import Labels
from dialogues.giving import Giving
from dialogues.library import SHIPPED as SCRIPTS
from dialogues.library import Library
from domain.benefits import Benefit, Bond, Form, Give, Occasion
from domain.campaigns import Campaign
from domain.company import Company
from domain.coupons import CouponKind, shown_code
from domain.customers import Consent, Purpose
from domain.loyalty import Loyalty
from domain.memberships import held_out_of
from domain.points import PointsRules
from domain.programmes import Communication, Joining, Programme, ProgrammeKind, Tier, Told
from domain.rules import parse_rule
from scheduler.benefits import Benefits
from scheduler.chosen import Chosen
from store.benefits import benefit_costs, benefits_of
from store.cases import cases_of
from store.consents import give_consents
from store.coupons import coupons_of
from store.customers import add_customers
from store.database import Database
from store.memberships import count_members, join, leave, members
from store.not_served import ban_customer
from store.own_memberships import own_memberships
from store.points import balance_of
from store.tables import customers, outbox
from templates.words import SHIPPED, Words

COMPANY = Company(languages=("en", "fi"), timezone="UTC")
WORDS = Words.load([SHIPPED], COMPANY.languages)
NOW = dt.datetime(2027, 3, 2, 9, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def benefit(name: str, occasion: Occasion, give: Give = Give.WORDS, **values: object) -> Benefit:
    usual = {"say": {"en": f"Have {name}."}, "task": {"en": f"Bring {name}."} if give is Give.TASK else {}}
    made = Benefit(name, {"en": name}, Form.RELATIONSHIP, Bond.SOCIAL, give, occasion)
    return replace(made, **{**usual, **values})  # type: ignore[arg-type]


def club(*benefits: Benefit) -> Programme:
    return Programme(
        "club",
        published=True,
        title={"en": "Club"},
        points=PointsRules(),
        communication=Communication(messages=frozenset(Told)),
        tiers=(Tier("base", {"en": "Base"}),),
        benefits=benefits,
    )


def silent(**values: object) -> Programme:
    hush = Programme(
        "hush",
        ProgrammeKind.SILENT,
        published=True,
        title={"en": "Hush people"},
        rule=parse_rule('town = "Turku"'),
        benefits=(benefit("cake", Occasion.JOINING),),
    )
    return replace(hush, **values)  # type: ignore[arg-type]


def benefits(database: Database, programme: Programme, at_once: int = 2) -> Benefits:
    loyalty = Loyalty(programmes=(programme,))
    line = Forum(COMPANY, WORDS, Labels(WORDS, Library.load([SCRIPTS], COMPANY.languages)), None)
    return Benefits(database, COMPANY, loyalty, Giving(COMPANY, loyalty, WORDS, line), WORDS, at_once=at_once)


async def put(database: Database, ids: Sequence[int], joined: dt.datetime | None = NOW, **values: object) -> None:
    async with database.write() as tx:
        rows = [
            {
                "id": each,
                "chat_id": 1000 + each,
                "reach": "reachable",
                "met_at": NOW,
                "created_at": NOW,
                "name": f"C{each}",
            }
            | values
            for each in ids
        ]
        await add_customers(tx, rows)
        for each in ids if joined is not None else ():
            assert joined is not None
            await join(tx, each, "programme:club", joined, "chat")


async def day(job: Benefits, now: dt.datetime) -> None:
    """Do a whole day's work."""
    for _ in range(20):
        await job.tick(now)


async def had(database: Database, who: int) -> list[tuple[str, str]]:
    async with database.read() as tx:
        return [(each.benefit, each.ref) for each in await benefits_of(tx, who)]


async def test_joining_brings_its_benefit_once_whatever_is_ticked(database: Database) -> None:
    """Five members in steps of two; ticks again, and of another process, give nothing more; costs are kept."""
    await put(database, range(1, 6))
    programme = club(benefit("hello", Occasion.JOINING, Give.POINTS, points=50, say={}, cost=Decimal(3)))
    for now in (NOW, NOW, NOW + DAY):
        await day(benefits(database, programme), now)
    async with database.read() as tx:
        assert await benefit_costs(tx, "club") == {"hello": (5, 1500)}
        assert [(await balance_of(tx, who, "club", NOW)).usable for who in range(1, 6)] == [50] * 5
        assert len((await tx.scalars(select(outbox.c.id))).all()) == 5


async def test_who_leaves_and_joins_again_gets_no_second_welcome(database: Database) -> None:
    """Nor is another day of birth a second birthday in the same year."""
    await put(database, [1], birth_date=dt.date(1990, 3, 2))
    programme = club(
        benefit("hello", Occasion.JOINING, Give.POINTS, points=50, say={}), benefit("cake", Occasion.BIRTHDAY)
    )
    await day(benefits(database, programme), NOW)
    once = await had(database, 1)
    assert sorted(name for name, _ in once) == ["cake", "hello"]
    async with database.write() as tx:
        await leave(tx, 1, "programme:club", NOW + DAY)
        await join(tx, 1, "programme:club", NOW + DAY, "chat")
        await tx.execute(update(customers).values(birth_date=dt.date(1990, 3, 3)))
    await day(benefits(database, programme), NOW + DAY)
    assert await had(database, 1) == once


async def test_two_benefits_of_the_calendar_on_one_day_are_both_given(sqlite_database: Database) -> None:
    """Each has a line of its own, and so an occasion of its own."""
    await put(sqlite_database, [1], NOW - 100 * DAY)
    lines = (benefit("month", Occasion.CRON, cron="0 8 2 * *"), benefit("march", Occasion.CRON, cron="0 8 2 3 *"))
    await day(benefits(sqlite_database, club(*lines)), NOW)
    assert sorted(name for name, _ in await had(sqlite_database, 1)) == ["march", "month"]


async def test_birthday_benefits_take_turns_and_come_on_the_day(database: Database) -> None:
    """Each year the other one; nothing a week later; who has no birthday gets none."""
    await put(database, [1, 2], NOW - 100 * DAY, birth_date=dt.date(1990, 3, 2))
    await put(database, [3], NOW - 100 * DAY)
    programme = club(benefit("coffee", Occasion.BIRTHDAY), benefit("flower", Occasion.BIRTHDAY))
    for year in range(3):
        at = NOW.replace(year=2027 + year)
        await day(benefits(database, programme), at - DAY)
        await day(benefits(database, programme), at)
        await day(benefits(database, programme), at + DAY)
    turns = [("coffee", "birthday:2027-03-02"), ("flower", "birthday:2028-03-02"), ("coffee", "birthday:2029-03-02")]
    assert await had(database, 1) == turns
    assert await had(database, 2) == turns  # equal members get equal benefits
    assert await had(database, 3) == []


async def test_anniversary_and_calendar_come_at_their_time(sqlite_database: Database) -> None:
    """The day of joining each year, not in the first; the calendar's day for who was a member by then."""
    await put(sqlite_database, [1], NOW - 365 * DAY)
    await put(sqlite_database, [2], NOW)
    programme = club(benefit("year", Occasion.ANNIVERSARY), benefit("march", Occasion.CRON, cron="0 8 1 3 *"))
    await day(benefits(sqlite_database, programme), NOW)
    assert await had(sqlite_database, 1) == [("year", "anniversary:2027-03-02"), ("march", "cron-0a41c090:2027-03-01")]
    assert await had(sqlite_database, 2) == []


async def test_words_wait_for_who_can_be_reached_and_a_task_goes_to_staff(sqlite_database: Database) -> None:
    """Nothing is counted as given that nobody got; who is not served gets nothing at all."""
    await put(sqlite_database, [1, 2], reach="blocked")
    await put(sqlite_database, [3])
    async with sqlite_database.write() as tx:
        await ban_customer(tx, 3, "steals", None, NOW)
    programme = club(
        benefit("words", Occasion.JOINING), benefit("hour", Occasion.JOINING, Give.TASK, pool="tasks", say={})
    )
    await day(benefits(sqlite_database, programme), NOW)
    assert [name for name, _ in await had(sqlite_database, 1)] == ["hour"]
    assert await had(sqlite_database, 3) == []
    async with sqlite_database.read() as tx:
        (case,) = (await cases_of(tx, [1]))[1]
        assert case.summary == "Bring hour."


async def test_silent_programme_takes_in_whom_its_rule_means_and_names_itself_to_nobody(database: Database) -> None:
    """Not who objects, nor who is not served; her gift is advertising, so it needs her consent; then it is unnamed."""
    await put(database, range(1, 6), None, town="Turku")
    await put(database, [6], None, town="Oulu")
    async with database.write() as tx:
        yes = Consent(Purpose.MARKETING, True, "1", "test", NOW)
        await give_consents(tx, [(1, yes), (2, Consent(Purpose.PROFILING, False, "1", "test", NOW))])
        await ban_customer(tx, 3, "steals", None, NOW)
    loyalty = Loyalty(programmes=(silent(),))
    await Chosen(database, COMPANY, loyalty, WORDS, step=2).renew(NOW)
    async with database.read() as tx:
        assert [each.customer_id for each in await members(tx, "programme:hush")] == [1, 4, 5]
    await day(benefits(database, silent()), NOW)
    assert [await had(database, who) for who in (1, 4)] == [[("cake", "joining:once")], []]
    async with database.write() as tx:
        (payload,) = await tx.scalars(select(outbox.c.payload))
        assert "hush" not in str(payload).casefold()
        await give_consents(tx, [(4, Consent(Purpose.PROFILING, False, "2", "test", NOW))])
        assert [each.customer_id for each in await members(tx, "programme:hush")] == [1, 5]  # at once
        await ban_customer(tx, 5, "shouts", None, NOW)
    await Chosen(database, COMPANY, loyalty, WORDS, step=2).renew(NOW + DAY)
    async with database.read() as tx:
        assert [each.customer_id for each in await members(tx, "programme:hush")] == [1]


async def test_held_out_share_is_kept_apart_and_gets_nothing(sqlite_database: Database) -> None:
    """Drawn once: a second night draws nobody anew."""
    await put(sqlite_database, range(1, 301), None, town="Turku")
    loyalty = Loyalty(programmes=(silent(holdout=20),))
    counts = []
    for _ in range(2):
        await Chosen(sqlite_database, COMPANY, loyalty, WORDS).renew(NOW)
        async with sqlite_database.read() as tx:
            counts.append(await count_members(tx, ["programme:hush", held_out_of("hush")]))
    assert counts[0] == counts[1]
    assert sum(counts[0].values()) == 300
    assert 35 <= counts[0][held_out_of("hush")] <= 90


@pytest.mark.parametrize("consents", [True, False])
async def test_invitation_goes_once_to_whom_the_rule_means_and_who_takes_advertising(
    sqlite_database: Database, consents: bool
) -> None:
    """A second night asks nobody twice; without consent nothing goes."""
    await put(sqlite_database, [1], None, town="Turku")
    await put(sqlite_database, [2], None, town="Oulu")
    if consents:
        async with sqlite_database.write() as tx:
            await give_consents(tx, [(1, Consent(Purpose.MARKETING, True, "1", "test", NOW))])
    circle = replace(
        club(), name="circle", join=Joining.INVITATION, rule=parse_rule('town = "Turku"'), invitation={"en": "Come in!"}
    )
    for at in (NOW, NOW + 5 * DAY):
        await Chosen(sqlite_database, COMPANY, Loyalty(programmes=(circle,)), WORDS).renew(at)
    async with sqlite_database.read() as tx:
        sent = [str(each) for each in await tx.scalars(select(outbox.c.payload))]
    assert len(sent) == int(consents)
    assert all("Come in!" in each for each in sent)


async def test_own_data_tell_of_silent_programmes_and_of_what_chose_her(database: Database) -> None:
    """Honestly: that she is in, since when, by which rule with her own values; being held out, too."""
    await put(database, range(1, 30), None, town="Turku")
    hush = silent(holdout=50)
    await Chosen(database, COMPANY, Loyalty(programmes=(hush,)), WORDS).renew(NOW)
    async with database.read() as tx:
        (one,) = await own_memberships(tx, (await members(tx, "programme:hush"))[0].customer_id, [hush], at=NOW)
        assert (one.name, one.silent, one.held_out, one.since, one.source) == ("hush", True, False, NOW, "rule")
        assert one.why == 'town: "Turku" = "Turku" yes'
        (other,) = await own_memberships(tx, (await members(tx, held_out_of("hush")))[0].customer_id, [hush], at=NOW)
        assert other.held_out


async def test_coupon_comes_with_its_picture_and_none_when_its_campaign_is_over(sqlite_database: Database) -> None:
    """Its code stands in the message; a campaign that has ended gives nothing, and nothing is counted as given."""
    await put(sqlite_database, [1])
    gift = benefit("thanks", Occasion.JOINING, Give.COUPON, campaign="cake")
    running = Campaign("cake", CouponKind.BENEFIT, {"percent": 20}, {"en": "A fifth off"}, until=NOW.date() + 9 * DAY)
    for until, count in ((NOW.date() - DAY, 0), (NOW.date() + 9 * DAY, 1)):
        job = benefits(sqlite_database, club(gift))
        job._loyalty.campaigns = (replace(running, until=until),)
        await job.step(club(gift), Occasion.JOINING, "", 0, NOW)
        async with sqlite_database.read() as tx:
            mine = await coupons_of(tx, 1, NOW)
            assert len(mine) == len(await benefits_of(tx, 1)) == count
            sent = [str(each) for each in await tx.scalars(select(outbox.c.payload))]
    assert len(sent) == 1
    assert shown_code(mine[0].code) in sent[0]
    assert "qr:" in sent[0]
