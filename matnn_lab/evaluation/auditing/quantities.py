"""Questions about numbers: impossible ones, placeholders, wrong units, kelvin among degrees."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from matnn_lab.evaluation.auditing.headers import bounds_of, is_difference, unit_of
from matnn_lab.evaluation.auditing.table import (
    Found,
    NotAsked,
    Table,
    common,
    looks_like_classes,
    robust_spread,
)
from matnn_lab.evaluation.auditing.units import extensivity, impossible_values
from matnn_lab.text import gettext as _
from matnn_lab.text import ngettext

# median absolute deviations from the median that make a target far off
FAR_OFF = 10
EXTENSIVE = 0.5
# a share of equal targets that asks for a model of its own
MANY_EQUAL = 0.2
# values are apart from the others if nothing lies within this factor of them
APART = 3.0
# how near a ratio must be to a factor between units, as a natural logarithm: for one value, for a source
NEAR, NEAR_SOURCE = 0.1, 0.6
# within one material, a smaller factor can be physics
LARGE = 20.0
# positive quantities that span more than so many powers of ten, such as conductivities, are judged by them
DECADES = 4.0
# by what values are too large or too small if they stand in another unit
_FACTORS = {
    "mpa": {1000.0: "GPa", 6.894757: "ksi", 9.80665: "kgf/mm²"},
    "gpa": {1000.0: "MPa", 10.0: "kbar", 6.894757: "Msi"},
    "hv": {101.9716: "GPa", 9.80665: "MPa"},
    "ev": {
        96.485332: "kJ/mol",
        23.060548: "kcal/mol",
        1000.0: "meV",
        27.211386: "Ha",
        13.605693: "Ry",
    },
    "g_per_cm3": {1000.0: "kg/m³"},
    "um": {1000.0: "nm or mm", 1e6: "m"},
    "a3_per_atom": {6.748334: "Bohr³", 1.660539: "cm³/mol", 1000.0: "nm³"},
    None: {1000.0: _("a thousandfold"), 10.0: _("a decimal point"), 100.0: _("percent")},
}
_FACTORS["ev_per_atom"] = _FACTORS["ev"]
# nothing is measured as these; programs and people write them for a missing value
_NINES = re.compile(
    r"-?9{3,}(?:\.9+|\.0+)?|-99(?:\.9+|\.0+)?|-?1e\+?[0-9]+|-?10{5,}(?:\.0+)?|-?32768|65535"
)


def infinite(table: Table) -> Found | None:
    """Look for infinite values."""
    columns = {name: np.flatnonzero(np.isinf(each)) for name, each in table.numbers.items()}
    columns = {name: rows for name, rows in columns.items() if len(rows)}
    if not columns:
        return None
    said = ", ".join(f"{name}: {len(rows):,}" for name, rows in columns.items())
    return Found(
        sorted({int(row) for rows in columns.values() for row in rows}),
        _("Infinite values. {columns}.").format(columns=said),
        _("Find the division by zero that made them; set them to missing."),
    )


def impossible(table: Table) -> Found | NotAsked | None:
    """Look for values that the unit in the column's name does not allow."""
    judged = [name for name in table.numbers if bounds_of(name) or "porosity" in str(name).lower()]
    if not judged:
        return NotAsked(_("no column has a unit in its name that bounds its values"))
    frame = pd.DataFrame({name: table.numbers[name] for name in judged})
    found = impossible_values(frame.replace([np.inf, -np.inf], np.nan))
    if found.empty:
        return None
    said = []
    for column, rows in found.groupby("column", sort=False):
        worst = rows.loc[(rows["value"] - frame[column].median()).abs().idxmax(), "value"]
        said.append(
            _("{column}: {n:,}, such as {value:g}").format(column=column, n=len(rows), value=worst)
        )
    return Found(
        sorted(set(found["position"])),
        _("Impossible values. {columns}.").format(columns="; ".join(said)),
        _("Look them up in the source: unit, sign, decimal point."),
    )


def placeholders(table: Table) -> Found | NotAsked | None:
    """Look for numbers that stand for a missing value: -999, 9999, -1, 0 where nothing is zero."""
    judged = [
        name
        for name, values in table.numbers.items()
        if name in (table.target, *table.conditions)
        or unit_of(name) is not None
        or (np.isfinite(values).any() and (values[np.isfinite(values)] % 1 != 0).any())
    ]
    judged = [name for name in judged if not looks_like_classes(table.numbers[name], name)]
    if not judged:
        return NotAsked(_("no column of measured numbers was found"))
    said, positions = [], set()
    for name in judged:
        values = table.numbers[name]
        # a feature may well be zero, such as the share of an element
        nearest = 50.0 if name in (table.target, *table.conditions) else APART
        for value in _placeholders(values, nearest):
            rows = np.flatnonzero(values == value)
            positions |= set(rows.tolist())
            said.append(
                ngettext(
                    "{column}: {value:g} in {n:,} row",
                    "{column}: {value:g} in {n:,} rows",
                    len(rows),
                ).format(column=name, value=value, n=len(rows))
            )
    if not said:
        return None
    return Found(
        sorted(positions),
        _("Numbers that may stand for a missing value. {columns}.").format(columns="; ".join(said)),
        _("Look one up in the source; set them to missing if nobody measured them."),
    )


