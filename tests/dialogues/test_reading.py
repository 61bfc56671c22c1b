"""Dialogue files: what staff write becomes a script, and every mistake is named with file, line, key and remedy."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from dialogues.library import SHIPPED, Library
from dialogues.reading import Surroundings, digest_of, read_checked, read_script
from domain.cases import CaseKind, Priority
from domain.customers import Purpose
from domain.dialogues import QuestionKind, Script
from domain.faults import FaultList, Faults

LANGUAGES = ("en", "fi")

SOUND = """\
id = "form"
version = 2
survey = true
start = { command = "form", after = "case_closed", delay = "2d" }
remind = ["20h"]
expire = "5d"
title.en = "Form"
title.fi = "Lomake"

[[ask]]
id = "score"
kind = "scale 0-10"
fact = "nps"
say.en = "How much?"
say.fi = "Kuinka paljon?"

[[ask]]
id = "why"
kind = "text"
skip = true
only_if = "score <= 8"
say.en = "You said {score}. Why?"
say.fi = "Sanoit {score}. Miksi?"

[[ask]]
id = "topic"
kind = "choice"
say.en = "What about?"
say.fi = "Mistä?"
options = [
    { id = "car", en = "Car", fi = "Auto" },
    { id = "boat", en = "Boat", fi = "Vene" },
]

[[done]]
when = "score <= 6"
case = { kind = "follow-up", category = "{topic}", priority = "high", summary = "{score}: {why}" }
facts = { unhappy = true }
say.en = "No {case}"
say.fi = "Numero {case}"

