"""What was approved is what goes out: texts from the store, and a picture only while it is the one that was seen."""

from __future__ import annotations

import pytest

from domain.messages import OnUnknown
from domain.newsletters import Account, Sending, SendingState
from store import recipients, sendings
from store.ids import new_id
from tests.scheduler.stage import START, Stage

PICTURED = '+++\nmedia = "spring.jpg"\ncanary = 0\n+++\nHello {{ name }}!'


async def start(stage: Stage) -> int:
    """Start a sending of what the files say now."""
    file = stage.files.get("spring")
    assert file is not None
    sending = Sending(
        new_id(), "spring", file.newsletter.digest, SendingState.RUNNING, START, started_at=START, audience=""
    )
    async with stage.database.write() as tx:
        await sendings.add(tx, sending, content=file.content, on_unknown=OnUnknown.NEVER_TWICE)
    return sending.id


@pytest.mark.parametrize(
    ("later", "state", "account"),
    [
        (b"picture", SendingState.FINISHED, Account(sent=3)),
        (b"another", SendingState.STOPPED, None),
        (None, SendingState.STOPPED, None),
    ],
)
async def test_a_picture_that_was_changed_after_the_start_does_not_go_out(
    stage: Stage, later: bytes | None, state: SendingState, account: Account | None
) -> None:
    """Nobody has approved the new one: the sending stops before anybody gets it."""
    picture = stage.folder / "spring.jpg"
    picture.write_bytes(b"picture")
    stage.write("spring.en.j2", PICTURED)
    await stage.close()
    stage.start()
    await stage.put_customers(3)
    sending_id = await start(stage)
    if later is None:
        picture.unlink()
    else:
        picture.write_bytes(later)
    stage.write("spring.fi.j2", "Toinen teksti")
    await stage.run(START)
    async with stage.database.read() as tx:
        sending = await sendings.get(tx, sending_id)
        found = await recipients.account(tx, sending_id)
    assert sending is not None
    assert sending.state is state
    assert len(stage.arrived) == (0 if account is None else 3)
    if account is not None:
        assert found == account
        assert {row.message.text.split()[0] for row in stage.arrived} == {"Hello", "Hei"}
    else:
        assert sending.reason == "gone"