def _placeholders(values: np.ndarray, nearest: float = 50.0) -> list[float]:
    """Find them; zero is one only if the smallest other value is above the median over ``nearest``."""
    known = values[np.isfinite(values)]
    different, counts = np.unique(known, return_counts=True)
    if len(different) < 4:
        return []
    found = []
    for place in np.flatnonzero(np.isin(different, (0, -1)) | (np.abs(different) >= 99)):
        value, n = different[place], counts[place]
        nines = _NINES.fullmatch(f"{value:.10g}") is not None
        if not (nines or value in (0, -1)):
            continue
        rest = np.delete(different, place)
        outside = value < rest[0] or value > rest[-1]
        far = outside and abs(value) > APART * np.abs(rest).max()
        positive = rest[0] >= 0
        lone_zero = value == 0 and rest[0] > 0 and n < 0.1 * len(known)
        if (
            (nines and (n > 1 or far or (outside and positive and value < 0)))
            or (value == -1 and positive)
            or (lone_zero and rest[0] > np.median(known) / nearest)
        ):
            found.append(float(value))
    return found


def many_equal(table: Table) -> Found | NotAsked | None:
    """Look for one number that very many targets have, such as the band gap 0 of metals."""
    values = _targets(table)
    if isinstance(values, NotAsked):
        return values
    known = values[np.isfinite(values)]
    different, counts = np.unique(known, return_counts=True)
    if len(different) < 3 or counts.max() < max(10, MANY_EQUAL * len(known)):
        return None
    value = different[counts.argmax()]
    return Found(
        np.flatnonzero(values == value).tolist(),
        _("Targets that are all {value:g}: {percent:.0f} % of them.").format(
            value=value, percent=100 * counts.max() / len(known)
        ),
        _(
            "Say how well a model tells these from the others, and how well it does on the others alone."
        ),
    )


def far_off(table: Table) -> Found | NotAsked | None:
    """Look for targets far from all others."""
    values = _targets(table)
    if isinstance(values, NotAsked):
        return values
    targets = values
    values = np.where(np.isinf(values), np.nan, values)
    if _many_decades(values):
        values = np.log10(values)
    known = values[np.isfinite(values)]
    if not len(known):
        return None
    off = np.abs(values - np.median(known))
    spread = np.nanmedian(off)
    if spread == 0:  # more than half are one number, and the others are to be judged by themselves
        others = known[known != np.median(known)]
        if len(others) < 3:
            return None
        off = np.where(values == np.median(known), 0.0, np.abs(values - np.median(others)))
        spread = np.median(np.abs(others - np.median(others)))
    with np.errstate(invalid="ignore"):
        far = np.flatnonzero((off > FAR_OFF * spread) & (spread > 0) & ~common(values))
    if len(far) > MANY_EQUAL * len(known):  # no outliers, but a second kind of materials
        return None
    if not len(far):
        return None
    return Found(
        list(map(int, far)),
        _("Targets far from all others: {n:,}, such as {value:g}.").format(
            n=len(far), value=targets[far[np.argmax(off[far])]]
        ),
        _("Look them up in the source: a wrong unit, a decimal point, or a material apart."),
    )


def _many_decades(values: np.ndarray) -> bool:
    """Tell whether a positive quantity spans more powers of ten than a slip of the unit explains."""
    known = values[np.isfinite(values)]
    if not len(known) or known.min() <= 0:
        return False
    low, high = np.percentile(np.log10(known), [5, 95])
    return bool(high - low > DECADES)


def slips(table: Table) -> Found | NotAsked | None:
    """Look for targets that would be like the others in another unit, on a logarithmic scale."""
    targets = _targets(table)
    if isinstance(targets, NotAsked):
        return targets
    unit, values = unit_of(table.target), _plausible(targets, table.target)
    # in a quantity that spans many powers of ten any value fits in another unit
    apart = {} if unit is None and _many_decades(values) else _slips_apart(values, unit)
    rows = {**apart, **_slips_of_one_material(table, values, unit)}
    often = common(values)
    rows = {row: words for row, words in rows.items() if not often[row]}
    if not rows:
        return None
    which = max(set(rows.values()), key=list(rows.values()).count)
    first = min(row for row, each in rows.items() if each == which)
    return Found(
        sorted(rows),
        _(
            "Targets that would be like the others in another unit: {n:,}, such as {value:g} ({factor})."
        ).format(n=len(rows), value=targets[first], factor=which),
        _("Compare a few with their source before you convert any."),
    )


