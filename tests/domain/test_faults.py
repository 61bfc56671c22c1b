"""Faults: how they read, and that they come all at once."""

from __future__ import annotations

import pytest

from domain.faults import Fault, FaultList, Faults, did_you_mean


def test_fault_reads_place_key_problem_remedy() -> None:
    """The form is promised to users: file:line: key: problem; remedy."""
    fault = Fault("nps.toml", 7, "ask.score.kind", 'unknown kind "skale"', 'did you mean "scale"?')
    assert str(fault) == 'nps.toml:7: ask.score.kind: unknown kind "skale"; did you mean "scale"?'


def test_fault_without_line_or_key_leaves_them_out() -> None:
    """A whole missing file has no line and no key."""
    assert str(Fault("vuoro.toml", None, None, "is missing", "create it")) == "vuoro.toml: is missing; create it"


def test_collector_raises_all_faults_once_in_order_of_lines() -> None:
    """Everything wrong is told in one go, once each, from top to bottom."""
    found = FaultList()
    found.add("a.toml", 9, "b", "is missing", "add it")
    found.extend([Fault("a.toml", 2, "a", "is missing", "add it"), Fault("a.toml", 9, "b", "is missing", "add it")])
    with pytest.raises(Faults) as caught:
        found.raise_if_any()
    assert str(caught.value) == "a.toml:2: a: is missing; add it\na.toml:9: b: is missing; add it"
    assert len(found) == 2


def test_collector_without_faults_lets_the_reading_go_on() -> None:
    """Nothing wrong, nothing raised."""
    collected = FaultList()
    collected.raise_if_any()
    assert len(collected) == 0


def test_faults_without_a_fault_are_refused() -> None:
    """An empty complaint would hide a mistake in our own code."""
    with pytest.raises(ValueError, match="without a fault"):
        Faults([])


@pytest.mark.parametrize(
    ("word", "remedy"), [("sedn_at", 'did you mean "send_at"?'), ("Town", 'did you mean "town"?'), ("zzz", "remove it")]
)
def test_near_word_is_proposed_and_a_far_one_is_not(word: str, remedy: str) -> None:
    """A typing mistake is named with the word that was meant."""
    assert did_you_mean(word, ["send_at", "town"], otherwise="remove it") == remedy
