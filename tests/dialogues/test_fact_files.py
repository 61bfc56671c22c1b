"""`[[fact]]` files: read into scripts of one question, judged with all faults at once, kept with the runs."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from bot.config import Config
from bot.content import load_content
from bot.sample_company_facts import FACTS as SAMPLE
from dialogues.fact_files import asking_for, load_facts, read_kept
from dialogues.library import SHIPPED, Library
from domain.company import Company
from domain.dialogues import QuestionKind
from domain.durations import parse_duration
from domain.faults import Faults
from domain.rules import Type

LANGUAGES = ("en", "fi")
HOME = """\
[[fact]]
name = "household"
kind = "choice"
worth = 5
fresh = "2y"
again = "90d"
only_if = 'kind = "consumer" and pet'
label.en = "Household"
label.fi = "Talous"
say.en = "How many of you live at home?"
say.fi = "Montako teitä asuu kotona?"
options = [{ id = "one", en = "Just me", fi = "Vain minä" }, { id = "more", en = "More", fi = "Enemmän" }]

[[fact]]
name = "pet"
kind = "yes/no"
label.en = "Pet"
say.en = "Do you have a pet?"
"""
FINNISH = """
[fact.pet]
label = "Lemmikki"
say = "Onko sinulla lemmikki?"
"""


def write(folder: Path, **files: str) -> Path:
    """Write files of facts."""
    for name, text in files.items():
        (folder / f"{name.replace('__', '.')}.toml").write_text(text)
    return folder


def faults_of(folder: Path, learnt: dict[str, Type] | None = None) -> list[str]:
    """Return what is wrong, a line each."""
    with pytest.raises(Faults) as found:
        load_facts([folder], LANGUAGES, learnt)
    return [f"{fault.line} {fault.key}: {fault.problem}" for fault in found.value.faults]


def test_a_fact_becomes_a_script_of_one_question_that_may_be_skipped(tmp_path: Path) -> None:
    """All else of a dialogue works on it; a file beside it adds its language."""
    facts = load_facts([write(tmp_path, home=HOME, home__fi=FINNISH)], LANGUAGES)
    household, pet = facts.all()
    assert (household.worth, household.fresh, household.again) == (5, parse_duration("2y"), dt.timedelta(days=90))
    assert household.only_if is not None
    assert household.script.id == "fact.household"
    assert household.question.skip
    assert household.question.fact == household.question.id == "household"
    assert household.question.only_if is None  # it decides whether she is asked, and not whether she may correct it
    assert pet.question.say == {"en": "Do you have a pet?", "fi": "Onko sinulla lemmikki?"}
    assert pet.label["fi"] == "Lemmikki"
    assert (pet.worth, pet.again, pet.fresh) == (1, dt.timedelta(days=180), parse_duration("1y"))
    assert facts.types == {"household": Type.TEXT, "pet": Type.FLAG}


def test_a_kept_version_reads_as_it_was(tmp_path: Path) -> None:
    """A run keeps the question that it began with, whatever the files say by now."""
    facts = load_facts([write(tmp_path, home=HOME, home__fi=FINNISH)], LANGUAGES)
    for fact in facts.all():
        assert read_kept(fact.script.source, "kept") == fact.script
    shipped = Library.load([SHIPPED], LANGUAGES)
    welcome = shipped.get("welcome")
    assert welcome is not None
    assert read_kept(welcome.source, "kept") == welcome


def test_what_a_dialogue_learns_can_be_asked_again_by_itself() -> None:
    """Whatever its kind, and the version is kept as well."""
    library = Library.load([SHIPPED], LANGUAGES)
    alone = library.get("fact.interests")
    assert alone is not None
    assert [question.kind for question in alone.questions] == [QuestionKind.MANY]
    assert read_kept(alone.source, "kept") == alone
    assert library.get("fact.nothing") is None
    nps = library.get("nps")
    assert nps is not None
    with pytest.raises(LookupError):
        asking_for(nps, "interests")


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    """With file, line and key."""
    broken = """\
