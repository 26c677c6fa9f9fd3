"""Make the data set of computed prototype crystals with CHGNet.

Structures of the AFLOW library are decorated with the elements of whole chemical systems. For each crystal
the cell is scaled isotropically (shape and fractional coordinates stay as in the prototype), the energy is
scanned over the volume, and a Birch-Murnaghan curve through the seven volumes around the minimum gives the
equilibrium energy, volume and bulk modulus. Formation energies are relative to the lowest structure of
each element in the same calculation.

    python scripts/make_prototype_crystals.py

needs the package chgnet, takes about ten minutes on two cores, keeps every
scan in a checkpoint and goes on from there when it is started again. From one checkpoint it gives the same
file to the bit; scans made anew agree within the noise of single precision.
"""

import argparse
import gzip
import hashlib
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations, permutations
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from ase.data import covalent_radii
from pymatgen.analysis.structure_matcher import StructureMatcher
from pymatgen.core import Composition, Structure
from tqdm import tqdm

from matnn_lab.datasets.files import read_installed
from matnn_lab.training.threads import one_thread

TARGET = Path(__file__).parents[1] / "matnn_lab" / "datasets" / "prototype_crystals.json.gz"
CHECKPOINT = Path.home() / ".cache" / "matnn-lab" / "prototype_crystals.jsonl"
SEED = 0
LIBRARY = ("analysis", "prototypes", "aflow_prototypes.json.gz")
LIBRARY_SHA256 = "a1b349b062f1734f2ed248bdc117db143f0da4a9f5b43d9e14d3f2505d664f97"

# AFLOW label (with the name-giving compound where one label stands for several structures): name
PROTOTYPES = {
    1: {
        "A_cF4_225_a": "fcc, copper",
        "A_cI2_229_a": "bcc, tungsten",
        "A_hP2_194_c": "hcp, magnesium",
        "A_hP4_194_ac": "double hcp, lanthanum",
        "A_cP1_221_a": "simple cubic, polonium",
        "A_cF8_227_a": "diamond",
        "A_hP4_194_bc": "graphite",
        "A_tI4_141_a": "white tin",
        "A_hR2_166_c.As": "grey arsenic",
        "A_hP3_152_a": "grey selenium",
        "A_oC8_64_f.Ga": "gallium",
        "A_oC8_64_f.P": "black phosphorus",
        "A_oC8_64_f.I": "iodine",
        "A_mC4_12_i": "solid oxygen",
        "A_cP8_205_c": "solid nitrogen",
        "A_hR12_166_2h": "alpha boron",
        "A_oF128_70_4h": "orthorhombic sulfur",
    },
    2: {
        "AB_cF8_225_a_b": "rock salt",
        "AB_cP2_221_b_a": "caesium chloride",
        "AB_cF8_216_c_a": "zinc blende",
        "AB_hP4_186_b_b": "wurtzite",
        "AB_hP4_194_c_a": "nickel arsenide",
        "AB_hP2_187_d_a": "tungsten carbide",
        "AB_tP2_123_a_d": "ordered CuAu",
        "AB_tP4_129_a_c": "lead oxide",
        "AB2_cF12_225_a_c": "fluorite",
        "A2B_tP6_136_f_a": "rutile",
        "AB2_hP3_164_a_d": "cadmium iodide",
        "AB2_hP3_191_a_d": "aluminium diboride",
        "AB2_tI6_139_a_e": "molybdenum disilicide",
        "AB3_cP4_221_a_c": "ordered Cu3Au",
        "AB3_cF16_225_a_bc": "bismuth trifluoride",
        "A3B_cP4_221_d_a": "rhenium trioxide",
    },
    3: {
        "ABC_cF12_216_b_c_a": "half-Heusler",
        "AB2C_cF16_225_a_c_b": "Heusler",
        "ABC2_hR4_166_a_b_c": "caswellsilverite",
        "AB3C_cP5_221_a_c_b": "cubic perovskite",
    },
}

# 32 atoms and no use to other elements; without it the reference of sulfur lies 0.1 eV/atom too high
ONLY_FOR = {"A_oF128_70_4h": "S"}

