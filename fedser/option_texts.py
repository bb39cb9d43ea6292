"""What is written beneath the options of a section, for the reference: read from the source, when it is asked for.

Pydantic can do so when a class is made, which makes every start of a program read the sources of all of them.
"""

import ast
import inspect
import textwrap

from pydantic import BaseModel


def option_texts(section: type[BaseModel]) -> dict[str, str]:
    """Return what is said of each option of a section, by its name; options of which nothing is said are left out.

    It is the string beneath the option in the class, or in the nearest base class that has one, or the
    `description` of its field.
    """
    texts = {name: field.description for name, field in section.model_fields.items() if field.description}
    for kind in reversed(section.__mro__):
        if issubclass(kind, BaseModel) and kind.__module__ != BaseModel.__module__:
            texts |= {name: text for name, text in _beneath(kind).items() if name in section.model_fields}
    return texts


def _beneath(kind: type) -> dict[str, str]:
    """Return the strings that stand beneath annotated names in the body of a class."""
    try:
        body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    except (OSError, TypeError):  # made at run time: it has no source
        return {}
    if not isinstance(body, ast.ClassDef):
        return {}
    return {
        option.target.id: inspect.cleandoc(text.value.value)
        for option, text in zip(body.body, body.body[1:], strict=False)
        if isinstance(option, ast.AnnAssign)
        and isinstance(option.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }
