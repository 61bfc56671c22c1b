"""Whether a text's plurals have all the forms that its language needs: Czech counts otherwise than Finnish."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from jinja2 import nodes

from domain.faults import did_you_mean
from templates.locales import locale_of

_FORMS = ("zero", "one", "two", "few", "many", "other")
_COUNTED = 200  # every language's rules for whole numbers have repeated themselves by then


@functools.cache
def forms_of(language: str) -> tuple[str, ...]:
    """Name the forms that whole numbers take in *language* (CLDR): one and other in English, few, too, in Czech."""
    form = locale_of(language).plural_form
    taken = {form(number) for number in range(_COUNTED)}
    return tuple(each for each in _FORMS if each in taken or each == "other")


def misuses(tree: nodes.Template, language: str) -> Iterator[tuple[int, str, str]]:
    """Give line, problem and remedy of each `| plural(...)` that lacks a form of *language*, or has one too many."""
    for node in tree.find_all(nodes.Filter):
        if node.name != "plural" or node.dyn_kwargs is not None:
            continue
        given = [str(pair.key) for pair in node.kwargs]
        for key in given:
            if key not in _FORMS:
                remedy = did_you_mean(key, _FORMS, otherwise=f"write {', '.join(forms_of(language))}")
                yield node.lineno, f'"{key}" is no form of a plural', remedy
        missing = [form for form in forms_of(language) if form not in given]
        if missing and all(key in _FORMS for key in given):
            example = ", ".join(f'{form}="..."' for form in forms_of(language))
            problem = f"the plural has no {' and no '.join(missing)}, which {language} needs"
            yield node.lineno, problem, f"write {example}"