CATIONS = "Li Na K Mg Ca Sr Ba Sc Ti Zr Cu Zn Cd Al Ga In"
ANIONS = "N As O S Se F Cl"
METALS = "Mg Al Si Ti Fe Ni Cu Zr"
COVALENT = "B-N B-As C-Si Ge-Si"
TERNARIES = """
    Al-Cu-O Al-Cu-S Al-Cu-Se Al-Li-O Al-Li-S Al-Li-Se Al-Mg-N Al-Mg-O Al-N-Ti Al-O-Ti
    Ba-O-Ti Ba-S-Ti Ca-O-Ti Ca-S-Ti O-Sr-Ti S-Sr-Ti O-Ti-Zr Mg-O-Ti Mg-S-Ti Cu-S-Ti Cu-S-Zr
    F-K-Mg Cl-K-Mg K-Mg-N Li-Mg-As Li-Mg-N Li-Mg-O
    Al-Cu-Ti Al-Cu-Zr Al-Fe-Ni Al-Fe-Ti Al-Li-Si Al-Ni-Ti Al-Ni-Zr Cu-Mg-Si Fe-Ni-Ti
    Fe-Si-Ti Fe-Si-Zr Ni-Si-Ti Ni-Si-Zr
"""

# distance of the closest pair in units of the sum of the covalent radii
COARSE_SCALES = (0.94, 1.0, 1.065, 1.13, 1.2, 1.28)
CLOSER_SCALES = (0.88, 0.82, 0.76, 0.7)
WIDER_SCALES = (1.37, 1.46, 1.56, 1.67, 1.78, 1.9)
# what a crystal has to stand
MAX_RESIDUAL_EV_PER_ATOM = 0.002
MAX_RESIDUAL = 0.05  # of the rise of the energy in the fine scan
MIN_CLOSEST_PAIR = 0.75  # of the sum of the covalent radii; 0.77 in the nitrogen molecule
BULK_MODULUS_GPA = (1.0, 500.0)
FORMATION_ENERGY_EV_PER_ATOM = (-4.5, 1.5)

FINE_VOLUMES = np.linspace(0.9, 1.1, 7)
EV_PER_A3_IN_GPA = 160.2176634
REACH = 5.8  # angstrom; an atom without a neighbor within 6 angstrom is none to CHGNet
BLOCK = 24
MAX_ANGLES = 20_000


@dataclass(frozen=True)
class Candidate:
    """A prototype decorated with elements, before its volume is known."""

    crystal_id: str
    formula: str
    chemical_system: str
    prototype: str
    elements: tuple[str, ...]

    @property
    def structure(self) -> Structure:
        structure = TEMPLATES[self.prototype].copy()
        structure.replace_species(dict(zip(DUMMIES, self.elements, strict=False)))
        return structure


DUMMIES = ("Xe", "Kr", "Ar")


def templates() -> dict[str, Structure]:
    """Return each prototype with noble gases in the place of its elements, in order of the label."""
    wanted = {label for labels in PROTOTYPES.values() for label in labels}
    found = {}
    library = json.loads(
        gzip.decompress(read_installed("pymatgen", *LIBRARY, sha256=LIBRARY_SHA256))
    )
    for entry in library:
        label = entry["tags"]["aflow"]
        named = f"{label}.{entry['snl']['sites'][0]['species'][0]['element']}"
        key = label if label in wanted else named
        if key in wanted and key not in found:
            structure = Structure.from_dict(entry["snl"])
            elements = list(dict.fromkeys(str(site.specie) for site in structure))
            bare = Structure(structure.lattice, structure.species, structure.frac_coords)
            bare.replace_species(dict(zip(elements, DUMMIES, strict=False)))
            found[key] = bare
    if missing := wanted - found.keys():
        raise ValueError(f"These prototypes are not in the library of pymatgen: {sorted(missing)}.")
    return found


def decorations(template: Structure, n_elements: int) -> list[tuple[int, ...]]:
    """Return the orders of the elements on the sites that give different crystals."""
    matcher = StructureMatcher(ltol=0.01, stol=0.01, angle_tol=0.5, primitive_cell=False)
    kept: list[tuple[tuple[int, ...], Structure]] = []
    for order in permutations(range(n_elements)):
        crystal = template.copy()
        crystal.replace_species(
            {DUMMIES[site]: DUMMIES[element] for site, element in enumerate(order)}
        )
        if not any(matcher.fit(crystal, other) for _, other in kept):
            kept.append((order, crystal))
    return [order for order, _ in kept]


def systems() -> list[tuple[str, ...]]:
    """Return the chemical systems: elements, pairs and triples, with all that lies inside them."""
    triples = {tuple(sorted(name.split("-"))) for name in TERNARIES.split()}
    pairs = {tuple(sorted(pair)) for pair in combinations(METALS.split(), 2)}
    pairs |= {
        tuple(sorted((cation, anion))) for cation in CATIONS.split() for anion in ANIONS.split()
    }
    pairs |= {tuple(sorted(name.split("-"))) for name in COVALENT.split()}
    pairs |= {pair for triple in triples for pair in combinations(triple, 2)}
    elements = {(element,) for pair in pairs for element in pair}
    compounds = sorted(pairs) + sorted(triples)
    random.Random(SEED).shuffle(compounds)
    return sorted(elements) + compounds


