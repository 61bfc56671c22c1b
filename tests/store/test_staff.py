"""Staff members in the store."""

from __future__ import annotations

import datetime as dt

from domain.staff import Role
from store.database import Database
from store.staff import (
    add_member,
    expect_words,
    find_member,
    ids_of_members,
    install_admins,
    list_members,
    names_of,
    note_presence,
    remove_member,
    set_reachable,
)

NOW = dt.datetime(2027, 3, 2, 10, tzinfo=dt.UTC)


async def test_admins_of_the_config_are_put_in_and_keep_their_names(database: Database) -> None:
    """A second start changes nothing, and an agent named in the config becomes an admin."""
    async with database.write() as tx:
        await add_member(tx, 5, "Olga", Role.AGENT, NOW, language="fi")
        await install_admins(tx, [5, 6], NOW)
        await install_admins(tx, [5, 6], NOW)
        olga, other = await list_members(tx)
    assert (olga.name, olga.role, olga.language) == ("Olga", Role.ADMIN, "fi")
    assert (other.id, other.role) == (6, Role.ADMIN)


async def test_removed_member_has_no_rights_but_a_name(database: Database) -> None:
    """The history still says who it was; adding her again gives exactly the new role."""
    async with database.write() as tx:
        await add_member(tx, 5, "Olga", Role.MANAGER, NOW)
        await expect_words(tx, 5, "reply:12")
        assert await remove_member(tx, 5, NOW)
        assert not await remove_member(tx, 5, NOW)
        assert await find_member(tx, 5) is None
        assert await ids_of_members(tx) == frozenset()
        assert await names_of(tx, [5, 6]) == {5: "Olga"}
        again = await add_member(tx, 5, "", Role.AGENT, NOW)
    assert (again.name, again.role, again.expects) == ("Olga", Role.AGENT, "")


async def test_member_who_writes_is_named_and_reachable(database: Database) -> None:
    """Her chosen language is not overwritten by what her Telegram says."""
    async with database.write() as tx:
        olga = await add_member(tx, 5, "", Role.AGENT, NOW)
        await set_reachable(tx, 5, False)
        olga = await note_presence(tx, olga, "Olga", "cs")
        olga = await note_presence(tx, olga, "Olga K", "en")
        assert await find_member(tx, 5) == olga
    assert (olga.name, olga.language, olga.reachable) == ("Olga K", "cs", True)
