"""What files ask of each other is judged also while some have faults of their own: all at once, and nothing untrue."""

from __future__ import annotations

from pathlib import Path

from bot.config import Config
from bot.content import read_content
from domain.company import Company

COMPANY = Company(name="A shop", languages=("en",))
LETTER = '+++\ntitle = "N"\naudience = \'segment("nosuch")\'\ntopic = "no-topic"\n{more}\n[[buttons]]\n'
LETTER += 'label.en = "Take"\ncoupon = "{coupon}"\n+++\nHello.\n'


def _problems(folder: Path, **files: str) -> dict[str, list[str]]:
    for key, text in files.items():
        kind, name = key.split("__")
        (folder / kind).mkdir(exist_ok=True)
        ending = ".en.j2" if kind == "newsletters" else ".toml"
        (folder / kind / f"{name}{ending}").write_text(text, encoding="utf-8")
    _, faults = read_content(Config(folder=folder, company=COMPANY, content=folder))
    found: dict[str, list[str]] = {}
    for fault in faults.faults:
        found.setdefault(fault.where.rpartition("/")[2], []).append(fault.problem)
    return found


def test_faults_across_files_are_told_while_files_have_their_own(tmp_path: Path) -> None:
    """A newsletter with a slip of its own names no segment, topic and campaign: all four are told in one go."""
    told = _problems(
        tmp_path,
        newsletters__n=LETTER.format(more="wrong = 1", coupon="no-such"),
        campaigns__mine="kind = 3\n",
        offers__offers='every = "yearly"\n',
    )
    assert set(told) == {"n.en.j2", "mine.toml", "offers.toml"}
    for problem in ('unknown segment "nosuch"', '"no-topic" is no topic', 'there is no campaign "no-such"'):
        assert problem in told["n.en.j2"]


def test_a_name_whose_file_cannot_be_read_is_known(tmp_path: Path) -> None:
    """Where the file of a campaign, a segment, a newsletter or a programme is no TOML, whoever asks for it is right."""
    told = _problems(
        tmp_path,
        newsletters__n=LETTER.format(more="", coupon="mine").replace('topic = "no-topic"\n', ""),
        newsletters__m="+++\naudience = = \n+++\nHello.\n",
        campaigns__mine="kind = = 3\n",
        segments__nosuch="rule = = 3\n",
        programmes__ours="published = = 3\n",
        referrals__referrals='[thanks]\npoints = 5\nprogramme = "ours"\ncampaign = "mine"\n',
    )
    assert set(told) == {"m.en.j2", "mine.toml", "nosuch.toml", "ours.toml"}


def test_settings_that_cannot_be_are_named(tmp_path: Path) -> None:
    """Points that expire before they can be used, topics and campaigns that there are not, no time for a friend."""
    told = _problems(
        tmp_path,
        offers__offers='campaign = "nope"\n[till]\ncampaign = "six"\n',
        referrals__referrals='within = "1h"\n',
        programmes__p='published = true\n[points]\npending = "20d"\nlifetime = "10d"\nwarn_before = "3y"\n'
        '[communication]\ntopic = "no-topic"\n',
    )
    assert told["offers.toml"] == ['there is no campaign "nope"']
    assert told["referrals.toml"] == ["is too short for a friend to come"]
    assert {
        "points expire after 10d, and can be used after 20d only",
        "3y is no shorter than lifetime, 10d",
        '"no-topic" is no topic',
    } <= set(told["p.toml"])