def candidates() -> Iterator[Candidate]:
    """Yield all crystals of all chemical systems."""
    orders = {
        label: decorations(TEMPLATES[label], n)
        for n, labels in PROTOTYPES.items()
        for label in labels
    }
    for system in systems():
        seen = Counter()
        for label in PROTOTYPES[len(system)]:
            if ONLY_FOR.get(label, system[0]) != system[0]:
                continue
            for order in orders[label]:
                elements = tuple(system[index] for index in order)
                counts = Counter(str(site.specie) for site in TEMPLATES[label])
                composition = Composition(
                    {
                        element: counts[dummy]
                        for element, dummy in zip(elements, DUMMIES, strict=False)
                    }
                )
                formula = system[0] if len(system) == 1 else composition.reduced_formula
                seen[formula, label] += 1
                ordinal = seen[formula, label]
                suffix = "" if ordinal == 1 else f"-{ordinal}"
                yield Candidate(
                    crystal_id=f"{formula}-{label}{suffix}",
                    formula=formula,
                    chemical_system="-".join(system),
                    prototype=label,
                    elements=elements,
                )


TEMPLATES = templates()


def contacts(structure: Structure) -> tuple[float, float]:
    """Return the closest contact and the loneliest atom.

    The first is the smallest distance in units of the sum of the two covalent radii (Cordero et al.,
    Dalton Trans. 2008, 2832, doi:10.1039/b801115j), the second the largest distance in angstrom of an
    atom from its nearest neighbor.
    """
    radii = covalent_radii[list(structure.atomic_numbers)]
    cutoff = (structure.volume / len(structure)) ** (1 / 3) * 1.5
    while True:
        centers, neighbors, _, distances = structure.get_neighbor_list(cutoff)
        nearest = [distances[centers == site] for site in range(len(structure))]
        if all(len(shell) for shell in nearest):
            closest = (distances / (radii[centers] + radii[neighbors])).min()
            return float(closest), float(max(shell.min() for shell in nearest))
        cutoff *= 1.3


class Scanner:
    """Scans energy against volume with CHGNet, many crystals in a batch."""

    def __init__(self) -> None:
        from chgnet.model import CHGNet

        one_thread()
        self.model = CHGNet.load(model_name="0.3.0", use_device="cpu", verbose=False)

    def energies(self, structures: list[Structure]) -> list[float]:
        """Return the energies in eV/atom, with at most ``MAX_ANGLES`` angles in memory at a time."""
        import torch

        graphs = [self.model.graph_converter(structure) for structure in structures]
        batches: list[list] = [[]]
        for graph in graphs:
            angles = sum(len(other.bond_graph) for other in [*batches[-1], graph])
            if batches[-1] and angles > MAX_ANGLES:
                batches.append([])
            batches[-1].append(graph)
        with torch.no_grad():
            outputs = [self.model.forward(batch, task="e")["e"] for batch in batches]
        return torch.cat(outputs).tolist()

    def __call__(self, block: list[Candidate]) -> list[dict]:
        """Return for each candidate its coarse and fine scan (volumes in A^3/atom, eV/atom)."""
        units, limits = {}, {}
        for candidate in block:
            structure = candidate.structure
            closest, loneliest = contacts(structure)
            structure.scale_lattice(structure.volume / closest**3)
            units[candidate] = structure
            limits[candidate] = REACH * closest / loneliest
        scans: dict[Candidate, dict[float, float]] = {candidate: {} for candidate in block}
        requests = {c: [scale for scale in COARSE_SCALES if scale < limits[c]] for c in block}
        while requests:
            self._evaluate(units, requests, scans)
            requests = {c: more for c in block if (more := _beyond_the_edge(scans[c], limits[c]))}
        centers = {
            c: start for c in block if (start := _interpolated_minimum(scans[c])) is not None
        }
        fine: dict[Candidate, dict[float, float]] = {c: {} for c in block}
        self._evaluate(
            units, {c: list(s * FINE_VOLUMES ** (1 / 3)) for c, s in centers.items()}, fine
        )
        return [
            {
                "crystal_id": candidate.crystal_id,
                "coarse": _as_volumes(scans[candidate], units[candidate]),
                "fine": _as_volumes(fine[candidate], units[candidate]),
            }
            for candidate in block
        ]

    def _evaluate(
        self,
        units: dict[Candidate, Structure],
        requests: dict[Candidate, list[float]],
        scans: dict[Candidate, dict[float, float]],
    ) -> None:
        jobs = [(candidate, scale) for candidate, scales in requests.items() for scale in scales]
        structures = []
        for candidate, scale in jobs:
            structure = units[candidate].copy()
            structure.scale_lattice(structure.volume * scale**3)
            structures.append(structure)
        if jobs:
            for (candidate, scale), energy in zip(jobs, self.energies(structures), strict=True):
                scans[candidate][scale] = energy


