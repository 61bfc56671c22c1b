"""QR codes that are drawn when a message goes: a camera reads them, a person reads what is below, and none is lost."""

from __future__ import annotations

import io

import numpy as np
import zxingcpp
from PIL import Image
from sqlalchemy import select

from bot.qr_pictures import qr_picture
from domain.drawing_names import is_drawn, qr_media, read_qr
from domain.messages import Message
from store.database import Database
from store.tables import settings
from tests.bot.pump_scene import PumpScene
from tests.bot.telegram_stub import telegram_stub

LINK = "https://t.me/a_bot_with_a_name_of_thirty_two?start=c-K7MQ3XPD-" + "k" * 22


def read_code(picture: bytes, width: int = 0) -> list[str]:
    """Read the codes in a picture, shrunk to *width* pixels if one is given."""
    image = Image.open(io.BytesIO(picture)).convert("L")
    if width:
        image = image.resize((width, width * image.height // image.width))
    return [found.text for found in zxingcpp.read_barcodes(np.asarray(image))]


def test_code_is_read_back_also_as_small_as_in_a_list_of_messages() -> None:
    """A customer shows it on her phone; staff's camera sees it small, blurred and a little from the side."""
    drawn = qr_picture(LINK, "K7MQ-3XPD")
    assert read_code(drawn) == [LINK]
    assert read_code(drawn, width=160) == [LINK]


def test_print_below_differs_with_the_caption_and_with_nothing_else() -> None:
    """The same coupon gives the same bytes on any machine and day; another code is seen to be another."""
    drawn = qr_picture(LINK, "K7MQ-3XPD")
    assert drawn == qr_picture(LINK, "k7mq-3xpd")
    assert drawn != qr_picture(LINK, "K7MQ-3XPE")
    code_only = np.asarray(Image.open(io.BytesIO(qr_picture(LINK, ""))))
    printed = np.asarray(Image.open(io.BytesIO(drawn)))
    more = (len(printed) - len(code_only) + 1) // 2
    assert np.array_equal(printed[: len(code_only), more : more + len(code_only)], code_only)
    assert not printed[len(code_only) :].all()


def test_code_keeps_its_quiet_zone_in_an_album() -> None:
    """Squares edge to edge: four modules of white (the standard's number) are around each code, and all are read."""
    links = [f"{LINK}{number}" for number in range(6)]
    pictures = [np.asarray(Image.open(io.BytesIO(qr_picture(each, "K7MQ-3XPD")))) for each in links]
    side, module = len(pictures[0]), 10
    assert {each.shape for each in pictures} == {(side, side)}
    dark = np.argwhere(~pictures[0][: side - 7 * 8 - 4 * module])
    (top, left), (bottom, right) = dark.min(axis=0), dark.max(axis=0) + 1
    assert bottom - top == right - left
    assert top >= 4 * module
    assert min(left, side - right) > 6 * module
    assert pictures[0][bottom : bottom + 4 * module].all()
    album = np.vstack([np.hstack(pictures[:3]), np.hstack(pictures[3:])])
    shown = np.asarray(Image.fromarray(album).convert("L").resize((480, 320)))
    assert sorted(found.text for found in zxingcpp.read_barcodes(shown)) == links


def test_any_caption_can_be_drawn() -> None:
    """Signs that have no print leave a gap, and a long one is cut rather than refused."""
    assert read_code(qr_picture("x", "Ä€ % " * 40)) == ["x"]


def test_name_says_all_that_is_in_the_picture() -> None:
    """It needs nothing but itself, so that a restart loses no picture."""
    media = qr_media(LINK, "No 7: ä")
    assert is_drawn(media.path)
    assert read_qr(media.path) == (LINK, "No 7: ä")
    assert not is_drawn("/tmp/qr.png")


async def test_picture_is_drawn_at_the_call_and_leaves_nothing_behind(sqlite_database: Database) -> None:
    """What waits in the outbox is a name; what Telegram gets is a picture, and no row remembers its id."""
    async with telegram_stub() as stub:
        scene = PumpScene(sqlite_database, stub)
        await scene.prepare()
        stub.answers["sendPhoto"] = lambda params: {
            **stub.message(params),
            "photo": [{"file_id": "large", "file_unique_id": "u", "width": 9, "height": 9}],
        }
        message = Message("Show it at the till.", media=(qr_media(LINK, "K7MQ-3XPD"),))
        await scene.settle(scene.row(1, message=message), scene.row(1, message=message))
        sent = [params["photo"] for params in stub.of("sendPhoto")]
        assert [read_code(picture) for picture in sent] == [[LINK], [LINK]]
        async with sqlite_database.read() as tx:
            kept = (await tx.scalars(select(settings.c.name))).all()
        assert not [name for name in kept if name.startswith("file:")]
