"""What the comment beside a field says: `beam: int = 5  # parents are drawn from so many`."""

from __future__ import annotations

import ast
import inspect
import io
import textwrap
import tokenize
from functools import lru_cache


@lru_cache(maxsize=1024)
def field_comments(cls: type) -> dict[str, str]:
    """Read the comments that stand beside the fields of a class and of its bases.

    A field's comment gives its meaning and unit to whoever reads the class; read here, it gives
    them to whoever writes a configuration as well. A class without source has none.
    """
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        found.update(_own_comments(base))
    return found


def _own_comments(cls: type) -> dict[str, str]:
    try:
        text = textwrap.dedent(inspect.getsource(cls))
        body = ast.parse(text).body[0]
        comments = {
            token.start[0]: token.string.lstrip("# ").strip()
            for token in tokenize.generate_tokens(io.StringIO(text).readline)
            if token.type == tokenize.COMMENT
        }
    except (OSError, TypeError, SyntaxError, IndexError, tokenize.TokenError):
        return {}
    if not isinstance(body, ast.ClassDef):
        return {}
    found = {}
    for statement in body.body:
        if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
            continue
        first, last = statement.lineno, statement.end_lineno or statement.lineno
        beside = [comments[line] for line in range(first, last + 1) if line in comments]
        if beside and not beside[0].startswith(("noqa", "type:")):
            found[statement.target.id] = " ".join(beside)
    return found
