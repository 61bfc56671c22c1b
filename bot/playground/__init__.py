"""A stand-in for Telegram's Bot API with people, faults, a clock and a browser chat. It imports no other room."""

from bot.playground.chats import Chat, Rights, Standing, Topic
from bot.playground.clock import PlayClock
from bot.playground.faults import Fault, FaultKind, Faults
from bot.playground.files import PlayFile
from bot.playground.groups import Group
from bot.playground.limits import Limits
from bot.playground.messages import Message
from bot.playground.people import Person
from bot.playground.playground import Link, Playground
from bot.playground.requests import Request
from bot.playground.taps import Answer, Tap

__all__ = [
    "Answer",
    "Chat",
    "Fault",
    "FaultKind",
    "Faults",
    "Group",
    "Limits",
    "Link",
    "Message",
    "Person",
    "PlayClock",
    "PlayFile",
    "Playground",
    "Request",
    "Rights",
    "Standing",
    "Tap",
    "Topic",
]
