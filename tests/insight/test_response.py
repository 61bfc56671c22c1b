"""What becomes of invitations, and AAPOR's response rate of it."""

from __future__ import annotations

import pytest

from domain.dialogues import RunState
from domain.response import Asked, Delivery, Disposition, NotAsked
from domain.waves import InvitationState
from insight.response import Response, disposition_of, response_of

_SILENT = Asked(RunState.EXPIRED, key=False, any=False)


@pytest.mark.parametrize(
    ("response", "rate"),
    [
        (Response(complete=4, partial=2, refusal=1, non_contact=1, other=1, unknown=2), 4 / 11),
        (Response(complete=100, non_contact=20), 0.8333),
        (Response(complete=250, partial=10, refusal=120, non_contact=90, other=5, unknown=25), 0.5),
    ],
)
def test_rr1_gives_published_examples(response: Response, rate: float) -> None:
    """
    RR1 = I / ((I + P) + (R + NC + O) + (UH + UO)), AAPOR Standard Definitions (10th edition, 2023).

    The first is the example table of rOpenSci's package "outcomerate" (I 4, P 2, R 1, NC 1, O 1, UH 1, UO 1, and one
    not eligible: 4/11), the second that of T. Leeper's package "responserates" (83.3 %), the third worked by hand.
    """
    assert response.rr1 == pytest.approx(rate, abs=5e-5)


@pytest.mark.parametrize(
    ("evidence", "ended"),
    [
        (Asked(RunState.DONE, key=True, any=True), "complete"),
        (Asked(RunState.EXPIRED, key=True, any=True), "partial"),
        (Asked(RunState.CANCELLED, key=False, any=True), "partial"),
        (Asked(RunState.DONE, key=False, any=True), "partial"),
        (Asked(RunState.HANDED_OVER, key=True, any=True), "partial"),
        (Asked(RunState.CANCELLED, key=False, any=False), "refusal"),
        (Asked(RunState.DONE, key=False, any=False), "refusal"),
        (Asked(RunState.EXPIRED, key=False, any=False, withdrew=True), "refusal"),
        (Asked(RunState.HANDED_OVER, key=False, any=False), "other"),
        (_SILENT, "non_contact"),
        (Asked(RunState.EXPIRED, key=False, any=False, delivery=Delivery.UNKNOWN), "unknown"),
        (Asked(RunState.EXPIRED, key=False, any=False, delivery=Delivery.FAILED), "unknown"),
        (Asked(RunState.EXPIRED, key=False, any=False, delivery=Delivery.NONE), "unknown"),
        (Asked(RunState.OPEN, key=True, any=True), "open"),
        (Asked(RunState.OPEN, key=False, any=False, withdrew=True), "open"),
        (NotAsked(InvitationState.QUEUED), "open"),
        (NotAsked(InvitationState.SKIPPED, "no_consent"), "not_sampled"),
        (NotAsked(InvitationState.SKIPPED, "recently_asked", late=True), "not_sampled"),
        (NotAsked(InvitationState.SKIPPED, "not_drawn"), "not_sampled"),
        (NotAsked(InvitationState.SKIPPED, "not_needed", late=True), "not_sampled"),
        (NotAsked(InvitationState.SKIPPED, "left_bot"), "not_sampled"),
        (NotAsked(InvitationState.SKIPPED, "left_bot", late=True), "unknown"),
        (NotAsked(InvitationState.SKIPPED, "open_complaint", late=True), "unknown"),
        (NotAsked(InvitationState.SKIPPED, "weekly_cap"), "unknown"),
        (NotAsked(InvitationState.SKIPPED, "error", late=True), "unknown"),
        (NotAsked(InvitationState.SKIPPED, "too_late", late=True), "unknown"),
    ],
)
def test_every_invitation_has_one_disposition(evidence: Asked | NotAsked, ended: str) -> None:
    """The table of docs/surveys.md, line by line."""
    assert disposition_of(evidence) is Disposition(ended)


def test_who_is_still_open_holds_the_rate_down() -> None:
    """On the first evening 12 of 100 have answered: 12 %, not 100 % of those that are over; and it says so."""
    response = response_of(
        [(Asked(RunState.DONE, key=True, any=True), 12), (Asked(RunState.OPEN, key=False, any=False), 88)]
    )
    assert (response.rr1, response.is_final, response.still_open) == (0.12, False, 88)


def test_who_was_never_in_the_sample_does_not_lower_the_rate() -> None:
    """They are counted apart, by reason, the most frequent first."""
    response = response_of(
        [
            (Asked(RunState.DONE, key=True, any=True), 5),
            (_SILENT, 5),
            (NotAsked(InvitationState.SKIPPED, "no_consent"), 40),
            (NotAsked(InvitationState.SKIPPED, "not_drawn"), 900),
        ]
    )
    assert (response.rr1, response.sample, response.answered) == (0.5, 10, 5)
    assert list(response.left_out.items()) == [("not_drawn", 900), ("no_consent", 40)]


def test_empty_sample_has_no_rate() -> None:
    """Nothing is nothing, not nought."""
    assert Response().rr1 is None