def _beyond_the_edge(scan: dict[float, float], limit: float) -> list[float]:
    """Return further scales to try where the lowest energy is the first or the last of the scan."""
    if not scan:
        return []
    scales = sorted(scan)
    lowest = min(scales, key=scan.__getitem__)
    if lowest == scales[0]:
        return [scale for scale in CLOSER_SCALES if scale < lowest][:1]
    if lowest == scales[-1]:
        return [scale for scale in WIDER_SCALES if lowest < scale < limit][:2]
    return []


def _interpolated_minimum(scan: dict[float, float]) -> float | None:
    """Return the minimum of the parabola through the lowest point and its two neighbors."""
    if not scan:
        return None
    scales = sorted(scan)
    index = scales.index(min(scales, key=scan.__getitem__))
    if index in (0, len(scales) - 1):
        return None
    three = scales[index - 1 : index + 2]
    curvature, slope, _ = np.polyfit(three, [scan[scale] for scale in three], 2)
    return float(np.clip(-slope / (2 * curvature), three[0], three[2]))


def _as_volumes(scan: dict[float, float], unit: Structure) -> list[list[float]]:
    per_atom = unit.volume / len(unit)
    return [[round(per_atom * scale**3, 6), round(scan[scale], 6)] for scale in sorted(scan)]


_scanner: Scanner | None = None


def _scan_block(block: list[Candidate]) -> list[dict]:
    global _scanner
    _scanner = _scanner or Scanner()
    return _scanner(block)


def scan_all(todo: list[Candidate], checkpoint: Path, workers: int) -> None:
    """Scan the candidates and add each finished block to the checkpoint."""
    blocks = [todo[start : start + BLOCK] for start in range(0, len(todo), BLOCK)]
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    with (
        checkpoint.open("a") as file,
        get_context("spawn").Pool(workers) as pool,
        tqdm(total=len(todo), unit="crystal") as bar,
    ):
        file.write("\n")  # ends a line that an interrupt cut short
        for results in pool.imap_unordered(_scan_block, blocks):
            file.writelines(json.dumps(result) + "\n" for result in results)
            file.flush()
            bar.update(len(results))


def read_checkpoint(path: Path) -> dict[str, dict]:
    """Return the scans made so far; a line that an interrupt cut short is left out."""
    scans = {}
    if path.is_file():
        for line in path.read_text().splitlines():
            if line.endswith("}"):
                scan = json.loads(line)
                scans[scan["crystal_id"]] = scan
    return scans


@dataclass(frozen=True)
class Equilibrium:
    """What the Birch-Murnaghan curve through the fine scan says."""

    volume: float
    energy: float
    bulk_modulus: float
    residual: float


def fit(volumes: np.ndarray, energies: np.ndarray) -> Equilibrium | None:
    """Fit the third-order Birch-Murnaghan equation, a cubic in V^(-2/3); None without a minimum inside.

    Birch, Phys. Rev. 71, 809 (1947), doi:10.1103/PhysRev.71.809.
    """
    x = volumes ** (-2 / 3)
    center, width = x.mean(), np.ptp(x)
    curve = np.polynomial.Polynomial.fit(x, energies, 3, domain=[center - width, center + width])
    slope, curvature = curve.deriv(), curve.deriv(2)
    for root in slope.roots():
        lowest = root.real
        if abs(root.imag) < 1e-12 and x.min() < lowest < x.max() and curvature(lowest) > 0:
            # a nearly quadratic curve has a second root far away, which costs this one its digits
            lowest -= slope(lowest) / curvature(lowest)
            volume = float(lowest ** (-3 / 2))
            stiffness = 4 / 9 * float(curvature(lowest)) * volume ** (-7 / 3)
            residual = float(np.sqrt(np.mean((curve(x) - energies) ** 2)))
            return Equilibrium(volume, float(curve(lowest)), stiffness * EV_PER_A3_IN_GPA, residual)
    return None


