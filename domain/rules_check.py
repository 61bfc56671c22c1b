"""What is wrong with a rule although it reads well: unknown names and functions, unfit arguments and types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from domain.durations import Duration, Unit
from domain.faults import did_you_mean
from domain.rules_customer import ATTRIBUTE_WORDS, ATTRIBUTES
from domain.rules_functions import ALIASES, EVENTS, FUNCTIONS, Argument, Function, Parameter
from domain.rules_pictures import PICTURE_NAMES, PICTURE_WORDS, PREFIX
from domain.rules_slips import IN_QUOTES, date_meant
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
    Place,
    Within,
    walk,
    written,
)
from domain.rules_values import Comparison, Type, Value, as_date, as_days
from domain.signals import SignalKind

Bound = dict[str, Value | Name | None]
"""A call's arguments by parameter: constants, names, or None where one is left out."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in a rule, at a line and column of its text."""

    problem: str
    remedy: str
    place: Place


def names_used(root: Expression) -> tuple[Name, ...]:
    """Give every name in the tree with its place, in written order."""
    return tuple(node for node in walk(root) if isinstance(node, Name))


def mistakes_in(
    root: Expression, names: Mapping[str, Type] | None = None, *, about_customers: bool = False
) -> tuple[Mistake, ...]:
    """
    List what is wrong with a rule, in written order; without *names*, any name may be anything.

    Where it is *about_customers*, their attributes have types, and other names are facts, which may be anything.

    Only what can never be right is a mistake; what depends on the customer is unknown at the time of the verdict.
    """
    check = _Check(names, about_customers)
    check.condition(root)
    return tuple(sorted(check.found, key=lambda mistake: (mistake.place.line, mistake.place.column)))


def function_of(call: Call) -> Function | None:
    """Give the function that *call* means, by its name or an alias; None where there is none."""
    return FUNCTIONS.get(ALIASES.get(call.function, call.function))


def bound(call: Call) -> Bound:
    """Give the arguments of a call that has no mistakes, with defaults filled in."""
    function = function_of(call)
    assert function is not None, f"{call.function} was not checked"
    given: dict[str, Expression] = dict(zip((p.name for p in function.parameters), call.arguments, strict=False))
    given.update(call.named)
    arguments: Bound = {}
    for parameter in function.parameters:
        node = given.get(parameter.name)
        arguments[parameter.name] = (
            parameter.default if node is None else node.value if isinstance(node, Constant) else _as_name(node)
        )
    return arguments


def _as_name(node: Expression) -> Name:
    assert isinstance(node, Name), f"{written(node)} was not checked"
    return node