[[done]]
say.en = "Thank you"
say.fi = "Kiitos"
"""


def script_of(source: str) -> Script:
    faults = FaultList()
    script = read_checked(source, "form.toml", faults, Surroundings(LANGUAGES, {}))
    assert [str(fault) for fault in faults.faults] == []
    assert script is not None
    return script


def told(source: str, categories: tuple[str, ...] | None = None) -> list[str]:
    faults = FaultList()
    read_checked(source, "form.toml", faults, Surroundings(LANGUAGES, {}, categories))
    return [str(fault) for fault in faults.faults]


def changed(old: str, new: str) -> str:
    assert old in SOUND, old
    return SOUND.replace(old, new, 1)


def test_sound_file_becomes_a_script() -> None:
    """Each key arrives as its domain value."""
    script = script_of(SOUND)
    assert (script.id, script.version, script.title["fi"]) == ("form", 2, "Lomake")
    assert (script.starts.command, script.starts.after, script.starts.delay) == ("form", "case_closed", dt.timedelta(2))
    assert script.remind == (dt.timedelta(hours=20),)
    assert (script.expire, script.survey, script.purpose) == (dt.timedelta(days=5), True, Purpose.SURVEYS)
    score, why, topic = script.questions
    assert (score.kind, score.low, score.high, score.fact) == (QuestionKind.SCALE, 0, 10, "nps")
    assert why.skip
    assert str(why.only_if) == "score <= 8"
    assert [option.id for option in topic.options] == ["car", "boat"]
    assert topic.options[1].label == {"en": "Boat", "fi": "Vene"}
    first, last = script.endings
    assert first.case is not None
    assert (first.case.kind, first.case.priority, first.case.category) == (CaseKind.FOLLOW_UP, Priority.HIGH, "{topic}")
    assert first.facts == {"unhappy": True}
    assert last.when is None


def test_every_kind_of_question_can_be_written() -> None:
    """Requirement D2, kind by kind; the ones with a range carry it in the word."""
    more = {
        "choice": 'options = [{ id = "a", en = "A", fi = "A" }, { id = "b", en = "B", fi = "B" }]',
        "many": 'options = [{ id = "a", en = "A", fi = "A" }, { id = "b", en = "B", fi = "B" }]',
        "consent": 'purpose = "surveys"\ntext_version = "s/1"',
        "number": "low = 1\nhigh = 12.5",
        "text": "low = 2\nhigh = 100",
    }
    written = [kind.value for kind in QuestionKind if kind is not QuestionKind.SCALE]
    written += ["scale 0-10", "scale 1-5", "scale 1-7", "date future", "date past"]
    asks = "".join(
        f'[[ask]]\nid = "q{n}"\nkind = "{kind}"\nsay.en = "?"\nsay.fi = "?"\n{more.get(kind, "")}\n'
        for n, kind in enumerate(written)
    )
    head = 'id = "form"\nversion = 1\ntitle.en = "F"\ntitle.fi = "F"\n'
    script = script_of(f'{head}{asks}[[done]]\nsay.en = "!"\nsay.fi = "!"\n')
    kinds = {question.id: question for question in script.questions}
    assert {question.kind for question in script.questions} == set(QuestionKind)
    ces, future, past = (kinds[f"q{written.index(kind)}"] for kind in ("scale 1-7", "date future", "date past"))
    assert (ces.low, ces.high) == (1, 7)
    assert (future.low, future.high, past.low, past.high) == (0, None, None, 0)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('id = "form"', 'id = "Form"', '1: id: "Form" is not a name of small letters, digits, - and _'),
        ("version = 2", 'version = "2"', '2: version: "2" is not a whole number of at least 1'),
        ("survey = true", "survei = true", '3: survei: unknown key; did you mean "survey"?'),
        ('command = "form"', 'command = "help"', "4: start.command: /help is a command of the bot itself"),
        ('after = "case_closed"', 'after = "case_close"', 'first_month; did you mean "case_closed"?'),
        ('after = "case_closed", ', "", "4: start.delay: waits for no event; add after"),
        ('["20h"]', '["2d", "20h"]', "5: remind: is not in order"),
        ('["20h"]', '["20h", "6d"]', "5: remind: has a reminder after the end"),
        ('["20h"]', '["20h", "90m"]', '5: remind[2]: "90m" has no fixed length'),
        ('["20h"]', '["20h", "2d"]', "5: remind: a survey is reminded of once; keep one of the times"),
        ('title.fi = "Lomake"\n', "", "7: title: the translation is missing in fi; add title.fi"),
        ('say.fi = "Kuinka paljon?"\n', "", "14: ask[score].say: the translation is missing in fi; add say.fi"),
        ('say.en = "How much?"\nsay.fi = "Kuinka paljon?"', 'say = "How much?"', 'has no language; write say.en'),
        ('say.fi = "Kuinka', 'say.finnish = "Kuinka', 'ask[score].say.finnish: unknown key; a language is wanted here'),
        ("How much?", "<p>How much?</p>", "14: ask[score].say.en: <p> is no tag that Telegram knows"),
        ("How much?", "x" * 3001, "14: ask[score].say.en: has 3001 signs, and 3000 are allowed; shorten it"),
        ("You said {score}", "You said {scor}", '22: ask[why].say.en: nothing is known as {scor} here; did you mean'),
        ("How much?", "How much, {why}?", "14: ask[score].say.en: nothing is known as {why} here; only earlier"),
        ('"scale 0-10"', '"skale"', '12: ask[score].kind: unknown kind "skale"; did you mean "scale 0-10"?'),
        ('"scale 0-10"', '"scale"', 'unknown kind "scale"; write its ends: "scale 0-10"'),
        ('"scale 0-10"', '"scale 10-0"', "12: ask[score].kind: a scale from 10 to 0; write the lower end first"),
        ('"scale 0-10"', '"scale 0-99"', "a scale from 0 to 99; write the lower end first, at most 11 points"),
        ('id = "why"', 'id = "score"', '18: ask[score].id: "score" is the id of an earlier question'),
        ('id = "why"', 'id = "the-why"', '18: ask[the-why].id: "the-why" is not a name of small letters'),
        ('id = "why"', 'id = "not"', '18: ask[not].id: "not" is a word of the rule language'),
        ("score <= 8", "scor <= 8", '21: ask[why].only_if: column 1 at "scor <= 8": unknown name "scor"; did'),
        ("score <= 8", "score <=", "21: ask[why].only_if: column 9 at its end:"),
        ("score <= 8", "score = 11", "21: ask[why].only_if: can never hold, whatever she answers"),
        ("score <= 8", "score < 3 and score > 5", "21: ask[why].only_if: can never hold, whatever she answers"),
        ('"score <= 8"', "'topic = \"car\"'", "21: ask[why].only_if: topic is asked later; move [[ask]] topic"),
        ('"score <= 8"', "'score = \"high\"'", 'is a number, "high" is a text: they cannot be compared'),
        ("score <= 8", "fact.anything = 3", ""),
        ('"score <= 8"', "'town = \"Turku\" and open_cases = 0'", ""),
        ('"score <= 6"', "'topic = \"bote\"'", '36: done[1].when: topic has no option "bote"; did you mean "boat"?'),
        ('"score <= 6"', "'topic in (\"car\", \"ship\")'", '36: done[1].when: topic has no option "ship"; it has'),
        ("score <= 6", "score > 10", "36: done[1].when: can never hold"),
        ('kind = "text"', 'kind = "text"\npattern = "("', "20: ask[why].pattern: is no regular expression"),
        ('kind = "text"', "kind = \"text\"\npattern = '\\d{6}'", "20: ask[why].pattern: has no sample; add sample"),
        ('kind = "text"', "kind = \"text\"\npattern = '\\d{6}'\nsample = \"12\"", '21: ask[why].sample: "12" does'),
        ('kind = "text"', 'kind = "text"\nlow = 5\nhigh = 2', "21: ask[why].high: 2 is less than low = 5"),
        ('kind = "text"', 'kind = "stars"\nlow = 1', 'ask[why].low: means nothing for the kind "stars"'),
        ('kind = "text"', 'kind = "consent"', "ask[why].purpose: is missing; add purpose = "),
        ('id = "boat"', 'id = "car"', '32: ask[topic].options[car].id: "car" is the id of an earlier option'),
        ('fi = "Vene"', 'fi = "Auto"', '32: ask[topic].options[boat].fi: "Auto" stands on two buttons'),
        (', fi = "Vene"', "", "32: ask[topic].options[boat]: the translation is missing in fi; add fi"),
        ('en = "Boat"', f'en = "{"Boat" * 11}"', "32: ask[topic].options[boat].en: has 44 signs, and"),
        ('    { id = "boat", en = "Boat", fi = "Vene" },\n', "", "30: ask[topic].options: has one option, and"),
        ('kind = "follow-up"', 'kind = "followup"', 'done[1].case.kind: "followup" is not one of'),
        ("{score}: {why}", "{score}: {wy}", 'done[1].case.summary: no question is called {wy}; did you mean "why"?'),
        ('category = "{topic}"', 'category = "{why}"', "done[1].case.category: {why} is not one of a choice's options"),
        ("unhappy = true", "unhappy = 1.5", "done[1].facts.unhappy: 1.5 cannot be a fact"),
        ('when = "score <= 6"\n', "", "41: done[2]: is never reached: an ending above it has no when"),
        ('[[done]]\nsay.en = "Thank', '[[done]]\nwhen = "score > 6"\nsay.en = "Thank', "add a [[done]] without when"),
        ('[[done]]\nsay.en = "Thank', '[[done]]\nwhen = "score < 3"\nsay.en = "Thank', "43: done[2].when: is never"),
        ("No {case}", "No {cas}", '39: done[1].say.en: nothing is known as {cas} here; did you mean "case"?'),
        ("Thank you", "Thank you {case}", "43: done[2].say.en: nothing is known as {case} here"),
        ("Thank you", "A & B", ""),
    ],
)  # fmt: skip
def test_single_mistake_is_named_with_line_key_and_remedy(old: str, new: str, fault: str) -> None:
    """One mistake, one fault (or none, where it is no mistake), and it leads to the place."""
    found = told(changed(old, new))
    if not fault:
        assert found == []
        return
    assert any(fault in one for one in found), found
    assert all(one.startswith("form.toml:") for one in found)
    assert all(one.count("; ") >= 1 for one in found), found


def test_ten_mistakes_at_once_are_all_named_in_one_reading() -> None:
    """Nobody mends a file ten times over, and no fault hides another."""
    source = SOUND
    for old, new in (
        ("version = 2", "version = 0"),
        ("survey = true", "survei = true"),
        ('title.fi = "Lomake"\n', ""),
        ('"scale 0-10"', '"skale"'),
        ("How much?", "<p>"),
        ("score <= 8", "scor <= 8"),
        ("You said {score}", "{x}"),
        ('id = "boat"', 'id = "car"'),
        ('kind = "follow-up"', 'kind = "no"'),
        ("Thank you", "y" * 4000),
    ):
        source = source.replace(old, new, 1)
    found = told(source)
    keys = [one.split(": ")[1] for one in found]
    assert keys == [
        *("version", "survei", "title", "ask[score].kind", "ask[score].say.en", "ask[why].only_if", "ask[why].say.en"),
        *("ask[topic].options[car].id", "done[1].case.kind", "done[2].say.en"),
    ]


def test_text_that_is_no_toml_is_told_and_nothing_is_read() -> None:
    """The reader of the document says where it breaks."""
    (fault,) = told("id = form\n")
    assert fault.startswith("form.toml:1: id: no value that TOML knows; put text in quotation marks")
    assert told('id = "x"\nversion = 1\ntitle.en = "T"\ntitle.fi = "T"\n') == [
        "form.toml:1: asks nothing; add an [[ask]] table with id, kind and say",
        'form.toml:1: has no ending; add a [[done]] table with say.en = "..."',
    ]


def test_category_must_be_defined_where_the_company_defines_them() -> None:
    """Also each option of a choice that becomes the category."""
    assert told(SOUND, ("car", "boat")) == []
    assert told(SOUND, ("car", "boats")) == [
        'form.toml:37: done[1].case.category: the category "boat" is not defined; did you mean "boats"?'
    ]


def test_stored_version_is_read_without_judging_its_surroundings() -> None:
    """A run keeps the version it began with, although a language came or a fact went since."""
    source = changed("score <= 8", "gone_fact = 1 or score <= 8").replace('title.fi = "Lomake"\n', "")
    with pytest.raises(Faults):
        read_script(source, "form")
    kept = SOUND.replace('title.fi = "Lomake"\n', "")
    script = read_script(kept, "form")
    assert script.digest == digest_of(kept) == script_of_any(kept).digest


def script_of_any(source: str) -> Script:
    script = read_checked(source, "form", FaultList(), Surroundings())
    assert script is not None
    return script


# The library ------------------------------------------------------------------------------------------------------


def folder(path: Path, **files: str) -> Path:
    path.mkdir(exist_ok=True)
    for name, content in files.items():
        (path / f"{name.replace('__', '.')}.toml").write_text(content, encoding="utf-8")
    return path


def test_shipped_dialogues_are_sound_in_three_languages() -> None:
    """What we ship passes what we ask of staff."""
    library = Library.load([SHIPPED], ("fi", "en", "cs"))
    names = ["complaint", "csat", "feedback", "nps", "preferences", "question", "welcome"]
    assert [script.id for script in library.all()] == names
    commands = {
        "start": "welcome",
        "complaint": "complaint",
        "feedback": "feedback",
        "question": "question",
        "rate": "nps",
    }
    assert {command: script.id for command in commands if (script := library.by_command(command))} == commands
    assert [script.id for script in library.after("case_closed")] == ["csat"]
    assert library.get("nope") is None
    assert library.by_command("") is None


def test_shipped_dialogues_are_the_same_read_back_from_the_store() -> None:
    """A stored source gives the very same script, digest and all."""
    for script in Library.load([SHIPPED], ("fi", "en", "cs")).all():
        again = read_script(script.source, script.id)
        assert again == script


def test_own_file_replaces_the_shipped_one_and_new_ones_join(tmp_path: Path) -> None:
    """Same name, own wins."""
    own = folder(tmp_path / "own", form=SOUND.replace('after = "case_closed", delay = "2d" ', 'after = "case_closed" '))
    shipped = folder(tmp_path / "shipped", form=SOUND, other=SOUND.replace('"form"', '"other"'))
    library = Library.load([shipped, own], LANGUAGES)
    assert [script.id for script in library.all()] == ["form", "other"]
    form = library.get("form")
    assert form is not None
    assert form.starts.delay == dt.timedelta(0)


def test_reload_takes_a_sound_change_and_refuses_a_faulty_one_whole(tmp_path: Path) -> None:
    """Nothing is exchanged by half: one bad file keeps all the old ones."""
    own = folder(tmp_path, form=SOUND)
    library = Library.load([own], LANGUAGES)
    folder(tmp_path, form=SOUND.replace("version = 2", "version = 3"))
    library.reload()
    third = library.get("form")
    assert third is not None
    assert third.version == 3
    folder(tmp_path, form=SOUND.replace("version = 2", "version = 4"), broken="id = \n")
    with pytest.raises(Faults, match=r"broken\.toml:1: id"):
        library.reload()
    assert library.get("form") is third


def test_fourth_language_is_a_file_beside_the_script(tmp_path: Path) -> None:
    """Swedish texts come from form.sv.toml in the company's own folder; the stored source holds them."""
    swedish = (
        'title = "Formulär"\n[ask.score]\nsay = "Hur mycket?"\n[ask.why]\nsay = "Du sade {score}. Varför?"\n'
        '[ask.topic]\nsay = "Vad?"\noptions.car = "Bil"\noptions.boat = "Båt"\n'
        '[done.1]\nsay = "Nummer {case}"\n[done.2]\nsay = "Tack"\n'
    )
    shipped = folder(tmp_path / "shipped", form=SOUND)
    own = folder(tmp_path / "own", form__sv=swedish)
    library = Library.load([shipped, own], (*LANGUAGES, "sv"))
    script = library.get("form")
    assert script is not None
    assert (script.title["sv"], script.questions[0].say["sv"]) == ("Formulär", "Hur mycket?")
    assert script.questions[2].options[1].label["sv"] == "Båt"
    assert script.endings[1].say["sv"] == "Tack"
    assert read_script(script.source, "form") == script
    assert Library.load([shipped, own], LANGUAGES).get("form") == script_of(SOUND)