def referee(found: Iterable[Candidate], scans: dict[str, dict]) -> tuple[list[tuple], Counter]:
    """Return the crystals that stand the checks, with formation energies, and the others by reason."""
    dropped: Counter = Counter()
    kept = []
    for candidate in found:
        scan = scans[candidate.crystal_id]
        if not scan["fine"]:
            dropped["energy still falling at the end of the scan"] += 1
            continue
        volumes, energies = np.array(scan["fine"]).T
        equilibrium = fit(volumes, energies)
        if equilibrium is None:
            dropped["no minimum inside the fine scan"] += 1
            continue
        if equilibrium.residual > min(MAX_RESIDUAL_EV_PER_ATOM, MAX_RESIDUAL * np.ptp(energies)):
            dropped["energy curve not smooth"] += 1
            continue
        structure = candidate.structure
        structure.scale_lattice(equilibrium.volume * len(structure))
        if contacts(structure)[0] < MIN_CLOSEST_PAIR:
            dropped["atoms closer than 0.75 of their covalent radii"] += 1
            continue
        lowest, highest = BULK_MODULUS_GPA
        if not lowest <= equilibrium.bulk_modulus <= highest:
            dropped["bulk modulus below 1 or above 500 GPa"] += 1
            continue
        kept.append((candidate, equilibrium))
    reference = defaultdict(lambda: np.inf)
    for candidate, equilibrium in kept:
        if len(candidate.elements) == 1:
            element = candidate.elements[0]
            reference[element] = min(reference[element], equilibrium.energy)
    rows = []
    for candidate, equilibrium in kept:
        composition = Composition(candidate.formula)
        elements = sum(
            composition.get_atomic_fraction(element) * reference[element]
            for element in set(candidate.elements)
        )
        formation_energy = equilibrium.energy - elements
        lowest, highest = FORMATION_ENERGY_EV_PER_ATOM
        if not lowest <= formation_energy <= highest:
            dropped["formation energy below -4.5 or above 1.5 eV/atom"] += 1
            continue
        rows.append((candidate, equilibrium, formation_energy))
    per_formula = Counter(candidate.formula for candidate, _, _ in rows)
    several = [row for row in rows if per_formula[row[0].formula] > 1]
    dropped["only structure left of its formula"] += len(rows) - len(several)
    return several, dropped


def write(rows: list[tuple], dropped: Counter, target: Path) -> str:
    """Write the data set and return its SHA-256."""
    labels = sorted({candidate.prototype for candidate, _, _ in rows})
    names = {label: name for group in PROTOTYPES.values() for label, name in group.items()}
    prototypes = {}
    for label in labels:
        template = TEMPLATES[label]
        shape = template.lattice.matrix / (template.volume / len(template)) ** (1 / 3)
        prototypes[label] = {
            "name": names[label],
            "lattice": np.round(shape, 8).tolist(),
            "sites": [DUMMIES.index(str(site.specie)) for site in template],
            "frac_coords": np.round(template.frac_coords % 1.0, 8).tolist(),
        }
    crystals = [
        [
            candidate.crystal_id,
            candidate.formula,
            candidate.prototype,
            list(candidate.elements),
            round(formation_energy, 4),
            round(equilibrium.volume, 4),
            round(equilibrium.bulk_modulus, 2),
        ]
        for candidate, equilibrium, formation_energy in sorted(
            rows, key=lambda row: row[0].crystal_id
        )
    ]
    content = json.dumps(
        {"prototypes": prototypes, "crystals": crystals, "dropped": dict(sorted(dropped.items()))},
        separators=(",", ":"),
    )
    packed = gzip.compress(content.encode(), mtime=0)
    target.write_bytes(packed)
    return hashlib.sha256(packed).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--checkpoint", type=Path, default=CHECKPOINT, help="where the scans are kept"
    )
    parser.add_argument("--workers", type=int, default=2, help="processes, one thread each")
    parser.add_argument("--target", type=Path, default=TARGET, help="the file to write")
    arguments = parser.parse_args()
    wanted = list(candidates())
    done = read_checkpoint(arguments.checkpoint)
    todo = [candidate for candidate in wanted if candidate.crystal_id not in done]
    print(f"{len(wanted)} crystals, {len(todo)} to scan, checkpoint {arguments.checkpoint}")
    if todo:
        scan_all(todo, arguments.checkpoint, arguments.workers)
        done = read_checkpoint(arguments.checkpoint)
    rows, dropped = referee(wanted, done)
    digest = write(rows, dropped, arguments.target)
    print(f"kept {len(rows)} of {len(wanted)}")
    for reason, count in dropped.most_common():
        print(f"  {count:5d}  {reason}")
    print(f"{arguments.target}: {arguments.target.stat().st_size:,} bytes, SHA-256 {digest}")


if __name__ == "__main__":
    main()