class _Check:
    def __init__(self, names: Mapping[str, Type] | None, about_customers: bool) -> None:
        self._names = names
        self._attributes = ATTRIBUTES if about_customers else {}
        self.found: list[Mistake] = []

    def _note(self, node: Expression, problem: str, remedy: str) -> None:
        self.found.append(Mistake(problem, remedy, node.place))

    def condition(self, node: Expression) -> None:
        match node:
            case All() | AnyOf():
                for part in node.parts:
                    self.condition(part)
            case Not():
                self.condition(node.inner)
            case _:
                kind = self.type_of(node)
                is_unknown = isinstance(node, Constant) and node.value is None
                if kind not in {Type.FLAG, Type.ANY} and not is_unknown:
                    remedy = f"compare it, for example {written(node)} {_EXAMPLES.get(kind, '= ...')}"
                    self._note(node, f"{written(node)} is {kind.value}, and yes or no is needed here", remedy)

    def type_of(self, node: Expression) -> Type:
        match node:
            case Constant():
                return _type_of_constant(node.value)
            case Name():
                return self._type_of_name(node)
            case Call():
                return self._type_of_call(node)
            case Arithmetic():
                for side in (node.left, node.right):
                    kind = self.type_of(side)
                    if kind not in {Type.NUMBER, Type.ANY}:
                        problem = f"{written(side)} is {kind.value}, and one cannot calculate with it"
                        self._note(side, problem, "use numbers around + - * /")
                return Type.NUMBER
            case Compared():
                self._compared(node, node.comparison, node.left, node.right)
            case Among():
                for option in node.options:
                    self._compared(option, Comparison.EQUAL, node.item, option)
            case Within():
                self._within(node)
            case Not() | All() | AnyOf():
                self.condition(node)
        return Type.FLAG

    def _type_of_name(self, node: Name) -> Type:
        if self._names is None:
            is_picture = node.name.startswith(PREFIX)
            return self._type_of_picture(node) if is_picture else self._attributes.get(node.name, Type.ANY)
        for name in (node.name, node.name.removeprefix("fact.")):
            if name in self._names:
                return self._names[name]
        quoted = f'if it is a word, write "{node.name}"; known here: {", ".join(sorted(self._names))}'
        self._note(node, f'unknown name "{node.name}"', did_you_mean(node.name, self._names, otherwise=quoted))
        return Type.ANY

    def _type_of_picture(self, node: Name) -> Type:
        if node.name not in PICTURE_NAMES:
            known = "known are " + ", ".join(PICTURE_NAMES)
            self._note(node, f'unknown name "{node.name}"', did_you_mean(node.name, PICTURE_NAMES, otherwise=known))
        return PICTURE_NAMES.get(node.name, Type.ANY)

    def _words(self, left: Expression, right: Expression) -> None:
        """Note a text that a name can never be."""
        for side, other in ((left, right), (right, left)):
            words = _WORDS.get(side.name) if isinstance(side, Name) and self._names is None else None
            value = other.value if isinstance(other, Constant) else None
            if words and isinstance(value, str) and value not in words:
                remedy = did_you_mean(value, words, otherwise="it is one of " + ", ".join(words))
                self._note(other, f'{written(side)} is never "{value}"', remedy)
            if words and self._attributes and isinstance(other, Name) and other.name in words:
                self._note(other, f"{other.name} is a name here", f'{IN_QUOTES}: "{other.name}"')

    def _within(self, node: Within) -> None:
        container = self._type_of_name(node.container)
        if container not in {Type.LIST, Type.ANY}:
            remedy = f"write {written(node.item)} in (...), or compare with ="
            self._note(node.container, f"{node.container.name} is {container.value}, not a list", remedy)
        if self.type_of(node.item) not in {Type.TEXT, Type.ANY}:
            self._note(node.item, f"{written(node.item)} is no text", "a list holds texts; put it in quotation marks")

    def _compared(self, at: Expression, comparison: Comparison, left: Expression, right: Expression) -> None:
        for side in (left, right) if self._attributes else ():
            if date := date_meant(side):
                self._note(side, "this is a subtraction", f'a date stands in quotation marks: "{date}"')
                return
        kinds = self.type_of(left), self.type_of(right)
        for side in (left, right):
            if isinstance(side, Constant) and side.value is None:
                other = left if side is right else right
                name = other.name if isinstance(other, Name) else "name"
                self._note(at, "a comparison with unknown is never yes or no", f"write not has({name})")
                return
        if any(type(side) in {Compared, Among, Within, Not, All, AnyOf} for side in (left, right)):
            self._note(at, "a comparison is compared", "join two comparisons with and")
        elif not _comparable(left, right, kinds):
            self._note(at, _incomparable(left, right, kinds), _remedy_for(left, right, kinds))
        elif comparison.orders and not _ordered(left, right, kinds):
            problem = f"{written(left)} {comparison} {written(right)}: texts, yes and no have no order"
            self._note(at, problem, "use = or !=, or in (...)")
        else:
            self._words(left, right)

    def _type_of_call(self, node: Call) -> Type:
        function = function_of(node)
        if function is None:
            known = [*FUNCTIONS, *ALIASES]
            remedy = did_you_mean(node.function, known, otherwise="known are " + ", ".join(sorted(known)))
            self._note(node, f'unknown function "{node.function}"', remedy)
            return Type.ANY
        form = f"{function.name}({', '.join(parameter.name for parameter in function.parameters)})"
        given: dict[str, Expression] = {}
        for parameter, value in zip(function.parameters, node.arguments, strict=False):
            given[parameter.name] = value
        for value in node.arguments[len(function.parameters) :]:
            self._note(value, f"{node.function} takes no further argument", f"write {form}")
        for name, value in node.named:
            if name not in {parameter.name for parameter in function.parameters}:
                parameters = [parameter.name for parameter in function.parameters]
                remedy = did_you_mean(name, parameters, otherwise=f"write {form}")
                self._note(value, f'{node.function} has no argument "{name}"', remedy)
            elif name in given:
                self._note(value, f'the argument "{name}" is given twice', "keep one of them")
            else:
                given[name] = value
        for parameter in function.parameters:
            if parameter.name in given:
                self._argument(node, parameter, given[parameter.name])
            elif parameter.required:
                problem = f'{node.function} lacks its argument "{parameter.name}"'
                self._note(node, problem, f"write {form}; it is {parameter.argument.value}")
        return function.gives

    def _argument(self, call: Call, parameter: Parameter, node: Expression) -> None:
        value = node.value if isinstance(node, Constant) else None
        match parameter.argument:
            case Argument.WINDOW:
                fits = isinstance(value, Duration)
            case Argument.MONTHS:
                fits = isinstance(value, Duration) and value.months > 0
            case Argument.WORD:
                fits = isinstance(value, str) and bool(value)
            case Argument.NAME:
                fits = isinstance(node, Name)
            case Argument.SIGNAL:
                fits = value in _SIGNALS
            case Argument.NAME_OR_EVENT:
                fits = isinstance(node, Name) or value in EVENTS
        if isinstance(node, Name) and fits:
            if parameter.argument is Argument.NAME_OR_EVENT and node.name in EVENTS:
                self._note(node, f"{node.name} is an event, no name", f'write {call.function}("{node.name}")')
            else:
                self._type_of_name(node)
        if not fits and parameter.argument is Argument.SIGNAL and isinstance(value, str):
            remedy = did_you_mean(value, _SIGNALS, otherwise=f"write {parameter.argument.value}")
            self._note(node, f'{call.function}: unknown signal "{value}"', remedy)
        elif not fits:
            problem = f"{written(node)} is not {parameter.argument.value}"
            self._note(node, f'{call.function}: argument "{parameter.name}": {problem}', _argument_remedy(node))


