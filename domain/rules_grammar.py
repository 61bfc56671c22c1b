"""Reading a rule's text into its tree, and saying in plain words where and why that fails."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, UnexpectedToken, v_args
from lark.exceptions import VisitError

from domain.durations import parse_duration
from domain.rules_check import Mistake
from domain.rules_tree import (
    All,
    Among,
    AnyOf,
    Arithmetic,
    Call,
    Compared,
    Constant,
    Expression,
    Name,
    Not,
    Operator,
    Place,
    Within,
    children,
)
from domain.rules_values import Comparison

LONGEST = 4000
"""A rule's most signs; longer ones are a mistake, not a wish."""
DEEPEST = 40
"""How deep brackets and nots may be nested, so that no reading of the tree runs out of stack."""

_GRAMMAR = r"""
?start: either
?either: both (OR both)*                    -> either
?both: negation (AND negation)*             -> both
?negation: NOT negation                     -> negation
         | comparison
?comparison: sum
           | sum _comparing sum             -> compared
           | sum IN "(" sum ("," sum)* ","? ")"       -> among
           | sum NOT IN "(" sum ("," sum)* ","? ")"   -> not_among
           | sum IN NAME                    -> within
           | sum NOT IN NAME                -> not_within
_comparing: EQUALS | COMPARISON
?sum: product
    | sum (PLUS | MINUS) product            -> arithmetic
?product: unary
        | product (TIMES | BY) unary        -> arithmetic
?unary: atom
      | MINUS unary                         -> negative
?atom: NUMBER                               -> number
     | DURATION                             -> duration
     | STRING                               -> text
     | (YES | TRUE)                         -> yes
     | (NO | FALSE)                         -> no
     | UNKNOWN                              -> unknown
     | NAME                                 -> name
     | NAME "(" (argument ("," argument)* ","?)? ")"  -> call
     | "(" either ")"
argument: NAME EQUALS sum                   -> named
        | sum                               -> positional

AND: "and"
OR: "or"
NOT: "not"
IN: "in"
YES: "yes"
TRUE: "true"
NO: "no"
FALSE: "false"
UNKNOWN: "unknown"
EQUALS: "==" | "="
COMPARISON: "!=" | "<>" | "<=" | ">=" | "<" | ">" | "≠" | "≤" | "≥"
PLUS: "+"
MINUS: "-" | "−"
TIMES: "*" | "×"
BY: "/"
DURATION.2: /\d+(?:min|s|h|d|w|m|y)\b/
NUMBER: /\d+(?:\.\d+)?/
STRING: /"(?:[^"\\\n]|\\["\\n])*"/ | /'(?:[^'\\\n]|\\['\\n])*'/
NAME: /[^\W\d]\w*(?:\.\w+)*/
COMMENT: /#[^\n]*/
%ignore /\s+/
%ignore COMMENT
"""

_NO_SIGN = re.compile("[\0\ud800-\udfff]")
"""What no text of a store is: a NUL, or half a character."""
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n"}
_COMPARISONS = {"==": "=", "<>": "!=", "≠": "!=", "≤": "<=", "≥": ">="}
_TURNED = {"=>": ">=", "=<": "<="}
_OPERATORS = {"−": "-", "×": "*"}
_OPERANDS = {"NUMBER", "DURATION", "STRING", "NAME", "YES", "NO", "TRUE", "FALSE", "UNKNOWN"}
_WORDS = {
    "LPAR": '"("',
    "RPAR": '")"',
    "COMMA": '","',
    "EQUALS": "a comparison",
    "COMPARISON": "a comparison",
    "AND": '"and"',
    "OR": '"or"',
    "IN": '"in"',
    "$END": "the end",
}
_HINTS = {
    "&": 'write "and"',
    "|": 'write "or"',
    "!": 'write "not", or "!=" for different',
    "“": 'use straight quotation marks: "..."',
    "”": 'use straight quotation marks: "..."',
    "’": 'use straight quotation marks: "..."',
    "„": 'use straight quotation marks: "..."',
    '"': "close the text with a quotation mark on the same line",
    "'": "close the text with a quotation mark on the same line",
    "%": "write a share as a number such as 0.1",
    "€": "leave the currency out; amounts are in the company's own",
    "$": "leave the currency out; amounts are in the company's own",
    "{": "a rule has no braces; write the name alone",
}


