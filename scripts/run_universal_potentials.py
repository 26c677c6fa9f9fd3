"""Try the pretrained potentials that are installed on many crystals, for notebook 13.

    python scripts/run_universal_potentials.py                 # every task with every potential that is here
    python scripts/run_universal_potentials.py solids --potentials chgnet diep

Each task writes its table into ``matnn_lab/potentials/universal.json.gz`` and leaves the others, and the
rows of other potentials, as they were. The stored tables were made with chgnet 0.4.2, sevenn 0.13.0, diep
2.0.0 and torch 2.13.0 on one thread of a shared processor; all tasks take about 40 minutes. The checksum
that is printed last belongs into ``matnn_lab/potentials/universal.py``. Fine-tuning is in
``scripts/fine_tune.py``.
"""

import argparse
import gzip
import hashlib
import json
import resource
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from ase import Atoms, units
from ase.build import bulk, fcc111
from ase.collections import dcdft
from ase.data import atomic_masses, atomic_numbers

from matnn_lab.datasets import cubic_solids, formation_enthalpies, mineral_structures
from matnn_lab.potentials import elastic_constants, energy_curve, is_installed, load, relax
from matnn_lab.training.threads import one_thread

TARGET = Path(__file__).parents[1] / "matnn_lab" / "potentials" / "universal.json.gz"
POTENTIALS = (
    "chgnet",
    "chgnet-0.2.0",
    "chgnet-r2scan",
    "sevennet",
    "sevennet-l3i5",
    "sevennet-r2scan",
    "diep",
)
# compounds whose crystals are cubic and hold no free coordinate, with a length (Å) to start from; phosphides
# are left out (their enthalpies count from white phosphorus, which is not the stable form)
COMPOUNDS = {
    "rocksalt": {
        "LiF": 4.0, "LiCl": 5.1, "LiBr": 5.5, "NaF": 4.6, "NaCl": 5.6, "NaBr": 6.0, "KF": 5.4, "KCl": 6.3,
        "KBr": 6.6, "RbCl": 6.6, "MgO": 4.2, "CaO": 4.8, "SrO": 5.2, "BaO": 5.5, "CaS": 5.7, "SrS": 6.0,
        "MnO": 4.4, "NiO": 4.2, "CoO": 4.3, "FeO": 4.3, "CdO": 4.7, "TiC": 4.3, "ZrC": 4.7, "NbC": 4.5,
        "TiN": 4.2, "ZrN": 4.6, "VN": 4.1, "ScN": 4.5,
    },
    "zincblende": {"SiC": 4.3, "ZnS": 5.4, "GaAs": 5.7, "InAs": 6.1, "AlAs": 5.7, "GaSb": 6.1, "InSb": 6.5},
    "fluorite": {"CaF2": 5.5, "SrF2": 5.8, "BaF2": 6.2, "Li2O": 4.6, "Na2O": 5.6, "Mg2Si": 6.3},
    "cesiumchloride": {"CsCl": 4.1},
}  # fmt: skip
# the Δ test has sulfur as a simple lattice and manganese as a cell of four; these are the stable solids,
# orthorhombic S8 and α-Mn, with their numbers among the minerals
STABLE_ELEMENTS = {"S": 10056, "Mn": 9377}
ENERGIES = {
    "Si": ("diamond", 5.43), "GaAs": ("zincblende", 5.65), "SiC": ("zincblende", 4.36),
    "NaCl": ("rocksalt", 5.60), "CaO": ("rocksalt", 4.81), "MgO": ("rocksalt", 4.21),
}  # fmt: skip
CURVES = ("Al", "Cu", "Ag", "Si", "Ge", "Mo", "W", "Li")
SURFACES = ("Al", "Cu", "Ni", "Au")
MOLECULES = {"H2": 0.7414, "N2": 1.0977, "O2": 1.2075, "F2": 1.4119, "Cl2": 1.988}  # Å, measured
ELASTIC = {
    "Si": ("diamond", 5.45),
    "Cu": ("fcc", 3.61),
    "MgO": ("rocksalt", 4.23),
    "Al": ("fcc", 4.04),
}
RAMAN = {"C": 3.57, "Si": 5.45, "Ge": 5.70}


