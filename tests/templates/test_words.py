"""The product's words: every language, escaping, plurals and dates, and files that lead to their own mistakes."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.faults import Faults
from templates.markup import Safe
from templates.sandbox import NotRenderableError
from templates.words import SHIPPED, UnknownTextError, Words

LANGUAGES = ("fi", "en", "cs")


@pytest.fixture(scope="module")
def words() -> Words:
    return Words.load([SHIPPED], LANGUAGES, zone="Europe/Helsinki")


def folder(path: Path, **files: str) -> Path:
    path.mkdir(exist_ok=True)
    for name, content in files.items():
        (path / (name.replace("__", ".") + ".toml")).write_text(content, encoding="utf-8")
    return path


def faults_of(path: Path, *languages: str) -> list[str]:
    with pytest.raises(Faults) as caught:
        Words.load([path], languages or ("en", "fi"))
    return [str(fault) for fault in caught.value.faults]


def test_every_shipped_text_exists_in_every_language(words: Words) -> None:
    """Nobody meets a text that was forgotten in her language."""
    for key in (*words.keys("dialogue"), *words.keys("service")):
        assert set(words._texts[key]) == set(LANGUAGES), key


def test_no_line_runs_into_the_next_one() -> None:
    """A line that ends with a tag loses its break (Jinja's trim_blocks), so an empty one must follow."""
    for file in sorted(SHIPPED.glob("*.toml")):
        for key, text in _texts_in(tomllib.loads(file.read_text(encoding="utf-8"))):
            assert not list(_lost_breaks(text)), f"{file.name} {key}"


_TAG = re.compile(r"\{%.*?%\}(\n?)")


def _texts_in(table: dict[str, object], before: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _texts_in(value, f"{before}{key}.")
        elif isinstance(value, str):
            yield f"{before}{key}", value


def _lost_breaks(text: str) -> Iterator[str]:
    for tag in _TAG.finditer(text):
        start = text.rfind("\n", 0, tag.start()) + 1
        if tag.group(1) and _TAG.sub("", text[start : tag.start()]).strip():
            at = tag.end()
            while following := _TAG.match(text, at):
                at = following.end()
            if at < len(text) and text[at] != "\n":
                yield text[start:at]


def test_customers_words_are_escaped_and_our_own_pieces_are_not(words: Words) -> None:
    """Only & < > and the double quotation mark change, and nothing is escaped twice."""
    text = words.html("dialogue.back_to", "en", title="""<b> & "it's" """)
    assert text == """Back to: <b>&lt;b&gt; &amp; &quot;it's&quot; </b>"""
    assert words.html("dialogue.answered", "en", answer=Safe("<u>x</u>")) == "<i>You answered: <u>x</u></i>"
    assert words.html("dialogue.answered", "en", answer=text).count("<b>") == 1
    assert text + "<" == str(text) + "&lt;"


def test_plain_texts_stand_as_they_are(words: Words) -> None:
    """A button's label shows what was meant, since Telegram parses nothing there."""
    assert words.plain("dialogue.chosen", "fi", label='A & "B"') == '✓ A & "B"'
    assert words.every("dialogue.yes") == {"fi": "Kyllä", "en": "Yes", "cs": "Ano"}


@pytest.mark.parametrize(
    ("language", "expected"), [("fi-FI", "Ohita"), ("cs", "Přeskočit"), ("sv", "Ohita"), (None, "Ohita")]
)
def test_language_that_is_not_offered_gets_the_default(words: Words, language: str | None, expected: str) -> None:
    """Regions find their language; the unknown gets the first."""
    assert words.plain("dialogue.skip", language) == expected


def test_plural_date_and_time_follow_the_language_and_the_zone(words: Words) -> None:
    """Czech has three plurals; a moment is told in the company's zone, or in the customer's where it is given."""
    forms = [words.html("dialogue.album_note", "cs", n=n).split()[-1] for n in (1, 3, 5)]
    assert forms == ["fotku.", "fotky.", "fotek."]
    opens = dt.datetime(2027, 3, 1, 7, tzinfo=dt.UTC)
    text = words.html("dialogue.staff_not_available", "fi", opens=opens)
    assert text.endswith("maanantai 1. maaliskuuta 2027 klo 9.00.")
    assert words.html("dialogue.staff_not_available", "fi", opens=opens, zone="Europe/Prague").endswith("klo 8.00.")
    assert "Monday, 1 March 2027 at 09:00" in words.html("dialogue.staff_not_available", "en", opens=opens)


def test_missing_value_names_file_line_and_key(words: Words) -> None:
    """A forgotten value is an error of ours and never an empty place in a customer's text."""
    with pytest.raises(
        NotRenderableError, match=r"words/dialogue\.fi\.toml:\d+: dialogue\.back_to: 'title' is undefined"
    ):
        words.html("dialogue.back_to", "fi")
    with pytest.raises(UnknownTextError, match=r"dialogue\.bakc: no such text"):
        words.html("dialogue.bakc", "fi")


def test_fourth_language_is_files_only(tmp_path: Path) -> None:
    """Swedish comes from a folder of the company; nothing else changes."""
    folder(tmp_path, dialogue__sv='yes = "Ja"\n')
    with pytest.raises(Faults) as caught:
        Words.load([SHIPPED, tmp_path], (*LANGUAGES, "sv"))
    assert any(
        str(fault).startswith("words/dialogue.sv.toml: dialogue.no: is missing; translate it; words/dialogue.fi.toml:")
        for fault in caught.value.faults
    )
    for source in SHIPPED.glob("*.en.toml"):
        content = source.read_text(encoding="utf-8").replace('"Yes"', '"Ja"')
        (tmp_path / source.name.replace(".en.", ".sv.")).write_text(content, encoding="utf-8")
    words = Words.load([SHIPPED, tmp_path], (*LANGUAGES, "sv"))
    assert words.plain("dialogue.yes", "sv-FI") == "Ja"
    assert words.plain("dialogue.yes", "fi") == "Kyllä"


def test_own_folder_overrides_single_texts(tmp_path: Path) -> None:
    """A company changes one sentence and keeps the rest."""
    own = folder(tmp_path, dialogue__fi='thanks = "Tuhannet kiitokset!"\n')
    words = Words.load([SHIPPED, own], LANGUAGES)
    assert words.html("dialogue.thanks", "fi") == "Tuhannet kiitokset!"
    assert words.html("dialogue.saved", "fi") == "Tallennettu, kiitos."


def test_all_mistakes_of_all_files_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    """Unknown value, wrong filter, refused tag, long label, missing text: one reading, each with line and remedy."""
    own = folder(
        tmp_path / "words",
        shop='labels = ["buy"]\n',
        shop__en='buy = "Buy"\nhi = "Hi {{ name }}"\nsum = "{{ n | money }}"\n[deep]\nend = "Bye"\n',
        shop__fi=(
            f'buy = "{"Osta " * 9}"\nhi = "Hei {{{{ nme }}}}"\nsum = "{{{{ n | mony }}}}"\n\n'
            'odd = """\n<p>x</p>\na&nbsp;b"""\nlist = 5\n'
        ),
    )
    tags = "b, i, u, s, code, pre, a, blockquote, tg-spoiler"
    entities = "write the sign itself; only &lt; &gt; &amp; &quot; are known"
    assert faults_of(own) == [
        "words/shop.en.toml: shop.odd: is missing; translate it; words/shop.fi.toml:6 has it",
        "words/shop.en.toml: shop.list: is missing; translate it; words/shop.fi.toml:8 has it",
        "words/shop.fi.toml: shop.deep.end: is missing; translate it; words/shop.en.toml:5 has it",
        "words/shop.fi.toml:1: shop.buy: has 45 signs, and 40 are allowed; shorten it",
        'words/shop.fi.toml:2: shop.hi: "nme" is no value of this text in en; did you mean "name"?',
        "words/shop.fi.toml:3: shop.sum: No filter named 'mony'; did you mean \"money\"?",
        f"words/shop.fi.toml:6: shop.odd: <p> is no tag that Telegram knows; remove it, or use one of {tags}",
        f'words/shop.fi.toml:7: shop.odd: "&nbsp;" is no entity that Telegram knows; {entities}',
        'words/shop.fi.toml:8: list: 5 is not a text; write a text, for example "..."',
    ]


def test_staff_texts_may_be_left_out_and_fall_back(tmp_path: Path) -> None:
    """Who adds a language for customers need not translate what only staff read."""
    own = folder(tmp_path, desk="staff = true\n", desk__en='hi = "Hi"\n', desk__fi='bye = "Hei hei"\n')
    words = Words.load([own], ("en", "fi"))
    assert (words.plain("desk.hi", "fi"), words.plain("desk.bye", "en")) == ("Hi", "Hei hei")


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("{{ x.__class__.__mro__ }}", "access to attribute '__class__'"),
        ("{{ 'a' * 99999 }}", "too large"),
        ("{{ 9 ** 9999 }}", "too large"),
        ("{{ x.append(1) }}", "'append' of 'list' object is unsafe"),
    ],
)
def test_template_cannot_leave_its_box(tmp_path: Path, source: str, problem: str) -> None:
    """No way to our objects, no endless texts, no changed values."""
    words = Words.load(
        [folder(tmp_path, a__en=f"t = {source!r}\n" if "'" not in source else f't = "{source}"\n')], ["en"]
    )
    with pytest.raises(NotRenderableError, match=problem):
        words.html("a.t", "en", x=[])