class RuleSyntaxError(ValueError):
    """A text that does not read as a rule."""

    def __init__(self, mistake: Mistake) -> None:
        super().__init__(f"{mistake.place.line}:{mistake.place.column}: {mistake.problem}; {mistake.remedy}")
        self.mistake = mistake


def parse_tree(text: str) -> Expression:
    """Read *text* as one expression; raises `RuleSyntaxError` at the first thing that does not fit."""
    if not text.strip():
        raise RuleSyntaxError(Mistake("the rule is empty", "write a condition, or yes for everyone", Place()))
    if len(text) > LONGEST:
        problem = f"the rule has {len(text)} signs, and {LONGEST} are allowed"
        raise RuleSyntaxError(Mistake(problem, "split it", Place()))
    if (found := _NO_SIGN.search(text)) is not None:
        before = text[: found.start()]
        place = Place(before.count("\n") + 1, found.start() - before.rfind("\n"))
        raise RuleSyntaxError(Mistake("there is a sign that no text has", "remove it", place))
    try:
        root: Expression = _parser().parse(text)  # type: ignore[assignment]  # the transformer gives trees of ours
    except UnexpectedInput as error:
        raise RuleSyntaxError(_mistake(error, text)) from None
    except VisitError as error:
        if isinstance(error.orig_exc, RuleSyntaxError):
            raise error.orig_exc from None
        raise
    _refuse_depth(root)
    return root


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", lexer="basic", transformer=_Builder(), propagate_positions=False)


def _refuse_depth(root: Expression) -> None:
    waiting = [(root, 1)]
    while waiting:
        node, depth = waiting.pop()
        if depth > DEEPEST:
            raise RuleSyntaxError(
                Mistake(f"the rule is nested more than {DEEPEST} deep", "use fewer brackets", node.place)
            )
        waiting += [(child, depth + 1) for child in children(node)]


def _mistake(error: UnexpectedInput, text: str) -> Mistake:
    if isinstance(error, UnexpectedCharacters):
        sign = text[error.pos_in_stream or 0 :][:1]
        remedy = _HINTS.get(sign, "remove it")
        problem = "a text is not closed" if sign in {'"', "'"} else f'"{sign}" has no meaning in a rule'
        return Mistake(problem, remedy, Place(error.line, error.column))
    if isinstance(error, UnexpectedToken):
        wanted = _wanted(error.accepts or error.expected)
        if error.token.type == "$END":
            lines = text.rstrip().split("\n")
            place = Place(len(lines), len(lines[-1]) + 1)
            return Mistake("the rule breaks off", f"go on with {wanted}", place)
        token = str(error.token)
        place = Place(error.line, error.column)
        if token in {"AND", "OR", "NOT", "IN", "And", "Or", "Not"}:
            return Mistake(f'"{token}" is not understood', f'write "{token.lower()}" in small letters', place)
        if error.token.type == "COMMA" and (found := _decimal_at(text, error.token.start_pos or 0)):
            return Mistake(f'"{token}" does not fit here', f"write the number with a decimal point: {found}", place)
        if (meant := _TURNED.get(text[(error.token.start_pos or 0) - 1 :][:2])) is not None:
            return Mistake(
                f'"{text[(error.token.start_pos or 0) - 1 :][:2]}" is no comparison', f"write {meant}", place
            )
        return Mistake(f'"{token}" does not fit here', f"expected {wanted}", place)
    return Mistake("the rule is not understood", "rewrite it", Place())


def _decimal_at(text: str, comma: int) -> str:
    """Give the number that has its decimal comma there, with a point; empty where there is none."""
    whole, part = re.search(r"\d+$", text[:comma]), re.match(r"\d+", text[comma + 1 :])
    return f"{whole[0]}.{part[0]}" if whole and part else ""