[[fact]]
name = "nps"
kind = "text"
worth = 11
skip = false
label.en = "A"
say.en = "A?"
say.fi = "A?"

[[fact]]
name = "photo"
kind = "photo"
fresh = "often"
only_if = "nosuch = 1"
label.en = "B"
label.fi = "B"
say.en = "B?"
say.fi = "B?"

[[fact]]
name = "language"
kind = "yes/no"
label.en = "C"
label.fi = "C"
say.en = "C?"
say.fi = "C?"
unknown = 1

[[fact]]
name = "photo"
kind = "date"
label.en = "D"
label.fi = "D"
say.en = "D?"
say.fi = "D?"
"""
    found = faults_of(write(tmp_path, one=broken), {"nps": Type.NUMBER})
    wanted = [
        "4 fact[1].worth",
        "5 fact[1].skip: means nothing",
        "6 fact[1].label: the translation is missing in fi",
        '2 fact[1].name: a dialogue learns a fact "nps" already, as a number, and this is a text',
        '12 fact[2].kind: "photo" is too much for a small question',
        "13 fact[2].fresh",
        "14 fact[2].only_if",
        '21 fact[3].name: "language" is a word of the rule language',
        "27 fact[3].unknown: unknown key",
        '30 fact[4].name: "photo" is the name of another [[fact]]',
    ]
    for each in wanted:
        assert any(line.startswith(each) for line in found), (each, found)
    assert len(found) == len(wanted)


def test_a_dialogue_may_name_a_fact_that_only_a_file_asks(tmp_path: Path) -> None:
    """And its own answers hide nothing of it."""
    facts = load_facts([write(tmp_path, home=HOME, home__fi=FINNISH)], LANGUAGES)
    dialogues = tmp_path / "dialogues"
    dialogues.mkdir()
    (dialogues / "vet.toml").write_text(
        'id = "vet"\nversion = 1\ntitle.en = "Vet"\ntitle.fi = "Lääkäri"\n[[ask]]\nid = "when"\nkind = "date"\n'
        'only_if = "pet"\nsay.en = "When?"\nsay.fi = "Koska?"\n[[done]]\nsay.en = "Thanks"\nsay.fi = "Kiitos"\n'
    )
    with pytest.raises(Faults):
        Library.load([dialogues], LANGUAGES)
    library = Library.load([dialogues], LANGUAGES, facts=facts)
    assert library.get("fact.pet") == facts.all()[1].script
    assert library.fact_text("household", "one", "fi", "en") == "Vain minä"


@pytest.mark.parametrize("text", ["", "fact = 1", "[[fact]", "[fact]\nname = 'a'"])
def test_a_file_without_facts_says_so(tmp_path: Path, text: str) -> None:
    """Nothing of it is silently ignored."""
    assert faults_of(write(tmp_path, one=text))


def test_the_sample_company_s_facts_are_sound(tmp_path: Path) -> None:
    """In all three languages that it speaks."""
    facts = load_facts([write(tmp_path, customers=SAMPLE)], ("fi", "en", "cs"))
    assert [fact.name for fact in facts.all()] == ["household", "children", "usual_store", "share_with_us"]


def test_facts_and_dialogues_of_a_content_folder_are_judged_together(tmp_path: Path) -> None:
    """Each may name what the other learns; what one calls a number the other must not call a text."""
    facts = tmp_path / "facts"
    facts.mkdir()
    write(facts, home=HOME.replace("pet'", "pet and nps >= 9'"), home__fi=FINNISH)
    config = Config(folder=tmp_path, company=Company(languages=LANGUAGES), content=tmp_path)
    content = load_content(config)
    assert [fact.name for fact in content.library.facts.all()] == ["household", "pet"]
    write(facts, home=HOME.replace('name = "pet"', 'name = "nps"'))
    with pytest.raises(Faults) as found:
        load_content(config)
    told = str(found.value)
    assert 'fact[2].name: a dialogue learns a fact "nps" already, as a number' in told
    assert "facts/home.toml:7: fact[1].only_if" in told  # pet is unknown now
