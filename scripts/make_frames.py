"""Make the data set of molecular-dynamics frames with CHGNet as the teacher.

For each material a supercell of sixteen atoms, at the lattice constant where the teacher's energy is lowest,
runs through molecular dynamics in the canonical ensemble (fixed cell, Langevin thermostat) at a low and at a
high temperature; frames are taken at equal intervals, with the teacher's energy, forces and stress. From the
last cold frame the teacher then runs without a thermostat, and the total energy of each step is kept.

    python scripts/make_frames.py

needs the package chgnet and takes about fifteen minutes on two cores. On one
machine it gives the same numbers each time; on another, single precision and chaos lead to other frames of
the same distribution.
"""

import argparse
import hashlib
import io
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from ase import Atoms, units
from ase.build import bulk, make_supercell
from ase.calculators.calculator import Calculator, all_changes
from ase.md.langevin import Langevin
from ase.md.velocitydistribution import Stationary, thermalize_momenta
from ase.md.verlet import VelocityVerlet
from scipy.optimize import minimize_scalar

from matnn_lab.training.threads import one_thread

TARGET = Path(__file__).parents[1] / "matnn_lab" / "datasets" / "frames.npz"
SEED = 0
TIME_STEP = 3.0  # fs
FRICTION = 0.02  # 1/fs
INTERVAL = 12  # steps between two frames
WARM_UP = 100  # steps before the first frame at a temperature
N_FRAMES = {600.0: 240, 1200.0: 60}  # temperature in K: frames
NVE_STEPS = 200
# the teacher computes in single precision; only sums over many atoms need more
DOUBLE = ("energy", "nve_energy")
TWICE = ((2, 0, 0), (0, 2, 0), (0, 0, 2))
BODY_CENTERED = ((-1, 1, 1), (1, -1, 1), (1, 1, -1))


@dataclass(frozen=True)
class Material:
    """A crystal and the cell in which it runs."""

    name: str
    formula: str
    prototype: str
    guess: float  # lattice constant, Å
    cubic: bool
    supercell: tuple

    def atoms(self, lattice_constant: float) -> Atoms:
        return bulk(self.formula, self.prototype, lattice_constant, cubic=self.cubic)


MATERIALS = (
    Material("copper", "Cu", "fcc", 3.61, True, BODY_CENTERED),
    Material("silicon", "Si", "diamond", 5.43, False, TWICE),
    Material("magnesia", "MgO", "rocksalt", 4.21, False, TWICE),
)


class Teacher(Calculator):
    """CHGNet 0.3.0; stress costs as much as the rest, so it is left out unless it is asked for."""

    implemented_properties = ("energy", "forces", "stress")

    def __init__(self):
        super().__init__()
        from chgnet.model import CHGNet

        self.model = CHGNet.load(model_name="0.3.0", use_device="cpu", verbose=False)

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        from pymatgen.io.ase import AseAtomsAdaptor

        super().calculate(atoms, properties, system_changes)
        graph = self.model.graph_converter(AseAtomsAdaptor.get_structure(atoms))
        task = "efs" if "stress" in properties else "ef"
        answer = self.model.predict_graph(graph, task=task)
        self.results = {"energy": float(answer["e"]) * len(atoms), "forces": answer["f"]}
        if "s" in answer:
            self.results["stress"] = answer["s"] * units.GPa


def equilibrium(material: Material, teacher: Teacher) -> float:
    """Return the cubic lattice constant (Å) of lowest energy, to 0.001 Å."""

    def energy(lattice_constant: float) -> float:
        return teacher.get_potential_energy(material.atoms(lattice_constant))

    around = (0.95 * material.guess, 1.05 * material.guess)
    return round(minimize_scalar(energy, bounds=around, options={"xatol": 1e-4}).x, 3)


def simulate(material: Material) -> dict[str, np.ndarray]:
    """Run one material; the keys are those of the file without the name of the material."""
    one_thread()
    random = np.random.default_rng([SEED, MATERIALS.index(material)])
    teacher = Teacher()
    atoms = material.atoms(equilibrium(material, teacher))
    atoms = make_supercell(atoms, material.supercell)
    atoms.calc = teacher
    found = {name: [] for name in ("temperature", "positions", "energy", "forces", "stress")}
    for temperature, count in N_FRAMES.items():
        # half of the kinetic energy goes into displacements
        thermalize_momenta(atoms, 2 * temperature, rng=random)
        Stationary(atoms)
        thermostat = {"temperature_K": temperature, "friction": FRICTION / units.fs, "fixcm": True}
        dynamics = Langevin(atoms, TIME_STEP * units.fs, **thermostat, rng=random)
        dynamics.run(WARM_UP)
        for _ in range(count):
            dynamics.run(INTERVAL)
            frame = Atoms(
                atoms.numbers, atoms.positions.astype(np.float32), cell=atoms.cell, pbc=True
            )
            teacher.calculate(frame, ("energy", "forces", "stress"))
            found["temperature"].append(temperature)
            found["positions"].append(frame.positions)
            for name in ("energy", "forces", "stress"):
                found[name].append(teacher.results[name])
            teacher.reset()
        if temperature == min(N_FRAMES):
            found |= without_thermostat(atoms.copy(), teacher)
        print(f"{material.name}: {count} frames at {temperature:g} K", flush=True)
    single = {name: np.array(values) for name, values in found.items() if name not in DOUBLE}
    return {
        **{name: values.astype(np.float32) for name, values in single.items()},
        **{name: np.array(found[name]) for name in DOUBLE},
        "numbers": atoms.numbers.astype(np.uint8),
        "cell": atoms.cell.array,
    }


def without_thermostat(atoms: Atoms, teacher: Teacher) -> dict[str, np.ndarray]:
    """Return velocities (Å/fs) at the start and total energies (eV) of a run at constant energy."""
    atoms.calc = teacher
    Stationary(atoms)
    start = atoms.get_velocities() * units.fs
    energies = [atoms.get_total_energy()]
    dynamics = VelocityVerlet(atoms, TIME_STEP * units.fs)
    dynamics.attach(lambda: energies.append(atoms.get_total_energy()))
    dynamics.run(NVE_STEPS)
    # an observer also sees the start
    return {"nve_velocities": start, "nve_energy": np.array(energies[1:])}


def write(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write arrays to a compressed file, and print its size and checksum."""
    packed = io.BytesIO()
    np.savez_compressed(packed, **arrays)
    path.write_bytes(packed.getvalue())
    digest = hashlib.sha256(packed.getvalue()).hexdigest()
    print(f"{path}: {len(packed.getvalue()):,} bytes, SHA-256 {digest}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=2, help="processes, one thread each")
    parser.add_argument("--target", type=Path, default=TARGET, help="the file to write")
    arguments = parser.parse_args()
    with get_context("spawn").Pool(arguments.workers) as pool:
        runs = pool.map(simulate, MATERIALS, chunksize=1)
    arrays = {
        f"{material.name}/{key}": values
        for material, run in zip(MATERIALS, runs, strict=True)
        for key, values in run.items()
    }
    write(arguments.target, arrays)


if __name__ == "__main__":
    main()