def _wanted(expected: set[str]) -> str:
    found = ["a value"] if expected & _OPERANDS else []
    hidden = {"LPAR"} if expected & (_OPERANDS | {"RPAR", "$END"}) else set()
    found += dict.fromkeys(_WORDS[name] for name in sorted(expected - hidden) if name in _WORDS)
    return ", ".join(found[:-1]) + (" or " if found[1:] else "") + found[-1] if found else "something else"


def _at(token: Token) -> Place:
    return Place(token.line or 1, token.column or 1)


@v_args(inline=True)
class _Builder(Transformer[Token, Any]):
    """Builds our tree while the parser goes, so that no deep tree of the library's is ever walked."""

    def either(self, *parts: Any) -> Expression:
        nodes = tuple(part for part in parts if not isinstance(part, Token))
        return nodes[0] if len(nodes) == 1 else AnyOf(nodes, nodes[0].place)

    def both(self, *parts: Any) -> Expression:
        nodes = tuple(part for part in parts if not isinstance(part, Token))
        return nodes[0] if len(nodes) == 1 else All(nodes, nodes[0].place)

    def negation(self, word: Token, inner: Expression) -> Expression:
        return Not(inner, _at(word))

    def compared(self, left: Expression, sign: Token, right: Expression) -> Expression:
        return Compared(Comparison(_COMPARISONS.get(sign, str(sign))), left, right, left.place)

    def among(self, item: Expression, _in: Token, *options: Expression) -> Expression:
        return Among(item, options, item.place)

    def not_among(self, item: Expression, _not: Token, _in: Token, *options: Expression) -> Expression:
        return Not(Among(item, options, item.place), item.place)

    def within(self, item: Expression, _in: Token, container: Token) -> Expression:
        return Within(item, self.name(container), item.place)

    def not_within(self, item: Expression, _not: Token, _in: Token, container: Token) -> Expression:
        return Not(Within(item, self.name(container), item.place), item.place)

    def arithmetic(self, left: Expression, sign: Token, right: Expression) -> Expression:
        return Arithmetic(Operator(_OPERATORS.get(sign, str(sign))), left, right, left.place)

    def negative(self, sign: Token, inner: Expression) -> Expression:
        if isinstance(inner, Constant) and isinstance(inner.value, Decimal):
            return Constant(-inner.value, _at(sign))
        return Arithmetic(Operator.MINUS, Constant(Decimal(0), _at(sign)), inner, _at(sign))

    def number(self, token: Token) -> Constant:
        whole, _, part = token.partition(".")
        if len(whole) > 12 or len(part) > 6:
            remedy = "use at most 12 digits before the point and 6 after it"
            raise RuleSyntaxError(Mistake(f"{token} is too long a number", remedy, _at(token)))
        return Constant(Decimal(token), _at(token))

    def duration(self, token: Token) -> Constant:
        try:
            return Constant(parse_duration(token), _at(token))
        except ValueError:
            mistake = Mistake(f"{token} is too long a duration", "use at most 6 digits", _at(token))
            raise RuleSyntaxError(mistake) from None

    def text(self, token: Token) -> Constant:
        return Constant(_ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), token[1:-1]), _at(token))

    def yes(self, token: Token) -> Constant:
        return Constant(True, _at(token))

    def no(self, token: Token) -> Constant:
        return Constant(False, _at(token))

    def unknown(self, token: Token) -> Constant:
        return Constant(None, _at(token))

    def name(self, token: Token) -> Name:
        return Name(str(token), _at(token))

    def call(self, token: Token, *arguments: Any) -> Call:
        positional = tuple(node for name, node in arguments if name is None)
        named = tuple((name, node) for name, node in arguments if name is not None)
        return Call(str(token), positional, named, _at(token))

    def named(self, name: Token, _equals: Token, value: Expression) -> tuple[str, Expression]:
        return str(name), value

    def positional(self, value: Expression) -> tuple[None, Expression]:
        return None, value
