"""What a question offers to tap: the ids of its choices, in the order of its buttons."""

from __future__ import annotations

from collections.abc import Sequence

from domain.dialogues import Question, QuestionKind


def choice_ids(question: Question, languages: Sequence[str]) -> tuple[str, ...]:
    """
    Return the ids of what can be tapped, in order; *languages* are the company's, for a question after the language.

    Scales and stars give their numbers, yes/no, consent and confirm "yes" and "no". Kinds without choices give ().
    """
    match question.kind:
        case QuestionKind.CHOICE | QuestionKind.MANY:
            return tuple(option.id for option in question.options)
        case QuestionKind.SCALE | QuestionKind.STARS:
            low, high = bounds(question)
            return tuple(str(number) for number in range(low, high + 1))
        case QuestionKind.YES_NO | QuestionKind.CONSENT | QuestionKind.CONFIRM:
            return ("yes", "no")
        case QuestionKind.LANGUAGE:
            return tuple(languages)
        case _:
            return ()


def bounds(question: Question) -> tuple[int, int]:
    """Return the lowest and highest number of a scale (0 to 10 unless it says) or of stars (1 to 5)."""
    if question.kind is QuestionKind.STARS:
        return (1, 5)
    return (
        int(question.low if question.low is not None else 0),
        int(question.high if question.high is not None else 10),
    )


ANSWERED_IN_WORDS = frozenset(
    {
        QuestionKind.TEXT,
        QuestionKind.MESSAGES,
        QuestionKind.NUMBER,
        QuestionKind.DATE,
        QuestionKind.PHONE,
        QuestionKind.LOCATION,
    }
)
"""Kinds that she answers in words of her own: words that are not understood there are a try at an answer."""

COLLECTING = frozenset({QuestionKind.MANY, QuestionKind.MESSAGES})
"""Kinds whose answer has several parts and is closed by Done."""

FILES = frozenset({QuestionKind.MESSAGES, QuestionKind.PHOTO, QuestionKind.VOICE, QuestionKind.DOCUMENT})
"""Kinds whose answer may be files alone; its value is then how many."""
