"""Words that one group of customers uses more than another, outside the themes that staff have named."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from domain.themes import Distinctive, Verbatim
from insight.themes import Lemmas, ThemeIndex, is_function_word, words_of

LEAST_PEOPLE = 5
LEAST_Z = 1.96
_SHORTEST = 3


def distinctive(
    group: Iterable[Verbatim],
    others: Iterable[Verbatim],
    language: str,
    index: ThemeIndex,
    lemmas: Lemmas,
    *,
    most: int = 5,
    examples: int = 2,
) -> list[Distinctive]:
    """
    Return the words, and pairs of words, that *group* uses more than *others*, the strongest first.

    The log-odds ratio with an informative Dirichlet prior, divided by its standard deviation (z): Monroe, Colaresi and
    Quinn (2008), "Fightin' Words: Lexical Feature Selection and Evaluation for Identifying the Content of Political
    Conflict", Political Analysis 16(4). The prior is what both groups said together, so it only takes a term to be
    special where there is evidence. A term counts once per text; z is at least 1.96, and at least five people of
    *group* said it. Words of the named themes of *index* are left out.
    """
    ours = _counted(group, language, index, lemmas)
    theirs = _counted(others, language, index, lemmas)
    found = []
    for term, count in ours.counts.items():
        if len(ours.people[term]) >= LEAST_PEOPLE:
            z = log_odds_z(count, ours.total, theirs.counts[term], theirs.total)
            if z >= LEAST_Z:
                found.append((z, term))
    kept: list[tuple[float, str]] = []
    for z, term in sorted(found, key=lambda item: (-item[0], -len(item[1]), item[1])):
        if len(kept) < most and not any(_overlap(term, other) for _, other in kept):
            kept.append((z, term))
    return [
        Distinctive(
            ours.forms[term].most_common(1)[0][0],
            language,
            round(z, 2),
            len(ours.people[term]),
            tuple(ours.texts[term][-examples:]),
        )
        for z, term in kept
    ]


def log_odds_z(ours: int, our_total: int, theirs: int, their_total: int) -> float:
    """
    Return z of a term's log-odds ratio: *ours* of *our_total* terms against *theirs* of *their_total*.

    With the prior a = ours + theirs of a0 = both totals:
    d = ln((y1 + a) / (n1 + a0 - y1 - a)) - ln((y2 + a) / (n2 + a0 - y2 - a)), z = d / sqrt(1/(y1 + a) + 1/(y2 + a)).
    """
    prior, prior_total = ours + theirs, our_total + their_total
    one = (ours + prior) / (our_total + prior_total - ours - prior)
    two = (theirs + prior) / (their_total + prior_total - theirs - prior)
    return (math.log(one) - math.log(two)) / math.sqrt(1 / (ours + prior) + 1 / (theirs + prior))


@dataclass(slots=True)
class _Group:
    """What one group said: in how many texts each term stands, who said it, how it was written, and where."""

    counts: Counter[str] = field(default_factory=Counter)
    people: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    forms: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    texts: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @property
    def total(self) -> int:
        return self.counts.total()


def _counted(said: Iterable[Verbatim], language: str, index: ThemeIndex, lemmas: Lemmas) -> _Group:
    group = _Group()
    for each in said:
        for term, form in _terms(each.text, language, index, lemmas).items():
            group.counts[term] += 1
            group.people[term].add(each.customer_id)
            group.forms[term][form] += 1
            group.texts[term].append(" ".join(each.text.split()))
    return group


def _terms(text: str, language: str, index: ThemeIndex, lemmas: Lemmas) -> dict[str, str]:
    """Give the lemmas of a text, and the pairs of them that follow each other, each as it was written."""
    terms: dict[str, str] = {}
    before: tuple[str, str] | None = None
    for word in words_of(text):
        lemma = lemmas.get(word, word)
        binds = is_function_word(word, language) or is_function_word(lemma, language)
        if len(word) < _SHORTEST or binds or index.knows(word, lemma):
            before = None
            continue
        terms.setdefault(lemma, word)
        if before is not None:
            terms.setdefault(f"{before[0]} {lemma}", f"{before[1]} {word}")
        before = (lemma, word)
    return terms


def _overlap(term: str, other: str) -> bool:
    """Say whether two terms share a word: "card machine" and "machine" are told once."""
    return not set(term.split()).isdisjoint(other.split())
