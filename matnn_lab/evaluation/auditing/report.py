"""What is wrong with a table? An audit that asks all the questions at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from numbers import Integral, Real
from textwrap import fill

import pandas as pd

from matnn_lab.evaluation.auditing import materials, quantities, rows
from matnn_lab.evaluation.auditing.signal import signal as ask_for_signal
from matnn_lab.evaluation.auditing.table import Found, NotAsked, names_of, table_of
from matnn_lab.text import gettext as _
from matnn_lab.text import ngettext

WIDTH = 100
SHOWN = 5  # positions in the text


@dataclass(frozen=True)
class Audit:
    """What `audit` found; a notebook shows it as a table.

    Attributes
    ----------
    n : int
        Rows that were looked at.
    findings : pandas.DataFrame
        One row a finding: ``check`` (a short name), ``rows`` (how many it concerns), ``finding`` (what was
        seen), ``advice`` (what to do), ``positions`` (of these rows, for ``.iloc``) and ``labels`` (in the
        index of the table, for ``.loc``).
    passed : list of str
        Names of the checks that were made and found nothing.
    not_asked : dict of str
        Names of the checks that could not be made, and why.
    """

    n: int
    findings: pd.DataFrame
    passed: list[str]
    not_asked: dict[str, str] = field(default_factory=dict)

    def table(self) -> pd.DataFrame:
        """Return all checks, one a row: ``result`` (found, passed, not asked), ``rows`` and what was said."""
        found = self.findings.assign(result=_("found"))
        others = [(name, _("passed"), 0, "", "") for name in self.passed]
        others += [(name, _("not asked"), 0, why, "") for name, why in self.not_asked.items()]
        columns = ["check", "result", "rows", "finding", "advice"]
        table = pd.concat([found[columns], pd.DataFrame(others, columns=columns)])
        return table.set_index("check")

    def __repr__(self) -> str:
        lines = [self.summary()]
        for row in self.findings.itertuples():
            where = self._where(row.positions, row.labels)
            lines += ["", f"{row.check} ({row.rows:,})"]
            lines += [
                fill(text, WIDTH, initial_indent="    ", subsequent_indent="    ")
                for text in (row.finding, row.advice, where)
                if text
            ]
        for sentence in self.closing():
            lines += ["", fill(sentence, WIDTH)]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        titles = (_("Check"), _("Rows"), _("Finding"), _("What to do"))
        head = "".join(f'<th scope="col">{escape(title)}</th>' for title in titles)
        left = '<td style="text-align: left">'
        body = "".join(
            f'<tr><th scope="row">{escape(row.check)}</th><td>{row.rows:,}</td>'
            f"{left}{escape(row.finding)}</td>{left}{escape(row.advice)}</td></tr>"
            for row in self.findings.itertuples()
        )
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        first, *rest = (f"<p>{escape(part)}</p>" for part in (self.summary(), *self.closing()))
        return first + (table if len(self.findings) else "") + "".join(rest)

    def closing(self) -> list[str]:
        """Return a sentence each on the checks that passed and on those that could not be asked."""
        sentences = []
        if self.passed:
            sentences.append(_("Passed: {checks}.").format(checks=", ".join(self.passed)))
        if self.not_asked:
            sentences.append(self._unasked())
        return sentences

    def _unasked(self) -> str:
        reasons: dict[str, list[str]] = {}
        for name, why in self.not_asked.items():
            reasons.setdefault(why, []).append(name)
        said = "; ".join(f"{', '.join(names)} ({why})" for why, names in reasons.items())
        return _("Not asked: {checks}.").format(checks=said)

    def _where(self, positions: list[int], labels: list) -> str:
        if not positions or len(positions) == self.n:
            return ""
        more = ", …" if len(positions) > SHOWN else ""
        at = ", ".join(map(str, positions[:SHOWN])) + more
        if labels == positions:
            return _("Positions: {positions}.").format(positions=at)
        named = ", ".join(map(str, labels[:SHOWN])) + more
        return _("Positions: {positions}; index labels: {labels}.").format(
            positions=at, labels=named
        )

    def summary(self) -> str:
        """Return the sentence that counts the rows and the checks."""
        found, passed = len(self.findings), len(self.passed)
        return _("{rows}: {findings}, {passed}, {not_asked} not asked.").format(
            rows=ngettext("{n:,} row", "{n:,} rows", self.n).format(n=self.n),
            findings=ngettext("{n} finding", "{n} findings", found).format(n=found),
            passed=ngettext("{n} check passed", "{n} checks passed", passed).format(n=passed),
            not_asked=len(self.not_asked),
        )


def audit(
    frame: pd.DataFrame,
    *,
    formula: str = "formula",
    target: str | None = None,
    structure: str | None = None,
    conditions: Sequence[str] = (),
    n_atoms: str | None = None,
    by: str | None = None,
    tolerance: float = 0.005,
    n_rare: int = 5,
    signal: bool = False,
) -> Audit:
    """Ask a table of materials the questions that should come before any training.

    It is made for tables as they are found: formulas that cannot be read, numbers that stand as text,
    repeated names and labels are findings and no reason to stop.

    Parameters
    ----------
    frame : pandas.DataFrame, n rows
    formula : str
        Column of formulas.
    target : str, optional
        Column that is to be predicted: numbers, or labels.
    structure : str, optional
        Column of pymatgen structures; adds the search for near-duplicate crystals (10 ms a crystal).
    conditions : sequence of str
        Columns that a target may depend on besides the composition, such as a temperature; rows that
        differ there, or where it is not known, are not in conflict.
    n_atoms : str, optional
        Column with the number of atoms in the cell; by default the atoms in the formula are counted.
    by : str, optional
        Column that names the source of each row, such as a DOI; adds the questions whether a source
        writes another unit, and which values were copied.
    tolerance : float
        Largest difference in the fraction of an element between near-duplicate formulas.
    n_rare : int
        An element in fewer rows than this is rare.
    signal : bool
        Whether to train a model, and ask if it beats the median at all (some seconds).

    Returns
    -------
    Audit
        Each check is **found**, **passed** or **not asked**.

    Raises
    ------
    ValueError
        If a column is not there, the table has no rows, or ``tolerance`` or ``n_rare`` makes no sense.
    TypeError
        If ``frame`` is no DataFrame, or something else than a name stands for a column.
    """
    if not isinstance(frame, pd.DataFrame):
        raise TypeError(
            _(
                "The table is of type {kind}; give a pandas DataFrame, such as pd.read_csv(…)."
            ).format(kind=type(frame).__name__)
        )
    conditions = names_of(conditions)
    wanted = [formula, target, structure, n_atoms, by, *conditions]
    if several := [name for name in wanted if isinstance(name, list | dict | set | pd.Series)]:
        raise TypeError(
            _("{given!r} was given where the name of one column is wanted; give a name.").format(
                given=several[0]
            )
        )
    _check_settings(tolerance, n_rare)
    names = set(frame.columns)
    if absent := [column for column in wanted if column is not None and column not in names]:
        raise ValueError(
            _("The table has no column {absent!r}; its columns are {columns}.").format(
                absent=absent[0], columns=", ".join(map(str, frame.columns))
            )
        )
    if frame.empty:
        raise ValueError(_("The table has no rows; give at least one."))
    table = table_of(frame, formula, target, structure, conditions, n_atoms, by)
    checks: dict[str, Callable[[], Found | NotAsked | None]] = {
        _("unreadable formulas"): lambda: materials.unreadable(table),
        _("numbers as text"): lambda: rows.numbers_as_text(table),
        _("repeated column names"): lambda: rows.repeated_columns(table),
        _("repeated index labels"): lambda: rows.repeated_labels(frame.index),
        _("identical rows"): lambda: rows.identical_rows(table),
        _("rows under a new name"): lambda: rows.rows_under_a_new_name(table),
        _("copied values"): lambda: rows.copied_values(table),
        _("repeated compositions"): lambda: materials.repeated_compositions(table),
        _("nearly equal formulas"): lambda: materials.nearly_equal_formulas(table, tolerance),
        _("rare elements"): lambda: materials.rare_elements(table, n_rare),
        _("spellings"): lambda: rows.spellings(table),
        _("infinite values"): lambda: quantities.infinite(table),
        _("impossible values"): lambda: quantities.impossible(table),
        _("placeholders"): lambda: quantities.placeholders(table),
        _("missing values"): lambda: rows.missing(table),
        _("conflicting targets"): lambda: materials.conflicting(table),
        _("one value in many rows"): lambda: quantities.many_equal(table),
        _("far-off targets"): lambda: quantities.far_off(table),
        _("slips of the unit"): lambda: quantities.slips(table),
        _("sources in another unit"): lambda: quantities.sources(table),
        _("kelvin and degrees"): lambda: quantities.degrees(table),
        _("size of the targets"): lambda: quantities.grows_with_size(table),
        _("odd structures"): lambda: materials.odd_structures(table),
        _("near-duplicate structures"): lambda: materials.near_duplicates(table),
        _("signal"): lambda: (
            ask_for_signal(table) if signal else NotAsked(_("signal=True trains a model"))
        ),
    }
    asked = {name: _answer(check) for name, check in checks.items()}
    labels = frame.index.tolist()
    findings = [
        (name, len(found.positions), found.finding, found.advice, found.positions,
         [labels[position] for position in found.positions])
        for name, found in asked.items()
        if isinstance(found, Found)
    ]  # fmt: skip
    columns = ["check", "rows", "finding", "advice", "positions", "labels"]
    return Audit(
        n=len(frame),
        findings=pd.DataFrame(findings, columns=columns),
        passed=[name for name, found in asked.items() if found is None],
        not_asked={name: each.reason for name, each in asked.items() if isinstance(each, NotAsked)},
    )


def _check_settings(tolerance: float, n_rare: int) -> None:
    if not isinstance(tolerance, Real) or not 0 <= tolerance < 1:
        raise ValueError(
            _("The tolerance {given!r} was given; give a fraction such as 0.005.").format(
                given=tolerance
            )
        )
    if not isinstance(n_rare, Integral) or n_rare < 0:
        raise ValueError(
            _("n_rare={given!r} was given; give a whole number of rows, such as 5.").format(
                given=n_rare
            )
        )


def _answer(check: Callable[[], Found | NotAsked | None]) -> Found | NotAsked | None:
    """Make one check; a table so odd that it breaks it off is no reason to stop the others."""
    try:
        return check()
    except Exception as error:
        return NotAsked(
            _("the check broke off: {kind}: {said}").format(
                kind=type(error).__name__, said=str(error).partition("\n")[0][:100]
            )
        )
