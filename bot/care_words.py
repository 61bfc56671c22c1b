"""A care plan in words: its year as a picture's page, and planned against done line by line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.cards import shortened
from bot.care_account import CareDay
from bot.care_lines import ICONS
from bot.pictures_care import LINES, LONGEST_LINE, CareCell, CarePage, Standing
from domain.care import CarePlan, Row, planned, row_of
from domain.company import Company
from domain.languages import in_language
from templates.markup import Safe
from templates.words import Words


def care_page(
    plan: CarePlan, year: int, days: Sequence[CareDay], company: Company, words: Words, language: str
) -> CarePage:
    """Lay out the picture of a year."""
    first = company.default_language
    rows = tuple((words.plain(f"care.row.{row.value}", language), _cells(days, row)) for row in Row)
    return CarePage(
        words.plain("care.chart_title", language, title=in_language(plan.title, language, first) or plan.name),
        words.plain("care.chart_subtitle", language, year=year, n=len(planned(plan, year))),
        tuple(words.plain("care.month.names", language).split()),
        rows,
        words.plain("care.chart_legend", language),
        tuple(_lines(days, words, language, first)),
    )


def _lines(days: Sequence[CareDay], words: Words, language: str, first: str) -> list[str]:
    """Write a line for each day; of more days than the page has lines one for each action, with how often it comes."""
    by_action: dict[str, list[CareDay]] = {}
    for day in days:
        by_action.setdefault(day.action, []).append(day)
    each_day = len(days) <= LINES
    groups = [[day] for day in days] if each_day else list(by_action.values())
    shown = groups if len(groups) <= LINES else groups[: LINES - 1]
    longest = LONGEST_LINE if len(shown) > LINES // 2 else 2 * LONGEST_LINE
    found = []
    for group in shown:
        at = words.plain("care.chart_day", language, at=group[0].day)
        done, targets = sum(day.done for day in group), sum(day.targets for day in group)
        share = f" {done}/{targets}" if targets else ""
        begins = f"{at} " if each_day else f"{len(group)}× "
        found.append(begins + shortened(group[0].title(language, first), longest - len(begins + share)) + share)
    if len(shown) < len(groups):
        found.append(words.plain("care.chart_more", language, n=len(groups) - len(shown)))
    return found


def _cells(days: Sequence[CareDay], row: Row) -> tuple[CareCell | None, ...]:
    found: list[CareCell | None] = []
    for month in range(1, 13):
        here = [day for day in days if day.day.month == month and row_of(day.channel) is row]
        found.append(_cell(here) if here else None)
    return tuple(found)


def _cell(days: Sequence[CareDay]) -> CareCell:
    """Write the day of the month, or how many there are; fill it by what is done of those who are to have it."""
    label = str(days[0].day.day) if len(days) == 1 else f"{len(days)}×"
    left_out = sum(sum(day.skipped.values()) for day in days)
    targets = sum(day.targets for day in days) - left_out
    done = sum(day.done for day in days)
    if not any(day.state is not None for day in days):
        return CareCell(label)
    standing = Standing.LATE if any(day.late or day.missed for day in days) else Standing.UNDER_WAY
    return CareCell(label, done / targets if targets > 0 else 0.0, standing)


def calendar_lines(plan: CarePlan, year: int, words: Words, language: str) -> list[str]:
    """Write a year as channels by months for a screen of 80 columns: several days of a month below one another."""
    days: dict[tuple[Row, int], list[str]] = {}
    for action, day in planned(plan, year):
        days.setdefault((row_of(action.channel), day.month), []).append(str(day.day))
    names = {row: words.plain(f"care.row.{row.value}", language) for row in Row}
    wide = max(map(len, names.values()))

    def line(name: str, cells: Iterable[str]) -> str:
        return (f"{name:<{wide}}" + "".join(f"{cell:>5}" for cell in cells)).rstrip()

    found = [line(str(year), words.plain("care.month.names", language).split()), "─" * (wide + 60)]
    for row in Row:
        columns = [days.get((row, month), []) for month in range(1, 13)]
        for place in range(max(1, *map(len, columns))):
            cells = (column[place] if place < len(column) else "" for column in columns)
            found.append(line("" if place else names[row], cells))
    return found


def plan_text(
    plan: CarePlan, year: int, days: Sequence[CareDay], company: Company, words: Words, language: str
) -> Safe:
    """Write planned against done, a line for each day; as Telegram HTML."""
    first = company.default_language
    lines = [
        words.html(
            "care.day",
            language,
            icon=ICONS[day.channel],
            at=day.day,
            title=day.title(language, first),
            told=_told(day, words, language),
        )
        for day in days
    ]
    done, targets = sum(day.done for day in days), sum(day.targets for day in days)
    sums = words.html("care.sums" if targets else "care.sums_none", language, done=done, targets=targets)
    title = in_language(plan.title, language, first) or plan.name
    return words.html(
        "care.plan", language, title=title, year=year, on=plan.on, lines=Safe("\n").join(lines), sums=sums
    )


def _told(day: CareDay, words: Words, language: str) -> str:
    if not day.targets:
        return words.plain(f"care.missed_{day.state.value}", language) if day.state is not None and day.missed else ""
    return words.plain(
        "care.done_of",
        language,
        done=day.done,
        targets=day.targets,
        held=day.held,
        open=day.open,
        late=day.late,
        failed=day.failed,
        skipped=sum(day.skipped.values()),
        reasons=", ".join(f"{reason_name(reason, words, language)} {n}" for reason, n in day.skipped.items()),
    )


def reason_name(reason: str, words: Words, language: str) -> str:
    """Name why somebody was left out, or why a task was not done."""
    for key in (f"care.why_not.{reason}", f"care.reason.{reason}", f"staff.hold.{reason}"):
        if words.has(key):
            return words.plain(key, language)
    return reason