def crystal(formula: str, prototype: str, length: float) -> Atoms:
    """Build a primitive cell; ASE names the anion of antifluorite first."""
    if prototype == "fluorite" and formula in ("Li2O", "Na2O", "Mg2Si"):
        formula = {"Li2O": "OLi2", "Na2O": "ONa2", "Mg2Si": "SiMg2"}[formula]
    return bulk(formula, prototype, length)


def curve_of(atoms: Atoms, calculator, strain: float = 0.03):
    """Fit E(V) around the lowest point, wherever it is; None if it runs away or the element is refused."""
    atoms = atoms.copy()
    atoms.calc = calculator
    for _ in range(12):
        try:
            return energy_curve(atoms, strain=strain, points=9)
        except ValueError as error:
            if "lowest at an end" not in str(error):
                return None
        except (KeyError, RuntimeError, IndexError):
            return None
        ends = []
        for factor in (1 - strain, 1 + strain):
            other = atoms.copy()
            other.set_cell(factor * atoms.cell, scale_atoms=True)
            other.calc = calculator
            ends.append((other.get_potential_energy(), factor))
        factor = min(ends)[1]
        atoms.set_cell(factor * atoms.cell, scale_atoms=True)
    return None


def solids(name: str, calculator) -> list[dict]:
    """Lattice constant and bulk modulus from E(V)."""
    rows = []
    for row in cubic_solids().itertuples():
        atoms = bulk(row.formula, row.prototype, row.lattice_constant_a)
        fit = curve_of(atoms, calculator)
        factor = row.lattice_constant_a / atoms.get_volume() ** (1 / 3)
        rows.append(
            {
                "potential": name,
                "formula": row.formula,
                "lattice_constant_a": (fit.volume * len(atoms)) ** (1 / 3) * factor
                if fit
                else np.nan,
                "bulk_modulus_gpa": fit.bulk_modulus_gpa if fit else np.nan,
            }
        )
    return rows


def elements(name: str, calculator) -> list[dict]:
    """Volume, bulk modulus and energy of the elements of the Δ test, the shape of the cell kept."""
    rows = []
    for symbol in dcdft.names:
        fit = curve_of(dcdft[symbol], calculator, strain=0.02)
        rows.append(
            {
                "potential": name,
                "element": symbol,
                "volume_a3_per_atom": fit.volume if fit else np.nan,
                "bulk_modulus_gpa": fit.bulk_modulus_gpa if fit else np.nan,
                "energy_ev_per_atom": fit.energy if fit else np.nan,
            }
        )
    return rows


def element_as_solid(symbol: str) -> Atoms:
    """Return the cell of an element from which formation energies count."""
    if symbol not in STABLE_ELEMENTS:
        return dcdft[symbol]
    [structure] = mineral_structures([STABLE_ELEMENTS[symbol]])
    return structure.get_primitive_structure().to_ase_atoms()


def enthalpies(name: str, calculator) -> list[dict]:
    """Formation energies at 0 K without zero-point energy, from the elements as solids."""
    measured = formation_enthalpies().set_index("formula")["formation_enthalpy_ev_per_atom"]
    known: dict[str, float] = {}
    restless = set()

    def element(symbol: str) -> float:
        if symbol not in known:
            if symbol in STABLE_ELEMENTS or symbol in dcdft.names:
                atoms = element_as_solid(symbol)
                atoms.calc = calculator
                try:
                    atoms = relax(atoms, fmax=0.02, steps=60)
                except RuntimeError:
                    restless.add(symbol)  # its atoms stay where PBE has them
                fit = curve_of(atoms, calculator, strain=0.02)
                known[symbol] = fit.energy if fit else np.nan
            else:
                known[symbol] = np.nan
        return known[symbol]

    rows = []
    for prototype, compounds in COMPOUNDS.items():
        for formula, length in compounds.items():
            if formula not in measured.index:
                raise ValueError(f"{formula} has no measured enthalpy")
            atoms = crystal(formula, prototype, length)
            fit = curve_of(atoms, calculator)
            symbols = atoms.get_chemical_symbols()
            parts = np.mean([element(symbol) for symbol in symbols])
            rows.append(
                {
                    "potential": name,
                    "formula": formula,
                    "prototype": prototype,
                    "energy_ev_per_atom": fit.energy if fit else np.nan,
                    "formation_ev_per_atom": fit.energy - parts if fit else np.nan,
                    "elements_at_rest": restless.isdisjoint(symbols),
                }
            )
    return rows


