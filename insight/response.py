"""
The response rate of a survey: AAPOR's RR1 with dispositions in the terms of a chat.

The American Association for Public Opinion Research, Standard Definitions: Final Dispositions of Case Codes and Outcome
Rates for Surveys, 10th edition (2023): RR1 = I / ((I + P) + (R + NC + O) + (UH + UO)). It is the lowest of the rates
there, since everybody whose outcome is unknown counts as one who was asked and did not answer. The codes are those of
internet surveys of specifically named persons.

    I   complete      the run is done, and the question that the survey is about is answered
    P   partial       something is answered that stands, but the run was cancelled, expired or handed to a person
    R   refusal       nothing is answered, and she cancelled, skipped everything, took back her consent to surveys or
                      blocked the bot after the invitation had come
    NC  non-contact   delivered to her chat, no reaction until the end: Telegram tells no bot what was read
    O   other         she reacted, but a person took over before an answer
    UO  unknown       it is not known to have arrived (Telegram refused it, gave no answer, the bot was blocked or the
                      account deleted before), or she was in the sample and never asked (courtesy held it to the end)
    UH  -             "unknown if a household": does not occur, each invitation is to a known person
        open          not final yet: she may still answer, or waits to be invited
        not sampled   outside of what the rate is about: see `disposition_of`
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from domain.dialogues import RunState
from domain.holds import Hold
from domain.response import Asked, Delivery, Disposition, Evidence, NotAsked
from domain.waves import InvitationState

_UNREACHABLE = frozenset({Hold.LEFT_BOT, Hold.DEACTIVATED, Hold.NEVER_MET})
_BROKEN = frozenset({"error", "no_script", Hold.TOO_LATE.value})


@dataclass(frozen=True, slots=True)
class Response:
    """
    How many invitations ended how, by AAPOR's groups. `left_out` counts by reason those that were not in the sample.

    While `still_open` is not nought, `rr1` counts these as not answered so far, so that it can only rise.
    """

    complete: int = 0
    partial: int = 0
    refusal: int = 0
    non_contact: int = 0
    other: int = 0
    unknown: int = 0
    still_open: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def by_disposition(self) -> dict[Disposition, int]:
        """The counts of all that are in the sample."""
        return {
            Disposition.COMPLETE: self.complete,
            Disposition.PARTIAL: self.partial,
            Disposition.REFUSAL: self.refusal,
            Disposition.NON_CONTACT: self.non_contact,
            Disposition.OTHER: self.other,
            Disposition.UNKNOWN: self.unknown,
            Disposition.OPEN: self.still_open,
        }

    @property
    def sample(self) -> int:
        """Everybody in the sample: the denominator of RR1, those that are still open included."""
        return sum(self.by_disposition.values())

    @property
    def is_final(self) -> bool:
        """Whether nobody can answer any more."""
        return not self.still_open

    @property
    def rr1(self) -> float | None:
        """AAPOR's response rate 1 (0 to 1), None where the sample is empty."""
        return self.complete / self.sample if self.sample else None

    @property
    def answered(self) -> int:
        """Complete and partial answers."""
        return self.complete + self.partial


def disposition_of(evidence: Evidence) -> Disposition:
    """
    Say how an invitation ended.

    Of those without a run, AAPOR's question is whether they belong to the sample. Customers who did not agree to be
    asked, rest, were asked a short while ago, or could not be reached when the audience was frozen are not part of the
    population that the survey is drawn from ("not eligible", and a matter of coverage); those not drawn, or held in
    reserve and not needed, are an unused part of the list. None of them is non-response. Who was drawn and dropped
    afterwards although nothing in the survey's rules took her out (a block in between, a courtesy hold to the very end,
    a failure of ours) is in the sample with an unknown outcome, so that our own restraint never embellishes the rate.
    """
    match evidence:
        case NotAsked(state=InvitationState.QUEUED):
            return Disposition.OPEN
        case NotAsked(state=InvitationState.SKIPPED, reason=reason, late=late):
            held = reason in set(Hold) and Hold(reason).passes
            missed = held or reason in _BROKEN or (late and reason in _UNREACHABLE)
            return Disposition.UNKNOWN if missed else Disposition.NOT_SAMPLED
        case NotAsked():
            return Disposition.NOT_SAMPLED
        case Asked(state=RunState.OPEN):
            return Disposition.OPEN
        case Asked(state=RunState.DONE, key=True):
            return Disposition.COMPLETE
        case Asked(any=True) | Asked(key=True):
            return Disposition.PARTIAL
        case Asked(state=RunState.CANCELLED | RunState.DONE) | Asked(withdrew=True):
            return Disposition.REFUSAL
        case Asked(state=RunState.HANDED_OVER):
            return Disposition.OTHER
        case Asked(delivery=Delivery.SENT):
            return Disposition.NON_CONTACT
        case _:
            return Disposition.UNKNOWN


def response_of(counted: Iterable[tuple[Evidence, int]]) -> Response:
    """Add up evidence with its counts."""
    found = dict.fromkeys(Disposition, 0)
    left_out: dict[str, int] = {}
    for evidence, count in counted:
        disposition = disposition_of(evidence)
        found[disposition] += count
        if disposition is Disposition.NOT_SAMPLED and isinstance(evidence, NotAsked):
            reason = evidence.reason or evidence.state.value
            left_out[reason] = left_out.get(reason, 0) + count
    return Response(
        complete=found[Disposition.COMPLETE],
        partial=found[Disposition.PARTIAL],
        refusal=found[Disposition.REFUSAL],
        non_contact=found[Disposition.NON_CONTACT],
        other=found[Disposition.OTHER],
        unknown=found[Disposition.UNKNOWN],
        still_open=found[Disposition.OPEN],
        left_out=dict(sorted(left_out.items(), key=lambda item: (-item[1], item[0]))),
    )
