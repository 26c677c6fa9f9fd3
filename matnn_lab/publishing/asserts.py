"""Asserts keep a notebook honest and stand in a reader's way: where a cell ends in some, they are set apart.

The site folds them under the cell, the workbook puts them into a cell of their own whose source is hidden.
"""

import ast


def split_asserts(source: str) -> tuple[str, str]:
    """Cut the source of a cell before the asserts with which it ends.

    Parameters
    ----------
    source : str
        Python, as it stands in the cell.

    Returns
    -------
    shown, checks : str
        Whole lines; joined by a line break they are the source again where none of the two is empty. The
        comments before an assert go with it. ``checks`` is empty where the cell ends in something else.
    """
    try:
        body = ast.parse(source).body
    except SyntaxError:  # a magic of IPython's
        return source, ""
    last = before = 0  # lines of the end of what is shown, and of the statement before
    found = False
    for statement in body:
        is_apart = before < statement.lineno
        before = statement.end_lineno or statement.lineno
        if isinstance(statement, ast.Assert) and (found or is_apart):
            found = True
        else:
            found, last = False, before
    if not found:
        return source, ""
    lines = source.split("\n")
    return "\n".join(lines[:last]), "\n".join(lines[last:])


def shows_a_value(source: str) -> bool:
    """Tell whether a notebook may show a value under a cell that ends with this source."""
    body = ast.parse(source).body
    if not body or not isinstance(body[-1], ast.Expr):
        return False
    function = getattr(body[-1].value, "func", None)
    return not (isinstance(function, ast.Name) and function.id == "print")
