"""The small question that the page about pictures shows: it can be used as it stands."""

from __future__ import annotations

import re
from pathlib import Path

from dialogues.fact_files import load_facts

PAGE = Path(__file__).parents[2] / "docs" / "picture.md"


def test_question_of_the_page_learns_the_total_that_the_share_needs(tmp_path: Path) -> None:
    """It reads without a fault in all three languages, and the config beside it names the same fact."""
    blocks = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (question,) = (block for block in blocks if "[[fact]]" in block)
    (share,) = (block for block in blocks if "[insight.share]" in block)
    (tmp_path / "food_budget.toml").write_text(question, encoding="utf-8")
    facts = load_facts([tmp_path], ("fi", "en", "cs"))
    assert list(facts.types) == re.findall(r'fact\s+= "(\w+)"', share)
