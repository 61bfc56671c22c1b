"""The one way in which our templates are compiled: sandboxed, strict about names, escaping, with local formats."""

from __future__ import annotations

import datetime as dt
import functools
import re
import types
from decimal import Decimal
from typing import Any

import jinja2
from jinja2 import meta, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from domain.faults import did_you_mean
from templates import locales
from templates.markup import Safe

Template = jinja2.Template
"""A compiled text, as `Compiler.compile` gives it."""

_FILTERS = frozenset(
    {
        *(
            "abs",
            "batch",
            "capitalize",
            "count",
            "d",
            "default",
            "dictsort",
            "e",
            "escape",
            "first",
            "float",
            "groupby",
        ),
        *("int", "join", "last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr", "replace"),
        *("reverse", "round", "select", "selectattr", "slice", "sort", "string", "sum", "title", "trim", "truncate"),
        *("unique", "upper"),
    }
)
_REFUSED: dict[type[nodes.Node], str] = {
    nodes.ScopedEvalContextModifier: "autoescape",
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.FromImport: "import",
    nodes.Extends: "extends",
}
_CONSTRUCT = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_LONGEST = 20_000  # signs; what a single operation in a template may make


class NotRenderableError(ValueError):
    """A template that cannot be compiled or rendered: *problem*, *remedy*, and the *line* (from 1) where known."""

    def __init__(self, problem: str, remedy: str, line: int = 1) -> None:
        super().__init__(f"{problem}; {remedy}")
        self.problem = problem
        self.remedy = remedy
        self.line = line


class _Sandbox(ImmutableSandboxedEnvironment):
    """Refuses what would fill the memory: multiplying texts and powers of large numbers."""

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        repeats = any(isinstance(side, str | list | tuple) for side in (left, right))
        sizes = [len(side) if isinstance(side, str | list | tuple) else abs(side) for side in (left, right)]
        if (repeats or operator == "**") and max(sizes[0], 1) * max(sizes[1], 1) > _LONGEST:
            raise SecurityError("an operation whose result would be too large")
        return super().call_binop(context, operator, left, right)


