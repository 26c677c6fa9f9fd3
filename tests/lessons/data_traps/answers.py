"""Right answers to the exercises of notebook 19, and likely mistakes with words of the hint that they get."""

import re
import statistics

import numpy as np
import pandas as pd
from pymatgen.core import Composition

from matnn_lab.lessons.data_traps.exercises import UNITS


def copied_by_table(materials, values, sources):
    table = pd.DataFrame({"m": materials, "v": values, "s": sources})
    return int((table.groupby(["m", "v"])["s"].transform("nunique") > 1).sum())


def copied_by_loop(materials, values, sources):
    n = len(values)
    found = 0
    for i in range(n):
        for j in range(n):
            other = sources[i] != sources[j]
            if other and materials[i] == materials[j] and values[i] == values[j]:
                found += 1
                break
    return found


def floor_of(keys, targets, middle="median"):
    targets = pd.Series(targets)
    return (targets - targets.groupby(keys).transform(middle)).abs().mean()


def floor_by_dict(keys, targets):
    groups = {}
    for key, target in zip(keys, targets, strict=True):
        groups.setdefault(key, []).append(target)
    off = [abs(t - statistics.median_low(own)) for own in groups.values() for t in own]
    return sum(off) / len(off)


def floor_by_search(keys, targets):
    keys, total = np.array(keys), 0.0
    for key in set(keys):
        own = targets[keys == key]
        total += min(np.abs(own - guess).sum() for guess in own)
    return total / len(targets)


def per_key(keys, targets):
    off = pd.Series(np.abs(targets - pd.Series(targets).groupby(keys).transform("median")))
    return off.groupby(keys).mean().mean()


def sizes(table):
    return dict(zip(UNITS, (96.485, 23.06, 1000, table["n_atoms"].median()), strict=True))


def typical(table, middle="median"):
    return (table["value"] / table["expected"]).groupby(table["source"]).agg(middle)


def nearest(table, ratio):
    factors = sizes(table)
    return min(factors, key=lambda unit: abs(np.log(factors[unit] / ratio)))


def culprit(table):
    ratio = typical(table)
    return ratio.idxmax(), nearest(table, ratio.max())


def culprit_by_arrays(table):
    sources = np.unique(table["source"].to_numpy().astype(str))
    ratio = [
        np.median(table.value[table.source == s] / table.expected[table.source == s])
        for s in sources
    ]
    factors = np.array([96.485, 23.06, 1000, table["n_atoms"].median()])
    unit = np.array(UNITS)[np.abs(np.log(factors / max(ratio))).argmin()]
    return sources[np.argmax(ratio)], unit


def culprit_by_trying(table):
    """Mend each source with each unit and keep what fits best."""
    best = {}
    for source in sorted(set(table["source"])):
        rows = table[table["source"] == source]
        for unit, size in sizes(table).items():
            size = rows["n_atoms"] if unit == "eV per formula unit" else size
            off = np.abs(np.log(rows["value"] / size / rows["expected"])).mean()
            best[off - np.abs(np.log(rows["value"] / rows["expected"])).mean()] = [source, unit]
    return best[min(best)]


def read(formula):
    return set(Composition(formula).elements)


def counts(formula, training):
    return [sum(element in read(each) for each in training) for element in read(formula)]


def witnesses_by_pattern(formula, training):
    def symbols(text):
        return re.findall("[A-Z][a-z]?", text)

    fewest = len(training)
    for symbol in symbols(formula):
        fewest = min(fewest, len([each for each in training if symbol in symbols(each)]))
    return fewest


def witnesses_by_table(formula, training):
    table = pd.DataFrame([Composition(each).get_el_amt_dict() for each in training])
    return table.reindex(columns=[e.symbol for e in read(formula)]).notna().sum().min()


RIGHT = {
    "19.1": [copied_by_table, copied_by_loop],
    "19.2": [floor_of, floor_by_dict, floor_by_search],
    "19.3": [culprit, culprit_by_arrays, culprit_by_trying],
    "19.4": [lambda *given: min(counts(*given)), witnesses_by_pattern, witnesses_by_table],
}

# the mistakes that an exercise names itself are tried by test_answers
WRONG = [
    (
        "19.1",
        lambda materials, values, sources: len(values),
        "it is 3 rows, but",
    ),
    ("19.2", lambda keys, targets: floor_of(keys, targets, "first"), "the floor is"),
    (
        "19.2",
        lambda keys, targets: (
            targets - pd.Series(targets).groupby(keys).transform("median")
        ).mean(),
        "the floor is",
    ),
    ("19.2", lambda keys, targets: pd.Series(targets).groupby(keys).median(), "one number"),
    ("19.3", lambda table: culprit(table)[0], "the pair `(source, unit)`"),
    ("19.3", lambda table: culprit(table)[::-1], "turned round"),
    ("19.3", lambda table: (culprit(table)[0], "kcal/mol"), "that is kJ/mol and not kcal/mol"),
    ("19.3", lambda table: (culprit(table)[0], "eV"), "The unit should be one of"),
    ("19.3", lambda table: (typical(table).max(), culprit(table)[1]), "The source should be one"),
    ("19.3", lambda table: (typical(table).idxmin(), culprit(table)[1]), "your function blames"),
    (
        "19.3",
        lambda table: (table.groupby("source")["value"].median().idxmax(), culprit(table)[1]),
        "compare value and expected",
    ),
    (
        "19.3",
        lambda table: (culprit(table)[0], nearest(table, 1 / typical(table).max())),
        "The source is right",
    ),
    ("19.4", lambda *given: np.mean(counts(*given)), "the rarest element is in"),
    (
        "19.4",
        lambda formula, training: sum(read(formula) <= read(each) for each in training),
        "the rarest element is in",
    ),
    ("19.4", lambda *given: min(counts(*given)) / len(given[1]), "the rarest element is in"),
    ("19.4", lambda *given: min([n for n in counts(*given) if n]), "in none of the training"),
    ("19.4", counts, "should be one number"),
    (
        "19.3",
        lambda table: (
            table["value"].abs().groupby(table["source"]).max().idxmax(),
            culprit(table)[1],
        ),
        "your function blames",
    ),
]
