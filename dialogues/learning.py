"""What an answer means beyond its run: a fact about the customer, a consent, the language to speak."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from dialogues.turn import Conversation, Turn
from domain.customers import Consent, KnownFact
from domain.dialogues import Answer, Question, QuestionKind, Script
from domain.languages import best_language, in_language
from store.consent_texts import ConsentText, version_of


def learn_answers(
    turn: Turn,
    conversation: Conversation,
    script: Script,
    answers: Sequence[Answer],
    languages: Sequence[str],
    source: str = "",
) -> None:
    """Keep what closed answers tell of the customer, as told by *source*; her next question already sees it."""
    for answer in answers:
        question = script.question(answer.question)
        if question is not None and answer.closed and not answer.skipped and not answer.reopened:
            _learn(turn, conversation, script, question, answer, languages, source or f"dialogue:{script.id}")


def learn_fact(turn: Turn, conversation: Conversation, name: str, value: Any, source: str) -> None:
    """Keep one fact; several values become one text."""
    told = ", ".join(map(str, value)) if isinstance(value, tuple | list) else value
    if told is not None:
        turn.facts.append((conversation.customer.id, KnownFact(name, told, source, turn.now)))
        conversation.facts[name] = told


def learn_consent(
    turn: Turn, conversation: Conversation, consent: Consent, *, shown: str = "", language: str = ""
) -> None:
    """Keep one yes or no; with what was *shown* in *language* the words are kept, and their digest in the version."""
    who = conversation.customer
    if shown:
        consent = dataclasses.replace(consent, text_version=version_of(consent.text_version, shown))
        turn.consent_texts.append(ConsentText(consent.purpose.value, consent.text_version, language, shown))
    turn.consents.append((who.id, consent))
    conversation.customer = dataclasses.replace(who, consents={**who.consents, consent.purpose: consent.given})


def learn_language(turn: Turn, conversation: Conversation, language: str) -> None:
    """Speak *language* with her from now on."""
    turn.change(conversation.customer.id, language=language)
    conversation.customer = dataclasses.replace(conversation.customer, language=language)


def _learn(
    turn: Turn,
    conversation: Conversation,
    script: Script,
    question: Question,
    answer: Answer,
    languages: Sequence[str],
    source: str,
) -> None:
    if question.fact:
        learn_fact(turn, conversation, question.fact, answer.value, source)
    if question.kind is QuestionKind.CONSENT and question.purpose is not None:
        version = question.text_version or f"{script.id}/{script.version}"
        given = answer.value in {True, "yes"}
        language = best_language(conversation.customer.language, languages)
        shown = in_language(question.say, language, languages[0])
        consent = Consent(question.purpose, given, version, source, turn.now)
        learn_consent(turn, conversation, consent, shown=shown, language=language)
    if question.kind is QuestionKind.LANGUAGE and answer.value in languages:
        learn_language(turn, conversation, answer.value)
