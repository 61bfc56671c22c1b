"""Club files: every fault at once, and none of a shipped one that is off."""

from __future__ import annotations

from pathlib import Path

from bot.club_files import SHIPPED, load_clubs
from domain.clubs import Club
from domain.faults import FaultList

TEXTS = 'title.en = "Kids"\nabout.en = "Stories"\nterms.en = "One letter a month"\n'


def _read(folder: Path, text: str) -> tuple[tuple[Club, ...], list[str]]:
    (folder / "clubs").mkdir(exist_ok=True)
    (folder / "clubs" / "kids.toml").write_text(text, encoding="utf-8")
    faults = FaultList()
    clubs = load_clubs(folder, ("en",), faults)
    return clubs, [f"{fault.line}: {fault.key}: {fault.problem}" for fault in faults.faults]


def test_shipped_club_is_off_until_it_is_copied(tmp_path: Path) -> None:
    """What ships starts nothing by itself, and works once `off` is taken away."""
    assert load_clubs(None, ("en",), FaultList()) == ()
    sample = (SHIPPED / "kids-club.toml").read_text(encoding="utf-8").replace("off = true\n", "")
    (club,), faults = _read(tmp_path, sample)
    assert faults == []
    assert (club.membership, club.topic) == ("club:kids", "club-kids")
    assert (club.from_age, club.until_age, club.guardian_under) == (None, 12, 13)


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    """Ages the wrong way round, what is no language, texts that lack, and no rule about children."""
    wrong = 'title.xx1 = "Kids"\nabout.en = "x"\nterms.fi = "x"\ncolour = "red"\n[age]\nfrom = 9\nuntil = 3\n'
    clubs, faults = _read(tmp_path, wrong)
    assert clubs == ()
    told = " ".join(faults)
    for each in ("xx1", "terms", "colour", "until", "guardian must agree"):
        assert each in told


def test_children_need_a_rule_about_guardians_and_grown_ups_do_not(tmp_path: Path) -> None:
    """Whoever lets children in must say from which age they decide by themselves."""
    assert _read(tmp_path, TEXTS + "[age]\nfrom = 18\n")[1] == []
    assert _read(tmp_path, TEXTS)[1] == []
    (fault,) = _read(tmp_path, TEXTS + "[age]\nuntil = 12\n")[1]
    assert "members may be younger than 16" in fault
    assert _read(tmp_path, TEXTS + "guardian_under = 15\n[age]\nuntil = 17\n")[1] == []