def _plausible(targets: np.ndarray, name: str | None) -> np.ndarray:
    """Return the targets without those that are impossible or stand for nothing."""
    values = targets.copy()
    bounds = bounds_of(name)
    with np.errstate(invalid="ignore"):
        if bounds is not None:
            values[(values < bounds.lowest) | (values > bounds.highest)] = np.nan
    values[np.isin(values, _placeholders(targets))] = np.nan
    return values


def _candidates(unit: str | None) -> dict[float, str]:
    """Return what a value is multiplied by to come right, with the words for it."""
    both = {}
    for factor, name in _FACTORS.get(unit, _FACTORS[None]).items():
        both[factor] = _("× {factor:.4g} would fit: {name}").format(factor=factor, name=name)
        both[1 / factor] = _("÷ {factor:.4g} would fit: {name}").format(factor=factor, name=name)
    return both


def _slips_apart(values: np.ndarray, unit: str | None) -> dict[int, str]:
    """Find a minority that lies apart on a logarithmic scale and would fall among the others."""
    rows = np.flatnonzero(np.isfinite(values) & (values != 0))
    if len(rows) < 10:
        return {}
    logs = np.log(np.abs(values[rows]))
    order = np.argsort(logs, kind="stable")
    gaps = np.diff(logs[order])
    signed = (values[rows] < 0).any() and (values[rows] > 0).any()
    found: dict[int, str] = {}
    for cut in np.flatnonzero(gaps > np.log(APART)) + 1:
        small = cut <= len(rows) - cut
        few, many = (order[:cut], order[cut:]) if small else (order[cut:], order[:cut])
        # quantities of both signs come near zero by themselves
        if len(few) > 0.4 * len(rows) or (small and signed):
            continue
        lowest, highest = logs[many].min(), logs[many].max()
        for factor, words in _candidates(unit).items():
            moved = logs[few] + np.log(factor)
            if np.mean((moved >= lowest - 0.1) & (moved <= highest + 0.1)) >= 0.9:
                found |= dict.fromkeys(map(int, rows[few]), words)
                break
    return found


def _slips_of_one_material(table: Table, values: np.ndarray, unit: str | None) -> dict[int, str]:
    """Find targets that are a factor between units away from all others of their material."""
    frame = pd.DataFrame({"material": table.compositions, "value": values})
    for name in table.conditions:
        frame[name] = table.numbers.get(name, table.frame[name].astype("string"))
    frame = frame[np.isfinite(frame["value"]) & (frame["value"] != 0)].dropna()
    # quantities of both signs come near zero by themselves; there only what is far from the others counts
    signed = (frame["value"] < 0).any() and (frame["value"] > 0).any()
    least = 3 * robust_spread(values) if signed else 0.0
    found = {}
    sizes = frame.groupby(list(frame.columns.drop("value")), sort=False)["value"].transform("size")
    several = frame[sizes > 2]
    keys = list(several.columns.drop("value"))
    for _key, group in several.groupby(keys, sort=False):
        logs = np.log(group["value"].abs().to_numpy())
        for place, row in enumerate(group.index):
            others = np.delete(logs, place)
            if np.ptp(others) > np.log(2) or abs(group["value"].iloc[place]) < least:
                continue
            for factor, words in _candidates(unit).items():
                large = abs(np.log(factor)) > np.log(LARGE)
                if large and abs(np.median(others) - logs[place] - np.log(factor)) < NEAR:
                    found[int(row)] = words
                    break
    return found


def sources(table: Table) -> Found | NotAsked | None:
    """Look for sources whose targets are a factor between units away from those of the others."""
    if table.by is None:
        return NotAsked(_("no column of sources was named (by=)"))
    values = _targets(table)
    if isinstance(values, NotAsked):
        return values
    frame = pd.DataFrame(
        {
            "size": np.abs(values),
            "source": table.frame[table.by].astype("string"),
            "material": table.compositions,
        }
    )
    frame = frame[np.isfinite(frame["size"]) & (frame["size"] > 0)].dropna(subset="source")
    logs = np.log(frame["size"])
    everywhere = logs.median()
    medians = logs.groupby([frame["material"], frame["source"]]).median()
    of_material: dict[str, dict[str, float]] = {}
    for (material, source), median in medians.items():
        of_material.setdefault(material, {})[source] = median
    unit, said, positions = unit_of(table.target), [], []
    for source, group in frame.groupby("source"):
        if len(group) < 3 or len(frame) - len(group) < 10:
            continue
        off = _beside_others(source, group["material"].dropna().unique(), of_material)
        if len(off) < 3:
            off = everywhere - logs[group.index].to_numpy()
        width = np.median(np.abs(off - np.median(off)))
        for factor, words in _candidates(unit).items():
            reach = min(NEAR_SOURCE, abs(np.log(factor)) / 4) + width / np.sqrt(len(off))
            near = abs(np.median(off) - np.log(factor)) < reach
            if near and abs(np.log(factor)) > 2 + 2 * width:
                said.append(_("{source} ({words})").format(source=source, words=words))
                positions += group.index.tolist()
                break
    if not said:
        return None
    return Found(
        sorted(positions),
        _("Sources whose targets would be like the others in another unit: {sources}.").format(
            sources=", ".join(said)
        ),
        _("Look up in which unit the source writes before you convert it."),
    )