def energies(name: str, calculator) -> list[dict]:
    """Energy of six crystals at the same lattice constants in each potential."""
    rows = []
    for formula, (prototype, length) in ENERGIES.items():
        atoms = bulk(formula, prototype, length)
        atoms.calc = calculator
        energy = float(atoms.get_potential_energy()) / len(atoms)
        rows.append({"potential": name, "formula": formula, "energy_ev_per_atom": energy})
    return rows


def curves(name: str, calculator) -> list[dict]:
    """Energy and pressure of a few elements from half of their volume to a fifth more."""
    rows = []
    for symbol in CURVES:
        volume = dcdft.data[symbol]["wien2k_volume"]
        prototype = (
            "diamond" if symbol in ("Si", "Ge") else "bcc" if symbol in ("Mo", "W") else "fcc"
        )
        start = bulk(symbol, prototype, 4.0) if symbol != "Li" else dcdft["Li"]
        for ratio in np.linspace(0.5, 1.2, 36):
            atoms = start.copy()
            factor = (ratio * volume * len(atoms) / atoms.get_volume()) ** (1 / 3)
            atoms.set_cell(factor * atoms.cell, scale_atoms=True)
            atoms.calc = calculator
            rows.append(
                {
                    "potential": name,
                    "element": symbol,
                    "volume_ratio": round(float(ratio), 3),
                    "pressure_gpa": -float(atoms.get_stress()[:3].mean()) / units.GPa,
                    "energy_ev_per_atom": float(atoms.get_potential_energy()) / len(atoms),
                }
            )
    return rows


def elastic(name: str, calculator) -> list[dict]:
    """Elastic constants; NaN where a strained crystal does not come to rest."""
    rows = []
    for formula, (prototype, length) in ELASTIC.items():
        atoms = bulk(formula, prototype, length)
        atoms.calc = calculator
        try:
            c = elastic_constants(relax(atoms, steps=80))
        except RuntimeError as error:
            print(name, error)
            c = np.full((6, 6), np.nan)
        rows.append(
            {
                "potential": name,
                "formula": formula,
                "c11_gpa": c[0, 0],
                "c12_gpa": c[0, 1],
                "c44_gpa": c[3, 3],
            }
        )
    return rows


def raman(name: str, calculator) -> list[dict]:
    """Frequency of the two sublattices of diamond against each other, from forces at ±0.02 Å."""
    rows = []
    for symbol, length in RAMAN.items():
        atoms = bulk(symbol, "diamond", length)
        atoms.calc = calculator
        relaxed = relax(atoms, steps=80)
        forces = []
        for step in (-0.02, 0.02):
            moved = relaxed.copy()
            moved.calc = calculator
            moved.positions[1, 0] += step
            forces.append(moved.get_forces()[1, 0])
        stiffness = -(forces[1] - forces[0]) / 0.04  # eV/Å²
        mass = atomic_masses[atomic_numbers[symbol]] / 2
        omega = np.sqrt(stiffness / mass) * units.fs * 1e15  # ASE's time unit to s⁻¹
        rows.append(
            {
                "potential": name,
                "element": symbol,
                "wavenumber_per_cm": omega / (2 * np.pi * units._c * 100),
            }
        )
    return rows


def surfaces(name: str, calculator) -> list[dict]:
    """Energy of the relaxed (111) surface of metals: a slab of seven layers."""
    rows = []
    for symbol in SURFACES:
        atoms = bulk(symbol, "fcc", 4.0)
        fit = curve_of(atoms, calculator)
        length = (4 * fit.volume) ** (1 / 3)
        slab = fcc111(symbol, (1, 1, 7), a=length, vacuum=8.0, periodic=True)
        slab.calc = calculator
        at_rest = True
        try:
            slab = relax(slab, cell=False, keep_symmetry=False, fmax=0.01, steps=100)
        except RuntimeError:
            at_rest = False  # the energy is that of the slab as it was cut
        area = 2 * np.linalg.norm(np.cross(slab.cell[0], slab.cell[1]))
        gain = slab.get_potential_energy() - len(slab) * fit.energy
        rows.append(
            {
                "potential": name,
                "element": symbol,
                "surface_energy_j_per_m2": gain / area * units._e * 1e20,
                "at_rest": at_rest,
            }
        )
    return rows


