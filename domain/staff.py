"""Staff: numeric Telegram ids with roles. Group membership alone gives no rights."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Role(enum.StrEnum):
    """What a staff member may do; each role includes the ones above it in this list."""

    AGENT = "agent"
    EDITOR = "editor"
    MANAGER = "manager"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """Order of the roles, the agent lowest."""
        return list(Role).index(self)


@dataclass(frozen=True, slots=True)
class StaffMember:
    """One staff member; `id` is the Telegram user id. `writing_to` is the case whose reply she was asked to type."""

    id: int
    name: str
    role: Role
    language: str | None = None
    expects: str = ""  # what her next words in the private chat are for, such as "reply:12" or "note:12"
    reachable: bool = True

    def may(self, role: Role) -> bool:
        """Say whether her role includes *role*."""
        return self.role.rank >= role.rank