def _beside_others(
    source: str, materials: Sequence[str], medians: dict[str, dict[str, float]]
) -> np.ndarray:
    """Return by how much, as a logarithm, other sources have more for the materials of this one."""
    off = []
    for material in materials:
        others = [median for each, median in medians[material].items() if each != source]
        if others:
            off.append(np.median(others) - medians[material][source])
    return np.array(off)


def degrees(table: Table) -> Found | NotAsked | None:
    """Look for kelvin among degrees Celsius, and the other way round."""
    judged = [
        name for name in table.numbers if unit_of(name) in ("c", "k") and not is_difference(name)
    ]
    if not judged:
        return NotAsked(_("no column says that it is a temperature in °C or K"))
    said, positions = [], set()
    for name in judged:
        values = table.numbers[name]
        rows = _degrees(values, unit_of(name))
        if len(rows):
            positions |= set(rows.tolist())
            said.append(
                _("{column}: {n:,}, such as {value:g}").format(
                    column=name, n=len(rows), value=values[rows[0]]
                )
            )
    if not said:
        return None
    return Found(
        sorted(positions),
        _("Temperatures that are round numbers on the other scale only. {columns}.").format(
            columns="; ".join(said)
        ),
        _("Ask whether kelvin and degrees Celsius were mixed; 298 is room temperature in kelvin."),
    )


def _degrees(values: np.ndarray, unit: str | None) -> np.ndarray:
    """Find values that are round on the other scale, in a column of round values.

    Temperatures are chosen, so that nearly all are multiples of 5 on the scale of the laboratory; room
    temperature is 20 to 25 °C, each of them.
    """
    known = np.isfinite(values)
    if known.sum() < 5:
        return np.array([], dtype=int)
    sign = -1 if unit == "c" else 1
    here, there = _chosen(values), np.zeros(len(values), dtype=bool)
    for zero in (273.0, 273.15, 273.16):
        there |= _chosen(values + sign * zero)
    if unit == "c":
        there &= values > 200
    else:
        here |= np.abs(values % 5 - 3.15) < 0.02  # 298.15, 773.15
        here |= np.abs(values % 5 - 3) < 0.02
        room = (values >= 20) & (values <= 27) & (np.nanmedian(values) > 150)
        return np.flatnonzero(room) if known.sum() > 2 * room.sum() else np.array([], dtype=int)
    odd = known & there & ~here
    rest = known & ~odd
    if not rest.any() or odd.sum() > rest.sum() or here[rest].mean() < 0.7:
        return np.array([], dtype=int)
    return np.flatnonzero(odd)


def _chosen(values: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        off = np.abs(values - 5 * np.round(values / 5))
        room = (values > 19.9) & (values < 25.1) & (np.abs(values - np.round(values)) < 0.02)
        return (off < 0.02) | room


def grows_with_size(table: Table) -> Found | NotAsked | None:
    """Look for targets of a cell or formula unit where those of an atom are meant."""
    values = _targets(table)
    if isinstance(values, NotAsked):
        return values
    if table.n_atoms is not None and table.n_atoms in table.numbers:
        sizes = table.numbers[table.n_atoms]
    else:
        sizes = np.array(
            [sum(each.values()) if each else np.nan for each in table.read.amounts], dtype=float
        )
    rows = np.flatnonzero(np.isfinite(sizes) & np.isfinite(values))
    correlation = extensivity(values[rows], sizes[rows])
    if not correlation > EXTENSIVE:
        return None
    return Found(
        rows.tolist(),
        _("The targets grow with the number of atoms (rank correlation {value:.2f}).").format(
            value=correlation
        ),
        _("Find out what they are divided by; divide by the number of atoms."),
    )


def _targets(table: Table) -> np.ndarray | NotAsked:
    if table.target is None:
        return NotAsked(_("no target was named"))
    if table.values is None:
        return NotAsked(_("the target is no column of numbers"))
    if looks_like_classes(table.values, table.target):
        return NotAsked(_("the target is of few whole numbers, as classes have"))
    return table.values