class Compiler:
    """
    Compiles templates of one language.

    With *escaping*, values become Telegram HTML unless they are `Safe`; without, they stand as they are (labels,
    toasts: places without markup). *currency* and *zone* are used where a template or its values name none.
    """

    def __init__(self, language: str, *, escaping: bool, currency: str, zone: str) -> None:
        self.language = language
        self.escaping = escaping
        self._currency = currency
        self._zone = locales.zone_of(zone)
        self._environment = _Sandbox(
            autoescape=escaping, undefined=jinja2.StrictUndefined, keep_trailing_newline=False, trim_blocks=True,
            lstrip_blocks=True,
        )  # fmt: skip
        given = self._environment.filters
        self._environment.filters = {name: given[name] for name in _FILTERS} | {
            "money": self._money,
            "number": self._number,
            "percent": self._percent,
            "date": self._date,
            "time": self._time,
            "plural": self._plural,
        }
        self._environment.globals = {"range": self._environment.globals["range"]}

    def compile(self, source: str) -> jinja2.Template:
        """Compile *source*; raises `NotRenderableError`."""
        code, _ = self._judged(source)
        return jinja2.Template.from_code(self._environment, code, self._environment.make_globals(None))

    def tree(self, source: str) -> nodes.Template:
        """Parse *source* and refuse what our templates may not do; raises `NotRenderableError`."""
        self._judged(source)
        return self._environment.parse(source)  # anew: what was compiled is no longer what was written

    def _judged(self, source: str, *, naming: bool = False) -> tuple[types.CodeType, set[str]]:
        """Compile *source*; with *naming* also give the values it asks for, found before compiling changes the tree."""
        try:
            tree = self._environment.parse(source)
            names = meta.find_undeclared_variables(tree) if naming else set()
            code = self._environment.compile(tree)
        except jinja2.TemplateAssertionError as error:
            quoted = str(error.message).split("'")
            remedy = did_you_mean(
                quoted[1] if len(quoted) > 1 else "", self._environment.filters, otherwise="remove it"
            )
            raise NotRenderableError(str(error.message).rstrip("."), remedy, error.lineno) from None
        except jinja2.TemplateSyntaxError as error:
            problem = str(error.message).rstrip(".")
            raise NotRenderableError(problem, "correct the {{ }} or {% %} there", error.lineno) from None
        except (RecursionError, SyntaxError, ValueError):  # what Python itself refuses to compile
            raise NotRenderableError("is nested too deeply", "write it with fewer brackets and blocks") from None
        refused = list(tree.find_all(tuple(_REFUSED)))
        for kind, what in _REFUSED.items():
            for node in refused:
                if isinstance(node, kind):
                    raise NotRenderableError(f"{{% {what} %}} is not allowed in our texts", "remove it", node.lineno)
        return code, names

    def names(self, source: str) -> frozenset[str]:
        """Name the values that *source* asks for; raises `NotRenderableError`."""
        _, names = self._judged(source, naming=True)
        return frozenset(names) - self._environment.globals.keys()

    def render(self, template: jinja2.Template, values: dict[str, Any]) -> str:
        """Render with *values*; raises `NotRenderableError` for a missing value or a refused operation."""
        try:
            try:
                rendered = "".join(template.root_render_func(template.new_context(values)))
            except Exception:
                rendered = template.render(values)  # once more, for a traceback with the template's own lines
        except jinja2.UndefinedError as error:
            raise NotRenderableError(str(error.message), "give the value, or use | default", _line(error)) from error
        except RecursionError as error:
            raise NotRenderableError("goes round in a circle", "let no block show itself", _line(error)) from None
        except Exception as error:  # whatever a library says of one customer's values costs nobody else her message
            raise NotRenderableError(
                str(error) or type(error).__name__, "correct the expression or the fact", _line(error)
            ) from error
        return telegram_escapes(rendered) if self.escaping else rendered

    @staticmethod
    def literal(source: str) -> bool:
        """Say whether *source* holds nothing to fill in."""
        return "{" not in source

    # Filters -----------------------------------------------------------------------------------------------------

    def _money(self, minor: int, currency: str = "") -> str:
        return locales.money(_figure(minor), currency or self._currency, self.language)

    def _number(self, value: int | float | Decimal, decimals: int | None = None) -> str:
        return locales.number(_figure(value), self.language, decimals)

    def _percent(self, share: float, decimals: int = 0) -> str:
        return locales.percent(_figure(share), self.language, decimals)

    @staticmethod
    def _own_zone(context: Context, default: dt.tzinfo) -> dt.tzinfo:
        zone = context.get("zone")
        if isinstance(zone, str) and zone:
            return locales.zone_of(zone)
        return zone if isinstance(zone, dt.tzinfo) else default

    @jinja2.pass_context
    def _date(self, context: Context, value: dt.date | dt.datetime | str, form: str = "long") -> str:
        """Write a day; a fact that is one is stored as text ("2027-03-01")."""
        value = locales.read_day(value) if isinstance(value, str) else value
        return locales.date(value, self.language, self._own_zone(context, self._zone), form)

    @jinja2.pass_context
    def _time(self, context: Context, value: dt.datetime | dt.time) -> str:
        return locales.time(value, self.language, self._own_zone(context, self._zone))

    def _plural(self, count: int | float, **forms: str) -> str:
        return locales.plural(_figure(count), self.language, forms)


def _figure(value: Any) -> Any:
    """Give a number as it is, also one that is written as text. Raises ValueError with a sentence."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return value
    try:
        return Decimal(value) if isinstance(value, str) else Decimal("none")
    except ArithmeticError:
        raise ValueError("a value that is no number is written as one") from None


@functools.lru_cache(maxsize=8192)
def names_in(source: str) -> frozenset[str]:
    """Name the values that *source* asks for, the same in every language; raises `NotRenderableError`."""
    return frozenset() if Compiler.literal(source) else _any_compiler().names(source)


@functools.cache
def _any_compiler() -> Compiler:
    return Compiler("en", escaping=True, currency="EUR", zone="UTC")


def flattened(source: str) -> str:
    """
    Give a template's own text, with its line breaks.

    "x" stands for each expression, an address for one that begins a link, nothing for a statement.
    """

    def shown(found: re.Match[str]) -> str:
        value = "https://x.x" if source.endswith(('="', "='"), 0, found.start()) else "x"
        return (value if found[0].startswith("{{") else "") + "\n" * found[0].count("\n")

    return _CONSTRUCT.sub(shown, source)


def telegram_escapes(rendered: str) -> Safe:
    """Turn the numeric escapes of the template engine into what every Bot API server knows: ' and &quot;."""
    return Safe(rendered.replace("&#39;", "'").replace("&#34;", "&quot;"))


def _line(error: BaseException) -> int:
    """Find the template's own line in the traceback (Jinja rewrites it to the template's lines)."""
    line, traceback = 1, error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == "<template>":
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line
