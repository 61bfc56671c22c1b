"""Judging the conditions of a script: names, option ids, and whether anything can ever make them hold."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from domain.dialogues import Question, QuestionKind
from domain.documents import Table
from domain.faults import did_you_mean
from domain.rules import RULE, Known, Rule, Type, check_rule, evaluate, names_in, rule_faults
from domain.rules_tree import Among, Call, Compared, Constant, Expression, Name, Within, walk

CUSTOMER_NAMES: Mapping[str, Type] = {
    "language": Type.TEXT,
    "kind": Type.TEXT,
    "town": Type.TEXT,
    "company": Type.TEXT,
    "open_cases": Type.NUMBER,
}
"""What conditions in scripts may name of every customer, besides answers and facts."""

_KIND = QuestionKind
_TYPES = {
    **dict.fromkeys((_KIND.TEXT, _KIND.CHOICE, _KIND.LANGUAGE, _KIND.PHONE, _KIND.LOCATION), Type.TEXT),
    **dict.fromkeys((_KIND.SCALE, _KIND.STARS, _KIND.NUMBER), Type.NUMBER),
    **dict.fromkeys((_KIND.PHOTO, _KIND.VOICE, _KIND.DOCUMENT), Type.NUMBER),
    **dict.fromkeys((_KIND.YES_NO, _KIND.CONSENT, _KIND.CONFIRM), Type.FLAG),
    _KIND.MANY: Type.LIST,
    _KIND.DATE: Type.DATE,
    _KIND.MESSAGES: Type.ANY,
}
_MOST_CASES = 20_000  # combinations of answers that are tried before a condition is taken as possible


def type_of(question: Question) -> Type:
    """Give what the answer to *question* is in a rule."""
    return _TYPES[question.kind]


def read_condition(
    table: Table, key: str, earlier: Sequence[Question], later: Iterable[str], facts: Mapping[str, Type]
) -> Rule | None:
    """Read the rule at *key*, judged against what can be known by then; None where it is left out or faulty."""
    if key not in table:
        return None
    rule = table.get(key, RULE, None)
    if rule is None:
        return None
    names = dict(facts) | dict(CUSTOMER_NAMES) | {question.id: type_of(question) for question in earlier}
    own = next(iter(later := list(later)), "")  # the question itself comes first
    later = set(later) - names.keys()
    used = names_in(rule)
    names |= {name: Type.ANY for name in used if name.startswith("fact.") or name in later}
    mistakes = check_rule(rule, names)
    line = table.content_line(key) or 1
    full = f"{table.name}.{key}" if table.name else key
    faults = rule_faults(mistakes, rule.text, table.where, line=line, key=full)
    for fault in faults:
        table.fault(key, fault.problem, fault.remedy, content_line=(fault.line or line) - line + 1)
    for name in sorted(used & later):
        if name == own:
            table.fault(key, f"{name} is this very question", "name an earlier one")
        else:
            table.fault(key, f"{name} is asked later", f"move [[ask]] {name} above this one")
    wrong = list(_wrong_options(rule, earlier))
    for problem, remedy in wrong:
        table.fault(key, problem, remedy)
    if mistakes or wrong or used & later:
        return None
    if can_hold(rule, (), earlier) is False:
        what = "question" if key == "only_if" else "ending"
        table.fault(key, "can never hold, whatever she answers", f"correct it, or remove the {what}")
    return rule


def can_hold(rule: Rule | None, unless: Sequence[Rule], questions: Sequence[Question]) -> bool | None:
    """
    Say whether some answers make *rule* hold while none of *unless* does; None where there are too many to try.

    Tried are all options and scale points, no answer at all, and the constants of the rules with their neighbours. An
    answer counts only where its own question is asked.
    """
    rules = [each for each in (rule, *unless) if each is not None]
    nodes = [node for each in rules for node in walk(each.root)]
    if any(isinstance(node, Call) for node in nodes):
        return None
    by_id = {question.id: question for question in questions}
    names, conditions = _with_conditions({node.name for node in nodes if isinstance(node, Name)}, by_id)
    nodes += [node for condition in conditions.values() for node in walk(condition.root)]
    constants = [node.value for node in nodes if isinstance(node, Constant)]
    steps = len(names) if any(_compares_names(node) for node in nodes) else 0
    choices = [_values(by_id.get(name), constants, steps) for name in names]
    count = 1
    for some in choices:
        count *= len(some)
        if count > _MOST_CASES:
            return None
    for case in itertools.product(*choices):
        known = Known(dict(zip(names, case, strict=True)))
        holds = rule is None or evaluate(rule, known) is True
        if holds and any(
            answer is not None and name in conditions and evaluate(conditions[name], known) is not True
            for name, answer in zip(names, case, strict=True)
        ):
            continue  # she is never asked that, so she cannot have answered it
        if holds and not any(evaluate(other, known) is True for other in unless):
            return True
    return False


def _with_conditions(names: set[str], by_id: Mapping[str, Question]) -> tuple[list[str], dict[str, Rule]]:
    """Give the conditions under which the questions *names* are asked at all, and all names that these add."""
    conditions: dict[str, Rule] = {}
    ways = list(names)
    while ways:
        question = by_id.get(ways.pop())
        if question is None or question.only_if is None or question.id in conditions:
            continue
        nodes = list(walk(question.only_if.root))
        if question.id in CUSTOMER_NAMES or any(isinstance(node, Call) for node in nodes):
            continue
        conditions[question.id] = question.only_if
        ways += {node.name for node in nodes if isinstance(node, Name)}
    more = {node.name for rule in conditions.values() for node in walk(rule.root) if isinstance(node, Name)}
    return sorted(names | more), conditions


def _compares_names(node: Expression) -> bool:
    return isinstance(node, Compared) and not isinstance(node.left, Constant) and not isinstance(node.right, Constant)


def _values(question: Question | None, constants: Sequence[object], steps: int) -> list[object]:
    """
    Give answers to try: every one where they can be counted, else the constants that the rules know and others.

    *steps* further numbers stand in a row, where answers are compared with one another.
    """
    numbers = [value for value in constants if isinstance(value, Decimal)]
    around = [number + step for number in numbers for step in (-1, 0, 1)]
    match question:
        case Question(kind=_KIND.CHOICE):
            return [None, *(option.id for option in question.options)]
        case Question(kind=_KIND.MANY):
            ids = [option.id for option in question.options]
            return [None, (), *((each,) for each in ids), *itertools.combinations(ids, 2), tuple(ids)]
        case Question(kind=_KIND.SCALE | _KIND.STARS):
            low, high = (1, 5) if question.kind is _KIND.STARS else (int(question.low or 0), int(question.high or 10))
            return [None, *range(low, high + 1)]
        case Question(kind=_KIND.YES_NO | _KIND.CONSENT | _KIND.CONFIRM):
            return [None, True, False]
        case Question(kind=_KIND.NUMBER):
            low_high = [bound for bound in (question.low, question.high) if bound is not None]
            inside = [n for n in around if _within(n, question.low, question.high)]
            first = Decimal(question.low if question.low is not None else (question.high or steps) - steps)
            row = [first + step for step in range(steps) if _within(first + step, question.low, question.high)]
            some = [*inside, *row, *map(Decimal, low_high), *([] if low_high else [Decimal(0)])]
            return [None, *dict.fromkeys(some)]
        case _:
            others = [value for value in constants if isinstance(value, str | bool)]
            return [None, True, False, *dict.fromkeys([*around, *others, "\x00another"])]


def _within(number: Decimal, low: float | None, high: float | None) -> bool:
    return (low is None or number >= Decimal(low)) and (high is None or number <= Decimal(high))


def _wrong_options(rule: Rule, questions: Sequence[Question]) -> Iterable[tuple[str, str]]:
    """Find texts that are compared with a choice and are none of its option ids."""
    options = {q.id: [option.id for option in q.options] for q in questions if q.options}
    for node in walk(rule.root):
        for name, value in _compared_texts(node):
            if name in options and value not in options[name]:
                known = ", ".join(options[name])
                yield f'{name} has no option "{value}"', did_you_mean(value, options[name], otherwise=f"it has {known}")


def _compared_texts(node: Expression) -> Iterable[tuple[str, str]]:
    match node:
        case Compared(left=Name(name=name), right=Constant(value=str(value))):
            yield name, value
        case Compared(left=Constant(value=str(value)), right=Name(name=name)):
            yield name, value
        case Among(item=Name(name=name), options=options):
            yield from (
                (name, each.value) for each in options if isinstance(each, Constant) and isinstance(each.value, str)
            )
        case Within(item=Constant(value=str(value)), container=Name(name=name)):
            yield name, value
        case _:
            pass
