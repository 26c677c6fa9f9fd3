"""Units in the names of columns, and what values they allow.

A unit is known by a short name, such as ``"mpa"`` or ``"ev_per_atom"``: the one that the column names of this
course end in. ``YS (MPa)``, ``T [K]``, ``Eg/eV`` and ``yield_strength_mpa`` all say theirs.
"""

import re
import unicodedata
from typing import NamedTuple

# short name of the unit: dimension, size in the first unit of the dimension, other ways to write it;
# CODATA 2018 (doi:10.1103/RevModPhys.93.025010)
_UNITS = {
    "mpa": ("pressure", 1.0, "MPa N/mm2 N/mm^2 MN/m2"),
    "gpa": ("pressure", 1e3, "GPa kN/mm2"),
    "kpa": ("pressure", 1e-3, "kPa"),
    "pa": ("pressure", 1e-6, "Pa N/m2"),
    "bar": ("pressure", 0.1, "bar"),
    "kbar": ("pressure", 100.0, "kbar"),
    "ksi": ("pressure", 6.894757, "ksi"),
    "psi": ("pressure", 6.894757e-3, "psi"),
    "hv": (
        "pressure",
        9.80665,
        "HV HV0.1 HV0.2 HV0.3 HV0.5 HV1 HV5 HV10 HV30 Hv kgf/mm2 kg/mm2 vickers",
    ),
    "k": ("temperature", 1.0, "K kelvin Kelvin"),
    "c": ("temperature", 1.0, "C °C degC deg_C degreeC celsius Celsius oC"),
    "f": ("temperature", 5 / 9, "°F degF"),
    "ev": ("energy", 1.0, "eV"),
    "mev": ("energy", 1e-3, "meV"),
    "ev_per_atom": ("energy of an atom", 1.0, "eV/atom eV/at. eV/at eV*atom-1 ev_atom"),
    "mev_per_atom": ("energy of an atom", 1e-3, "meV/atom meV/at meV*atom-1 mev_atom"),
    "kj_per_mol": ("molar energy", 1.0, "kJ/mol kJ*mol-1 kj_mol kJ/mole"),
    "kcal_per_mol": ("molar energy", 4.184, "kcal/mol kcal*mol-1"),
    "g_per_cm3": ("density", 1.0, "g/cm3 g/cm^3 g*cm-3 g/cc g/ml g_cm3"),
    "kg_per_m3": ("density", 1e-3, "kg/m3 kg/m^3 kg*m-3"),
    "a3_per_atom": ("volume of an atom", 1.0, "Å3/atom Å^3/atom A3/atom A^3/atom Å3*atom-1"),
    "um": ("length", 1.0, "um µm μm micron microns"),
    "nm": ("length", 1e-3, "nm"),
    "mm": ("length", 1e3, "mm"),
    "percent": ("share", 1.0, "% percent pct"),
}
DIMENSION = {unit: dimension for unit, (dimension, _size, _ways) in _UNITS.items()}
_SIZE = {unit: size for unit, (_dimension, size, _ways) in _UNITS.items()}
_ZERO_IN_KELVIN = {"k": 0.0, "c": 273.15, "f": 255.3722222}
_WAYS = {way: unit for unit, (_d, _s, ways) in _UNITS.items() for way in [unit, *ways.split()]}
_LOWER = {unit: unit for unit in _UNITS} | {
    way.lower(): unit for way, unit in _WAYS.items() if len(way) > 2 and way not in ("meV", "kPa")
}
_BRACKETS = re.compile(r"[(\[{]\s*([^()\[\]{}]+?)\s*[)\]}]\s*$")
_SLASH = re.compile(r"^.*?[A-Za-z\d)\]]\s*/\s*(.+)$")


class Bounds(NamedTuple):
    """Lowest and highest value that is possible at all."""

    lowest: float
    highest: float


# unit (None for any), what the name must hold besides, bounds: only what no solid can have
_POSSIBLE = (
    ("c", "", Bounds(-273.15, 10_000.0)),
    ("k", "", Bounds(0.0, 10_000.0)),
    ("hv", "", Bounds(0.0, 25_000.0)),
    (
        "mpa",
        "strength|stress_at|modulus|hardness|yield|tensile|uts|ys|rp0|rm_|fracture",
        Bounds(0.0, 2e5),
    ),
    ("gpa", "strength|modulus|moduli|hardness|bulk|shear|young", Bounds(0.0, 2000.0)),
    ("ev_per_atom", "format|forming|mixing|hull|form_|decompos|enthalp|cohes", Bounds(-10.0, 10.0)),
    ("ev", "gap|eg", Bounds(0.0, 30.0)),
    ("g_per_cm3", "", Bounds(1e-4, 30.0)),
    ("kg_per_m3", "", Bounds(0.1, 30_000.0)),
    ("a3_per_atom", "", Bounds(1.5, 1000.0)),
    ("um", "grain|size|thick|diameter|length|spacing", Bounds(0.0, 1e7)),
    ("nm", "grain|size|thick|diameter|length|spacing", Bounds(0.0, 1e9)),
    ("percent", "porosity|humidity|crystallin", Bounds(0.0, 100.0)),
    (None, "n_atoms|natoms|nsites|n_sites", Bounds(1.0, float("inf"))),
    (None, "year_", Bounds(1800.0, 2100.0)),
)
# these are shares if nearly all values are, and percentages otherwise; not diffraction, refraction
SHARE = re.compile(r"porosity|(?<!dif)(?<!re)(?<!in)fraction")
# what may have either sign, and has no zero of a scale
_DIFFERENCE = re.compile(
    r"[δ∆]|_(?:delta|d[te]|diff|difference|changes?|errors?|shift|coefficient|deviation|offset|drift|slope"
    r"|gradient|residual|lost|gained)_"
)
_SPAN = re.compile(r"_(?:age|life|lifetime|duration|per|old)_")
# one letter after these words is a unit of temperature; wt% C and lattice_c say something else
_LETTERS = ("c", "f", "k")
_TEMPERATURE = re.compile(
    r"temp|(?:^|[\W_])t(?:[a-z]|max|min|\d+)?(?:\W*(?:in)?)?$|melt|boil|solidus|liquidus|curie|n[eé]el|debye"
    r"|anneal|sinter|aging|ageing|calcin|transition|glass|onset|point|quench"
)


