"""Whose a task of a care plan is: the owner of the customer, a named member, or somebody of a role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from domain.staff import Role, StaffMember


def owner_for(
    content: Mapping[str, Any], customer_id: int, customers_owner: int | None, members: Sequence[StaffMember]
) -> int | None:
    """
    Return who is to do a task by what the plan said (*content* of its run); None where there are no staff at all.

    Whoever is no member any more is passed over for the plan's stand-in, and that for any manager. Of several members
    of a role each has her share of the customers, always the same ones.
    """
    present = {member.id for member in members}
    owner = str(content.get("owner", ""))
    if owner == "":
        first = customers_owner if customers_owner in present else None
    else:
        first = _chosen(owner, customer_id, members)
    if first is not None:
        return first
    others = (Role.MANAGER, Role.ADMIN, Role.AGENT, Role.EDITOR)
    for stand_in in (str(content.get("stand_in", "")), *(role.value for role in others)):
        found = _chosen(stand_in, customer_id, members)
        if found is not None:
            return found
    return None


def _chosen(who: str, customer_id: int, members: Sequence[StaffMember]) -> int | None:
    if who.isdigit():
        return next((member.id for member in members if member.id == int(who)), None)
    ids = sorted(member.id for member in members if member.role.value == who)
    return ids[customer_id % len(ids)] if ids else None
