"""Programme files: a draft may lack anything, what is published lacks nothing, and secrets stay secret."""

from __future__ import annotations

from pathlib import Path

from bot.content_programmes import judge_programmes
from bot.programme_files import SHIPPED, Programmes, load_programmes
from domain.benefits import Give, Occasion
from domain.faults import FaultList
from domain.loyalty import Loyalty
from domain.programmes import Identify, Joining, missing_parts

LANGUAGES = ("fi", "en", "cs")
SILENT = (SHIPPED / "quiet-thanks.toml").read_text(encoding="utf-8")
OPEN = (SHIPPED / "regulars-club.toml").read_text(encoding="utf-8")


def read(content: Path, **files: str) -> tuple[Programmes, FaultList]:
    folder = content / "programmes"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name.replace('_', '-')}.toml").write_text(text, encoding="utf-8")
    faults = FaultList()
    return load_programmes(content, LANGUAGES, faults), faults


def published(text: str) -> str:
    return text.replace("published = false", "published = true")


def test_shipped_programmes_are_drafts_that_lack_nothing() -> None:
    """Nobody promises points by an upgrade, and one word publishes what is shipped."""
    faults = FaultList()
    found = load_programmes(None, LANGUAGES, faults)
    assert not faults.faults
    assert not found.published
    assert {each.name: missing_parts(each) for each in found.drafts} == {"quiet-thanks": (), "regulars-club": ()}


def test_published_programme_is_read_with_all_its_parts(tmp_path: Path) -> None:
    """Tiers from the lowest up, and what each has."""
    found, faults = read(tmp_path, regulars_club=published(OPEN), quiet_thanks="off = true")
    assert not faults.faults
    (club,) = found.published
    assert not found.drafts
    assert (club.membership, club.join) == ("programme:regulars-club", Joining.OPEN)
    assert club.identify == {Identify.NUMBER, Identify.CARD}
    assert [tier.name for tier in club.tiers] == ["member", "silver", "gold"]
    assert club.points is not None
    everybody = ["welcome-points", "birthday-coffee", "birthday-flower"]
    assert [each.id for each in club.benefits_at("member")] == everybody
    assert [each.id for each in club.benefits_at("gold")] == [*everybody, "silver-welcome", "personal-hour"]
    assert [each.give for each in club.benefits if each.occasion is Occasion.TIER] == [Give.POINTS, Give.TASK]


def test_publishing_names_every_part_that_is_missing(tmp_path: Path) -> None:
    """Name, joining, a way to identify, an open calculation model, communication; for silent ones their four."""
    _, faults = read(tmp_path, club="published = true\n", hush='kind = "silent"\npublished = true\n')
    told = {(fault.where.rpartition("/")[2], fault.key) for fault in faults.faults}
    wanted = ["title", "about", "join", "how", "terms", "identify", "points", "communication"]
    silent = ["title", "rule", "goal", "benefit", "targets", "targets.investment"]
    assert told == {("club.toml", key) for key in wanted} | {("hush.toml", key) for key in silent}
    assert all("published = false" in fault.remedy for fault in faults.faults)


def test_a_draft_may_lack_all_that_but_no_fault_of_writing(tmp_path: Path) -> None:
    """A draft is work under way; a slip of the pen is a slip of the pen."""
    found, faults = read(tmp_path, club='join = "opne"\ncolour = "red"\n')
    assert not found.drafts
    assert [(fault.line, fault.key) for fault in faults.faults] == [(1, "join"), (2, "colour")]
    found, faults = read(tmp_path, club='title.en = "Club"\n')
    assert not faults.faults
    assert [each.name for each in found.drafts] == ["club", "quiet-thanks", "regulars-club"]


def test_faults_within_tiers_and_benefits_have_their_lines(tmp_path: Path) -> None:
    """What is named must be there, each of the eight qualities is stated, and what is given is said."""
    text = """
[[tier]]
name = "base"
title.fi = "Perus"
benefits = ["cake"]
[[benefit]]
id = "flower"
title.fi = "Kukka"
form = "relationship"
bond = "social"
when = "0 9 32 * *"
give = "words"
[benefit.qualities]
tiered = 3
"""
    _, faults = read(tmp_path, club=text)
    told = {(fault.line, fault.key) for fault in faults.faults}
    assert (5, "tier[1].benefits") in told
    assert (11, "benefit[flower].when") in told
    assert (14, "benefit[flower].qualities.tiered") in told
    assert sum(key is not None and ".qualities." in key for _, key in told) == 8
    assert any(key == "benefit[flower].say" for _, key in told)


