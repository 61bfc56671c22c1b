"""Ready answers: read with all faults at once, found by a word, filled in for one customer."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.company import Company
from domain.faults import Faults
from templates.answers import SHIPPED, Answers, fill
from templates.sandbox import NotRenderableError

COMPANY = Company()
VALUES = {"name": "Maija", "case": 12, "agent": "Olga", "order": "", "remedy": "", "category": ""}


def answers(path: Path, **files: str) -> Answers:
    """Read answers from files that are named as given, with __ for the dot before the language."""
    for name, text in files.items():
        (path / f"{name.replace('__', '.')}.j2").write_text(text)
    return Answers.load([path], ("en", "fi"))


@pytest.mark.parametrize("language", COMPANY.languages)
def test_every_shipped_answer_fills_in_every_language(language: str) -> None:
    """Nobody gets an answer in another language than her own, or one with a hole in it."""
    shipped = Answers.load([SHIPPED], COMPANY.languages).all()
    assert len(shipped) >= 4
    for answer in shipped:
        filled = fill(answer, COMPANY, language, VALUES)
        assert filled.language == language
        assert filled.text.endswith("\nOlga")
        assert answer.titles[language]


def test_answer_is_found_by_name_and_by_words_of_its_titles_without_accents(tmp_path: Path) -> None:
    """Staff type what comes to mind first."""
    found = answers(
        tmp_path,
        courier__en="{# A courier comes tomorrow #}\nA courier.",
        courier__fi="{# Lähetti käy #}\nLähetti.",
        sorry__en="Sorry.",
    )
    assert [one.name for one in found.find("COURIER")] == ["courier"]
    assert [one.name for one in found.find("tomo")] == ["courier"]
    assert [one.name for one in found.find("lahe")] == ["courier"]
    assert [one.name for one in found.find("so")] == ["sorry"]
    assert found.find("") == []


def test_customer_of_another_language_gets_the_first_language(tmp_path: Path) -> None:
    """A text that is missing in her language is said in the company's first one, and the result says which."""
    answer = answers(tmp_path, photo__en="Hello {{ name }}").get("photo")
    assert answer is not None
    filled = fill(answer, Company(languages=("en", "fi")), "fi", {**VALUES, "name": "<b>"})
    assert (filled.text, filled.language) == ("Hello &lt;b&gt;", "en")


def test_answer_that_comes_out_empty_is_refused(tmp_path: Path) -> None:
    """Nothing is sent where nothing is said."""
    answer = answers(tmp_path, photo__en="{% if order %}Order{% endif %}Hi{% if order %}{% endif %}").get("photo")
    assert answer is not None
    empty = type(answer)("photo", {"en": "{% if order %}Order{% endif %}"})
    with pytest.raises(NotRenderableError, match="empty"):
        fill(empty, COMPANY, "en", VALUES)


def test_answer_that_leaves_no_room_for_its_heading_is_a_fault(tmp_path: Path) -> None:
    """Staff would press the word and see nothing: Telegram refuses a preview of more than 4096 signs."""
    assert answers(tmp_path, long__en="x" * 3696).get("long") is not None
    with pytest.raises(Faults, match="3696"):
        answers(tmp_path, long__en="x" * 3697)


def test_all_faults_of_all_answers_are_told_at_once(tmp_path: Path) -> None:
    """Where, what and what to do, for every file."""
    with pytest.raises(Faults) as found:
        answers(
            tmp_path,
            one__en="{# One #}\n\nHello {{ nam }}",
            two__en="<b>bold",
            three__fi="Hei",
            four__en="{# empty #}\n",
            Five__en="name",
            six__en="{# " + "long " * 20 + "#}\nHi",
        )
    told = str(found.value)
    assert f"{tmp_path.name}/one.en.j2:3:" in told
    assert 'did you mean "name"' in told
    for part in ("two.en.j2:1", "three.en.j2: is missing", "four.en.j2", "Five.en.j2", "six.en.j2:1"):
        assert part in told