_WORDS = {**PICTURE_WORDS, **ATTRIBUTE_WORDS}
_SIGNALS = frozenset(kind.value for kind in SignalKind)
_EXAMPLES = {Type.NUMBER: ">= 1", Type.TEXT: '= "..."', Type.DATE: '>= "2027-01-01"', Type.SPAN: "> 1y"}


def _argument_remedy(node: Expression) -> str:
    if isinstance(node, Name):
        return f'write it in quotation marks: "{node.name}"'
    if isinstance(node, Constant) and isinstance(node.value, str):
        return f"write it without quotation marks: {node.value}"
    return "write it as shown"


def _type_of_constant(value: Value | None) -> Type:
    match value:
        case bool():
            return Type.FLAG
        case str():
            return Type.TEXT
        case Duration():
            return Type.DURATION
        case None:
            return Type.ANY
        case _:
            return Type.NUMBER


def _constants(left: Expression, right: Expression) -> Iterator[Value]:
    for side in (left, right):
        if isinstance(side, Constant) and side.value is not None:
            yield side.value


def _comparable(left: Expression, right: Expression, kinds: tuple[Type, Type]) -> bool:
    match frozenset(kinds):
        case same if len(same) == 1:
            return kinds[0] not in {Type.LIST, Type.DURATION}
        case pair if pair == {Type.NUMBER, Type.DURATION}:
            return all(as_days(value) is not None for value in _constants(left, right) if isinstance(value, Duration))
        case pair if pair == {Type.DATE, Type.TEXT}:
            return all(as_date(value) is not None for value in _constants(left, right))
        case pair if pair == {Type.FLAG, Type.TEXT}:
            return all(value in {"yes", "no"} for value in _constants(left, right) if isinstance(value, str))
        case pair if pair == {Type.SPAN, Type.DURATION}:
            values = [value for value in _constants(left, right) if isinstance(value, Duration)]
            return all(value.unit in {Unit.DAYS, Unit.WEEKS, Unit.MONTHS, Unit.YEARS} for value in values)
        case pair:
            return Type.ANY in pair and not pair & {Type.LIST, Type.DURATION, Type.SPAN}


def _incomparable(left: Expression, right: Expression, kinds: tuple[Type, Type]) -> str:
    for side, kind, other in ((left, kinds[0], kinds[1]), (right, kinds[1], kinds[0])):
        if kind is Type.ANY:
            return f"{written(side)} cannot be compared with {other.value}"
    return f"{written(left)} is {kinds[0].value}, {written(right)} is {kinds[1].value}: they cannot be compared"


def _ordered(left: Expression, right: Expression, kinds: tuple[Type, Type]) -> bool:
    if Type.FLAG in kinds:
        return False
    if Type.TEXT in kinds and Type.DATE not in kinds:
        texts = [value for value in _constants(left, right) if isinstance(value, str)]
        return Type.ANY in kinds and all(as_date(text) is not None for text in texts)
    return True


def _remedy_for(left: Expression, right: Expression, kinds: tuple[Type, Type]) -> str:
    if Type.LIST in kinds:
        return 'write "..." in the list\'s name'
    if Type.DURATION in kinds and Type.NUMBER in kinds:
        return "compare with days or weeks, or write since(...) for months and years"
    if Type.DURATION in kinds and Type.SPAN not in kinds:
        other = left if kinds[1] is Type.DURATION else right
        return f"write since({written(other)})" if isinstance(other, Name) else "compare since(...) with a duration"
    if Type.SPAN in kinds:
        return "compare it with a duration in days, weeks, months or years, such as 18y"
    if Type.DATE in kinds:
        return 'write the date as "2027-03-28"'
    if Type.NUMBER in kinds and Type.TEXT in kinds:
        number = next((value for value in _constants(left, right) if not isinstance(value, str)), None)
        return "leave out the quotation marks around a number" if number is None else f'{IN_QUOTES}: "{number}"'
    return "compare values of one kind"
