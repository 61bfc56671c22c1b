"""All promises of the year, and the one verdict over them."""

from __future__ import annotations

from tests.year import promises, promises_of_the_books
from tests.year.books import Books
from tests.year.play import Year
from tests.year.promises import Broken, Promise

PROMISES: tuple[Promise, ...] = (
    promises.contacts_are_messages,
    promises.courtesy_is_kept,
    promises.small_questions_are_not_repeated,
    promises.nothing_comes_unexplained,
    promises.newsletters_come_once,
    promises.blocked_are_left_alone,
    promises_of_the_books.slots_happen_once,
    promises_of_the_books.newsletters_are_accounted_for,
    promises_of_the_books.holds_have_reasons,
    promises_of_the_books.invitations_add_up,
    promises_of_the_books.surveys_leave_time_between,
    promises_of_the_books.runs_come_to_an_end,
    promises_of_the_books.answers_give_the_state,
)


def broken_promises(year: Year, books: Books) -> list[Broken]:
    """Return every promise that was broken, in the order of the promises."""
    return [broken for promise in PROMISES for broken in promise(year, books)]