def test_mistakes_of_a_translation_file_lead_into_that_file(tmp_path: Path) -> None:
    """Missing, wrong, too much: each with its own place."""
    swedish = 'title = "Formulär"\n[ask.score]\nsay = "<p>"\n[ask.topic]\nsay = "Vad?"\noptions.bot = "Båt"\n'
    own = folder(tmp_path / "own", form=SOUND, form__sv=swedish, from__sv="title = 'x'\n")
    with pytest.raises(Faults) as caught:
        Library.load([own], (*LANGUAGES, "sv"))
    found = [str(fault) for fault in caught.value.faults]
    assert "own/form.sv.toml:3: ask.score.say: <p> is no tag" in "\n".join(found)
    assert (
        'own/form.sv.toml:6: ask.topic.options.bot: the script has no such text; did you mean "ask.topic.options.boat"?'
        in found
    )
    assert 'own/form.toml:32: ask[topic].options[boat]: the translation is missing in sv; add sv = "..."' in found
    assert 'own/from.sv.toml:1: translates no dialogue: there is no from.toml; did you mean "form"?' in found


def test_mistakes_between_files_are_told_too(tmp_path: Path) -> None:
    """One command for two, a start of what is not there, a circle, a name that is not the file's."""

    def starting(name: str, following: str, command: str) -> str:
        source = SOUND.replace('"form"', f'"{name}"', 1).replace('command = "form"', f'command = "{command}"')
        return source + f'start = "{following}"\n'

    files = {"a": starting("a", "b", "x"), "b": starting("b", "a", "x"), "c": starting("d", "e", "y")}
    with pytest.raises(Faults) as caught:
        Library.load([folder(tmp_path / "own", **files)], LANGUAGES)
    circle = "the dialogues go round in a circle"
    assert [str(fault) for fault in caught.value.faults] == [
        f"own/a.toml:45: done[2].start: {circle}: a → b → a; let one of them end without start",
        "own/b.toml:4: start.command: /x starts a already; give each dialogue a command of its own",
        f"own/b.toml:45: done[2].start: {circle}: b → a → b; let one of them end without start",
        'own/c.toml:1: id: "d" is not the file\'s name; write id = "c"',
        'own/c.toml:45: done[2].start: there is no dialogue "e"; known are a, b, c',
    ]


def test_condition_may_name_a_fact_that_another_dialogue_learns(tmp_path: Path) -> None:
    """Facts are shared; a fact that nobody learns is a typing mistake."""
    other = SOUND.replace('id = "form"', 'id = "other"').replace('command = "form"', 'command = "other"')
    other = other.replace('fact = "nps"\n', "").replace("score <= 8", "nps <= 8")
    assert Library.load([folder(tmp_path, form=SOUND, other=other)], LANGUAGES).get("other") is not None
    (tmp_path / "form.toml").write_text(SOUND.replace('fact = "nps"\n', ""), encoding="utf-8")
    with pytest.raises(Faults, match='unknown name "nps"'):
        Library.load([tmp_path], LANGUAGES)