def test_published_texts_are_there_in_every_language(tmp_path: Path) -> None:
    """A customer is never spoken to in a language that she does not know."""
    text = published(OPEN).replace('how.cs    = "Přidejte se tlačítkem. Je to zdarma a odejít můžete kdykoli."\n', "")
    _, faults = read(tmp_path, regulars_club=text)
    assert [(fault.key, fault.problem) for fault in faults.faults] == [("how", "there is no text in cs")]


def test_silent_programme_is_named_in_no_text_for_customers(tmp_path: Path) -> None:
    """Its name and its title in any language are found with file and line; in rules they may stand."""
    letter = tmp_path / "newsletters" / "spring.en.j2"
    letter.parent.mkdir()
    letter.write_text(
        "+++\naudience = 'member(\"programme:quiet-thanks\")'\n+++\nDear one,\n"
        "you are one of our “Quiet thanks:  Coffee People”!\n",
        encoding="utf-8",
    )
    (tmp_path / "dialogues").mkdir()
    script = tmp_path / "dialogues" / "ask.toml"
    script.write_text('# quiet-thanks asks\nsay.fi = "Olet QUIET-THANKS-ohjelmassa"\n', encoding="utf-8")
    _, faults = read(tmp_path, quiet_thanks=published(SILENT))
    assert [(fault.where, fault.line) for fault in faults.faults] == [
        ("dialogues/ask.toml", 2),
        ("newsletters/spring.en.j2", 5),
    ]
    assert "silent programme" in faults.faults[0].problem
    draft, faults = read(tmp_path, quiet_thanks=SILENT)
    assert not faults.faults
    assert "quiet-thanks" in {each.name for each in draft.drafts}


def test_what_no_customer_reads_may_name_a_silent_programme(tmp_path: Path) -> None:
    """Names, comments, reasons for staff, tasks, drafts and what is taken away are no texts; a text's every line is."""
    written = {
        "newsletters/spring.en.j2": "+++\ncampaign = 'quiet-thanks'\n+++\n"
        "{# quiet-thanks\n#}\nwhen quiet thanks comes\n",
        "campaigns/quiet-thanks.toml": 'kind = "benefit"  # of quiet-thanks\n'
        'terms.en = """\nFrom us.\nnote: quiet thanks\n"""\n',
        "campaigns/gone.toml": 'off = true\ntitle.en = "Quiet thanks"\n',
        "events/evening.toml": 'title.en = "Quiet thanks"\n',
        "care/year.toml": 'title.en = "Quiet thanks"\n[[action]]\nkind = "task"\ntitle.en = "Quiet thanks"\n'
        '[[action]]\nkind = "message"\nsay.en = "Quiet thanks"\n',
    }
    for name, text in written.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    secret = published(SILENT).replace('"Nobody expects it."', '"Nobody expects a pastry with the coffee."')
    _, faults = read(tmp_path, quiet_thanks=secret)
    assert [(fault.where, fault.line) for fault in faults.faults] == [
        ("campaigns/quiet-thanks.toml", 4),
        ("care/year.toml", 7),
        ("newsletters/spring.en.j2", 6),
    ]


def test_surprise_is_told_nowhere_before_it_is_given(tmp_path: Path) -> None:
    """Not in a newsletter, nor in the programme's own promises; in its own words it is."""
    text = (
        published(OPEN)
        .replace("it is free", "It is free")
        .replace('how.en    = "Join with the button.', 'how.en    = "Join, and get a birthday coffee.')
    )
    _, faults = read(tmp_path, regulars_club=text)
    assert [fault.where for fault in faults.faults] == ["programmes/regulars-club.toml"]
    assert "birthday-coffee" in faults.faults[0].problem


def test_campaigns_and_segments_that_there_are_not_are_named(tmp_path: Path) -> None:
    """With the line of the programme's file, and what may be meant."""
    text = published(OPEN).replace('give     = "points"\npoints   = 200', 'give     = "coupon"\ncampaign = "thank"')
    text = text.replace("spent(12m) >= 500", 'segment("regular")')
    found, faults = read(tmp_path, regulars_club=text)
    judge_programmes(Loyalty(programmes=found.published), {"regulars"}, (), tmp_path, faults)
    lines = text.splitlines()
    told = [(lines[(fault.line or 0) - 1].split()[0], fault.key, fault.problem) for fault in faults.faults]
    assert told == [
        ("rule", "rule", 'unknown segment "regular"'),
        ("campaign", "campaign", 'there is no campaign "thank"'),
    ]
    assert '"regulars"' in faults.faults[0].remedy