@pytest.mark.parametrize("statement", ["autoescape false", "include 'x'", "import 'x' as y", "extends 'x'"])
def test_statement_that_would_weaken_the_box_is_a_fault(tmp_path: Path, statement: str) -> None:
    """Escaping cannot be switched off, other files cannot be drawn in."""
    end = "{% endautoescape %}" if statement.startswith("auto") else ""
    (fault,) = faults_of(folder(tmp_path, a__en=f't = """{{% {statement} %}}x{end}"""\n'), "en")
    assert "is not allowed in our texts; remove it" in fault


@pytest.mark.parametrize(
    "source",
    [
        "{% block x %}{{ self.x() }}{% endblock %}",
        "{% if 1e400 %}x{% endif %}",
        "{{ 'abc'.split('b')[7] }}",
        "{{ " + "(" * 400 + "1" + ")" * 400 + " }}",
        "{% for x in range(3) %}" * 60 + "x" + "{% endfor %}" * 60,
    ],
    ids=["round in a circle", "an endless number", "beyond the end", "brackets", "loops"],
)
def test_template_that_python_itself_refuses_is_told_and_ends_nothing(tmp_path: Path, source: str) -> None:
    """Whatever stands in a template: a text, or a sentence for its writer."""
    own = folder(tmp_path, a__en=f't = """{source}"""\n')
    with pytest.raises((Faults, NotRenderableError), match="; "):
        Words.load([own], ["en"]).html("a.t", "en")