def unit_of(name: object) -> str | None:
    """Return the unit that the name of a column says, or None.

    Parameters
    ----------
    name
        Such as ``"YS (MPa)"``, ``"T [K]"``, ``"Eg/eV"``, ``"E / eV atom⁻¹"``, ``"hardness, HV"``,
        ``"yield_strength_mpa"``.

    Returns
    -------
    str or None
        A key of `DIMENSION`.
    """
    text = unicodedata.normalize("NFKC", str(name).strip().replace("⁻", "-")).replace("−", "-")
    if bracket := _BRACKETS.search(text):
        return _unit(bracket[1])
    if slash := _SLASH.match(text):
        unit = _unit(slash[1])
        # "energy eV/atom" has its slash inside the unit
        whole = _unit(f"{text.split('/')[0].split()[-1]}/{slash[1]}")
        # in J/mol K the last letter is a part of a unit that is not known here
        return whole or unit
    words = re.split(r"[\s,;:]+", text)
    for n in (2, 1):
        if len(words) > n and (unit := _unit(" ".join(words[-n:]))) is not None:
            return unit if _is_meant(words[-1], " ".join(words[:-n])) else None
    lower = re.sub(r"[\s-]+", "_", text).lower()
    endings = [unit for unit in _LOWER if "/" not in unit and lower.endswith(f"_{unit}")]
    if not endings:
        return None
    ending = max(endings, key=len)
    before = lower.removesuffix(f"_{ending}")
    # thermal_expansion_per_k and kappa_w_per_m_k are in another unit
    if "_per_" in f"_{before}_" or not _is_meant(ending, before):
        return None
    return _LOWER[ending]


def _is_meant(unit: str, before: str) -> bool:
    """Tell whether a lone letter at the end of a name is a unit of temperature."""
    if unit.lower() not in _LETTERS:
        return True
    # T_c is a critical temperature in any unit
    return bool(_TEMPERATURE.search(before.lower())) and (before.lower(), unit) != ("t", "c")


def is_difference(name: object) -> bool:
    """Tell whether a name says that the values are changes, errors or the like."""
    text = str(name)
    return bool(re.search(r"\bd[TE]\b", text) or _DIFFERENCE.search(_in_words(text)))


def _in_words(name: object) -> str:
    return f"_{re.sub(r'[^a-z0-9δ∆]+', '_', str(name).lower())}_"


def _unit(text: str) -> str | None:
    plain = re.sub(r"\s*\bper\b\s*", "/", text.strip())
    plain = re.sub(r"^in\s+", "", plain)
    plain = re.sub(r"\s*/\s*", "/", plain).replace("Å", "Å")
    for way in (plain, re.sub(r"[\s·⋅.*]+", "*", plain), re.sub(r"[\s·⋅.]+", "", plain)):
        if way in _WAYS:
            return _WAYS[way]
        if way.lower() in _LOWER and way not in ("mPa", "MeV", "mpA"):
            return _LOWER[way.lower()]
    return None


def bounds_of(name: object) -> Bounds | None:
    """Return the bounds that the name of a column sets its values, or None."""
    unit, text = unit_of(name), _in_words(name)
    if is_difference(name):
        return None
    for wanted, words, bounds in _POSSIBLE:
        if (wanted is None or wanted == unit) and re.search(rf"_(?:\w*_)?(?:{words})", text):
            return None if words == "year_" and _SPAN.search(text) else bounds
    return None


def converted(value: float, unit: str, wanted: str, *, difference: bool = False) -> float | None:
    """Return a value in another unit of the same dimension, or None if there is no telling.

    A difference of 25 °C is one of 25 K; a temperature of 25 °C is one of 298.15 K.
    """
    if DIMENSION[unit] != DIMENSION[wanted]:
        return None
    if DIMENSION[unit] == "temperature" and not difference:
        kelvin = value * _SIZE[unit] + _ZERO_IN_KELVIN[unit]
        return (kelvin - _ZERO_IN_KELVIN[wanted]) / _SIZE[wanted]
    return value * _SIZE[unit] / _SIZE[wanted]
