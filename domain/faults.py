"""What is wrong in a file that people wrote, said so that the writer can mend it: where, what, and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """
    One mistake in one place; `str()` gives "file:line: key: problem; remedy".

    *line* counts from 1 and is None where only the file as a whole is meant; *key* is None where no key is.
    """

    where: str
    line: int | None
    key: str | None
    problem: str
    remedy: str

    def __str__(self) -> str:
        place = self.where if self.line is None else f"{self.where}:{self.line}"
        named = f"{place}: {self.key}" if self.key else place
        return f"{named}: {self.problem}; {self.remedy}" if self.remedy else f"{named}: {self.problem}"


class Faults(Exception):  # noqa: N818  (it is several, and "FaultsError" would say it twice)
    """All faults that were found, at least one, in the order of their places; `str()` has one line for each."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: (fault.where, fault.line or 0)))
        if not self.faults:
            raise ValueError("Faults: raised without a fault; raise it only where something is wrong")
        super().__init__(self.faults)

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)


class FaultList:
    """
    Collects faults while the reading goes on, so that all of a file's (or a folder's) mistakes are told at once.

    Adding the same fault twice keeps one of them.
    """

    def __init__(self) -> None:
        self._faults: dict[Fault, None] = {}

    def add(self, where: str, line: int | None, key: str | None, problem: str, remedy: str) -> None:
        """Note one mistake and go on."""
        self._faults[Fault(where, line, key, problem, remedy)] = None

    def extend(self, faults: Iterable[Fault]) -> None:
        """Take over faults that were found elsewhere."""
        self._faults.update(dict.fromkeys(faults))

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What was found so far, in the order of files and lines."""
        return tuple(sorted(self._faults, key=lambda fault: (fault.where, fault.line or 0)))

    def __len__(self) -> int:
        return len(self._faults)

    def raise_if_any(self) -> None:
        """Raise `Faults` when something was found, else do nothing."""
        if self._faults:
            raise Faults(self._faults)


def did_you_mean(word: str, known: Iterable[str], *, otherwise: str) -> str:
    """Give a remedy that names the known word nearest to *word*, or *otherwise* where none is near."""
    candidates = sorted(set(known))
    folded = {candidate.casefold(): candidate for candidate in candidates}
    near = difflib.get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.6)
    return f'did you mean "{folded[near[0]]}"?' if near else otherwise
