"""What is wrong with a table? An audit that asks all the questions at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import pandas as pd

from matnn_lab.evaluation.auditing import questions
from matnn_lab.evaluation.splitting.labels import compositions
from matnn_lab.text import gettext as _


@dataclass(frozen=True)
class Audit:
    """What `audit` found; a notebook shows it as a table.

    Attributes
    ----------
    n : int
        Rows that were looked at.
    findings : pandas.DataFrame
        One row a finding: ``check`` (a short name), ``rows`` (how many it concerns), ``finding`` (what was
        seen), ``advice`` (what to do) and ``positions`` (of these rows).
    passed : list of str
        Names of the checks that found nothing.
    """

    n: int
    findings: pd.DataFrame
    passed: list[str]

    def __repr__(self) -> str:
        lines = [
            f"- {row.check} ({row.rows:,}): {row.finding} {row.advice}"
            for row in self.findings.itertuples()
        ]
        return "\n".join([self._summary(), *lines])

    def _repr_html_(self) -> str:
        titles = (_("Check"), _("Rows"), _("Finding"), _("What to do"))
        head = "".join(f'<th scope="col">{escape(title)}</th>' for title in titles)
        body = "".join(
            f'<tr><th scope="row">{escape(row.check)}</th><td>{row.rows:,}</td>'
            f'<td style="text-align: left">{escape(row.finding)}</td>'
            f'<td style="text-align: left">{escape(row.advice)}</td></tr>'
            for row in self.findings.itertuples()
        )
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return f"<p>{escape(self._summary())}</p>{table if len(self.findings) else ''}"

    def _summary(self) -> str:
        return _("{n:,} rows: {found} findings; nothing found by: {passed}.").format(
            n=self.n, found=len(self.findings), passed=", ".join(self.passed) or _("no check")
        )


def audit(
    frame: pd.DataFrame,
    *,
    formula: str = "formula",
    target: str | None = None,
    structure: str | None = None,
    conditions: Sequence[str] = (),
    n_atoms: str | None = None,
    tolerance: float = 0.005,
    n_rare: int = 5,
) -> Audit:
    """Ask a table of materials the questions that should come before any training.

    Parameters
    ----------
    frame : pandas.DataFrame, n rows
    formula : str
        Column of formulas.
    target : str, optional
        Column that is to be predicted.
    structure : str, optional
        Column of pymatgen structures; adds the search for near-duplicate crystals (10 ms a crystal).
    conditions : sequence of str
        Columns that a target may depend on besides the composition, such as a temperature; rows that
        differ there are not in conflict.
    n_atoms : str, optional
        Column with the number of atoms in the cell; by default the atoms in the formula are counted.
    tolerance : float
        Largest difference in the fraction of an element between near-duplicate formulas.
    n_rare : int
        An element in fewer rows than this is rare.

    Returns
    -------
    Audit

    Raises
    ------
    ValueError
        If a column is not there, the table is empty, or a formula cannot be read.
    """
    wanted = [formula, target, structure, n_atoms, *conditions]
    if absent := [column for column in wanted if column is not None and column not in frame]:
        raise ValueError(
            _("The table has no column {absent!r}; its columns are {columns}.").format(
                absent=absent[0], columns=", ".join(map(str, frame.columns))
            )
        )
    if frame.empty:
        raise ValueError(_("The table has no rows; give at least one."))
    formulas = frame[formula].tolist()
    columns = [*([] if target is None else [target]), *conditions]
    asked = {
        _("identical rows"): questions.identical_rows(frame),
        _("repeated compositions"): questions.repeated_compositions(formulas),
        _("nearly equal formulas"): questions.nearly_equal_formulas(formulas, tolerance),
        _("rare elements"): questions.rare_elements(formulas, n_rare),
        _("impossible values"): questions.impossible(frame),
        _("missing values"): questions.missing(frame, columns),
    }
    if structure is not None:
        asked[_("near-duplicate structures")] = questions.near_duplicates(frame[structure].tolist())
    if target is not None:
        keys = [compositions(formulas), *(frame[each] for each in conditions)]
        asked[_("conflicting targets")] = questions.conflicting(
            list(zip(*keys, strict=True)), frame[target]
        )
    if target is not None and pd.api.types.is_numeric_dtype(frame[target]):
        sizes = None if n_atoms is None else frame[n_atoms].tolist()
        asked[_("far-off targets")] = questions.far_off(frame[target])
        asked[_("size of the targets")] = questions.grows_with_size(frame[target], formulas, sizes)
    findings = [
        (name, len(found.positions), found.finding, found.advice, found.positions)
        for name, found in asked.items()
        if found
    ]
    table = pd.DataFrame(findings, columns=["check", "rows", "finding", "advice", "positions"])
    return Audit(len(frame), table, [name for name, found in asked.items() if not found])
