"""Names of the nightly picture in rules, such as `picture.class`: their types, their words, and their values."""

from __future__ import annotations

from collections.abc import Mapping

from domain.lifecycle import Stage
from domain.money import major_units
from domain.pictures import CustomerClass, Picture
from domain.rules_values import Type

PREFIX = "picture."
PICTURE_NAMES: Mapping[str, Type] = {
    "picture.class": Type.TEXT,
    "picture.stage": Type.TEXT,
    "picture.step": Type.TEXT,
    "picture.value": Type.TEXT,
    "picture.alive": Type.NUMBER,
    "picture.expected": Type.NUMBER,
    "picture.clv": Type.NUMBER,
    "picture.share": Type.NUMBER,
    "picture.recency": Type.NUMBER,
    "picture.frequency": Type.NUMBER,
    "picture.monetary": Type.NUMBER,
    "picture.cluster": Type.NUMBER,
}
"""What a rule may ask of the picture: alive in percent, expected in purchase days a year, clv in major units."""

PICTURE_WORDS: Mapping[str, tuple[str, ...]] = {
    "picture.class": tuple(each.value for each in CustomerClass),
    "picture.stage": tuple(each.value for each in Stage),
    "picture.step": ("prospect", "purchaser", "client", "supporter", "advocate", "partner"),
}
"""The texts that a name can be at all; of the others, any."""

PICTURE_FIELDS: Mapping[str, str] = {"class": "customer_class", "value": "value_class"}
"""Where a name after the prefix is called otherwise in `Picture` and in the store."""


def picture_value(picture: Picture | None, name: str, currency: str) -> object:
    """Give what a name of `PICTURE_NAMES` says; None where it is not known, or there is no picture yet."""
    short = name.removeprefix(PREFIX)
    value = None if picture is None else getattr(picture, PICTURE_FIELDS.get(short, short))
    if value is not None and short == "clv":
        return major_units(value, currency)
    return value.value if isinstance(value, CustomerClass) else value