def molecules(name: str, calculator) -> list[dict]:
    """Energy of diatomic molecules in a box of 14 Å against their length."""
    rows = []
    for formula, length in MOLECULES.items():
        for ratio in np.concatenate([np.linspace(0.8, 1.4, 25), np.linspace(1.5, 4.5, 31)]):
            d = ratio * length
            atoms = Atoms(formula, [(7, 7, 7 - d / 2), (7, 7, 7 + d / 2)], cell=3 * [14], pbc=True)
            atoms.calc = calculator
            try:
                energy = float(atoms.get_potential_energy())
            except (ValueError, RuntimeError, IndexError):  # refuses atoms without neighbors
                energy = np.nan
            rows.append(
                {
                    "potential": name,
                    "molecule": formula,
                    "length_a": round(float(d), 4),
                    "energy_ev": energy,
                }
            )
    return rows


def cost(name: str, calculator) -> list[dict]:
    """CPU time of energy, forces and stress, and the largest memory of this process, against atoms."""
    rows = []
    for repeat in (1, 2, 3):
        atoms = bulk("Si", "diamond", 5.45, cubic=True) * (repeat, repeat, repeat)
        atoms.rattle(0.02, rng=np.random.default_rng(0))
        atoms.calc = calculator
        atoms.get_forces()
        times = []
        for _ in range(3):
            atoms.positions[0, 0] += 0.001
            begun = time.process_time()
            atoms.get_forces()
            atoms.get_stress()
            times.append(time.process_time() - begun)
        rows.append(
            {
                "potential": name,
                "n_atoms": len(atoms),
                "ms_per_step": 1000 * float(np.median(times)),
                "largest_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    return rows


TASKS = {
    function.__name__: function
    for function in (
        energies, solids, elements, enthalpies, curves, elastic, raman, surfaces, molecules, cost,
    )
}  # fmt: skip


def read(target: Path) -> dict[str, list[dict]]:
    return json.loads(gzip.decompress(target.read_bytes())) if target.is_file() else {}


def write(target: Path, tables: dict[str, list[dict]]) -> None:
    """Write the tables, and print the size and the checksum of the file."""
    text = json.dumps(tables, sort_keys=True, separators=(",", ":"))
    packed = gzip.compress(text.encode(), mtime=0)
    target.write_bytes(packed)
    print(f"{target}: {len(packed):,} bytes, SHA-256 {hashlib.sha256(packed).hexdigest()}")


def rounded(row: dict) -> dict:
    return {
        key: (None if np.isnan(value) else float(f"{value:.6g}"))
        if isinstance(value, float)
        else value
        for key, value in row.items()
    }


def cost_alone(name: str) -> list[dict]:
    """Measure in a process that has done nothing else, so that the memory is that of this potential."""
    one_thread()
    warnings.filterwarnings("ignore", category=UserWarning)
    return cost(name, load(name))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tasks", nargs="*", choices=[*TASKS, []], help="which tables; all of them")
    parser.add_argument("--potentials", nargs="+", default=POTENTIALS, choices=POTENTIALS)
    parser.add_argument("--target", type=Path, default=TARGET, help="the file to write")
    arguments = parser.parse_args()
    one_thread()
    warnings.filterwarnings("ignore", category=UserWarning)
    for name in arguments.potentials:
        if not is_installed(name):
            print(f"{name} is not installed and is left out")
            continue
        calculator = load(name)
        for task in arguments.tasks or TASKS:
            begun = time.process_time()
            if task == "cost":
                with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                    rows = pool.submit(cost_alone, name).result()
            else:
                rows = TASKS[task](name, calculator)
            rows = [rounded(row) for row in rows]
            tables = read(arguments.target)
            others = [row for row in tables.get(task, []) if row["potential"] != name]
            tables[task] = sorted(others + rows, key=lambda row: POTENTIALS.index(row["potential"]))
            print(f"{name}, {task}: {len(rows)} rows, {time.process_time() - begun:.0f} s")
            write(arguments.target, tables)


if __name__ == "__main__":
    main()
