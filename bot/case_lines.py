"""One line that names a case for staff, and the words that tell somebody that a case is hers."""

from __future__ import annotations

from bot.cards import display_name, shortened
from bot.staff_labels import Labels
from domain.cases import Case
from domain.customers import Customer
from domain.messages import Button, Message
from templates.markup import Safe
from templates.words import Words

_LONGEST_NAME = 40  # so that a line stays one on most screens


def case_line(case: Case, customer: Customer, words: Words, labels: Labels, language: str) -> Safe:
    """Name a case by number, category and customer."""
    return words.html(
        "clocks.line",
        language,
        number=case.id,
        category=labels.name("category", case.category, language),
        name=shortened(display_name(customer, words, language), _LONGEST_NAME),
    )


def show_button(case: Case, words: Words, language: str) -> Button:
    """Return the button that shows the case's card."""
    return Button(words.plain("clocks.label.case", language, number=case.id), f"s.{case.id}.show")


def given(case: Case, customer: Customer, words: Words, labels: Labels, language: str) -> Message:
    """Tell its owner that a new case is hers, and until when she should answer."""
    line = case_line(case, customer, words, labels, language)
    text = words.html("clocks.yours", language, line=line, due=case.first_answer_due)
    return Message(text, html=True, keyboard=((show_button(case, words, language),),))
