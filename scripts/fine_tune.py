"""Fine-tune CHGNet on a handful of frames, beside a small network trained from nothing, for notebook 13.

The frames are those of magnesia at 600 K (`matnn_lab.datasets.frames`), with energies and forces computed
anew by a teacher that learned another functional than CHGNet: SevenNet's r²SCAN. CHGNet 0.3.0, which learned
PBE, and NequIP with the settings of notebook 12 see the same frames, drawn by the seed from the first 160.
Four of the frames 160 to 199 tell both when to stop, and each second frame from 200 on is the test. Both are
trained on the same loss until that of the validation frames no longer falls, first at one learning rate and
then at a smaller one. Afterwards the fine-tuned networks are asked for lattice constants of other crystals.

    python scripts/fine_tune.py                                   # everything, about 40 minutes on one core
    python scripts/fine_tune.py --networks chgnet --sizes 1 --seeds 0

needs the packages chgnet and sevenn. Each run replaces its own rows of the tables and leaves the others.
"""

import argparse
import itertools
from functools import partial
from pathlib import Path

import numpy as np
import torch
from ase import Atoms
from ase.build import bulk
from ase.calculators.singlepoint import SinglePointCalculator
from pymatgen.io.ase import AseAtomsAdaptor
from run_universal_potentials import TARGET, curve_of, read, rounded, write

from matnn_lab.datasets import cubic_solids, frames
from matnn_lab.models.nequip import NequIP
from matnn_lab.potentials import load
from matnn_lab.potentials.silicon import CUTOFF, NEQUIP
from matnn_lab.representations.graph import CrystalGraphs
from matnn_lab.training.energy_forces import EnergyForces, data_scales, energy_forces_loss
from matnn_lab.training.loop import fit
from matnn_lab.training.threads import one_thread

TEACHER = "sevennet-r2scan"
TRAINING, VALIDATION, TEST = 160, range(160, 200, 10), range(200, 240, 2)
SEEDS = (0, 1, 2)
SIZES = (1, 8)
ENERGY_WEIGHT = 10.0  # of (eV/atom)² beside (eV/Å)², for both
# CHGNet: one frame a step; of 3e-4 and 1e-3 the rate with the lowest error on the validation frames after 100
# steps with 8 frames and seed 0 (these trials are not stored)
FINE_RATE, EVERY, PATIENCE, MOST_STEPS = 1e-3, 20, 120, 1200
# NequIP: first rate and frames a step as in scripts/train_potentials.py; patience in epochs of 10 steps
RATES, BATCH, EPOCHS, EPOCHS_PATIENCE = (0.03, 0.01, 0.003), 4, 200, 12
OTHERS = ("MgO", "CaO", "LiF", "NaCl", "Si", "GaAs", "Al", "Cu", "W", "Ag")
NAMES = {"chgnet": "CHGNet, fine-tuned", "nequip": "NequIP from nothing"}


def labelled(file: Path | None) -> list[Atoms]:
    """Return the frames with energies and forces of the new teacher, kept in a file if one is named."""
    table = frames("magnesia")
    crystals = table.loc[table["temperature_k"] == 600, "structure"].tolist()
    crystals = [Atoms(a.numbers, a.positions, cell=a.cell, pbc=True) for a in crystals]
    if file is not None and file.is_file():
        kept = np.load(file)
        energies, forces = kept["energies"], kept["forces"]
    else:
        teacher = load(TEACHER)
        answers = []
        for crystal in crystals:
            crystal.calc = teacher
            answers.append((float(crystal.get_potential_energy()), crystal.get_forces()))
        energies, forces = (np.array(values) for values in zip(*answers, strict=True))
        if file is not None:
            np.savez(file, energies=energies, forces=forces)
    for crystal, energy, force in zip(crystals, energies, forces, strict=True):
        crystal.calc = SinglePointCalculator(crystal, energy=float(energy), forces=force)
    return crystals


class FineTuned:
    """CHGNet with one number more, the shift of the energy per atom between the two references."""

    def __init__(self, crystals: list[Atoms], weights: str = "0.3.0"):
        self.calculator = load("chgnet" if weights == "0.3.0" else "chgnet-r2scan")
        self.model = self.calculator.model
        convert = self.model.graph_converter
        self.graphs = [convert(AseAtomsAdaptor.get_structure(atoms)) for atoms in crystals]
        self.energy = torch.tensor(
            [atoms.get_potential_energy() / len(atoms) for atoms in crystals], dtype=torch.float64
        )
        self.forces = [torch.tensor(atoms.get_forces(), dtype=torch.float32) for atoms in crystals]
        self.shift = torch.zeros((), dtype=torch.float64)

    def answer(self, row: int) -> tuple[torch.Tensor, torch.Tensor]:
        said = self.model([self.graphs[row]], task="ef")
        energy = torch.stack(list(said["e"])) if isinstance(said["e"], list) else said["e"]
        return energy.double().reshape(()) + self.shift, torch.cat(said["f"])

    def set_shift(self, rows: list[int]) -> None:
        self.shift = torch.zeros((), dtype=torch.float64)
        said = torch.stack([self.answer(row)[0].detach() for row in rows])
        self.shift = (self.energy[rows] - said).mean()

    def errors(self, rows) -> tuple[float, float]:
        """Return the mean absolute errors in meV/atom and meV/Å."""
        energy, forces = [], []
        for row in rows:
            e, f = self.answer(row)
            energy.append((e.detach() - self.energy[row]).abs().item())
            forces.append((f.detach() - self.forces[row]).abs().mean().item())
        return 1000 * float(np.mean(energy)), 1000 * float(np.mean(forces))

    def loss(self, row: int) -> torch.Tensor:
        energy, forces = self.answer(row)
        off = (energy - self.energy[row]) ** 2
        return ENERGY_WEIGHT * off + ((forces - self.forces[row]) ** 2).mean()

    def train(self, rows: list[int], seed: int) -> tuple[int, float, bool]:
        """Train until the validation loss has not fallen for so long, then again at a third of the rate.

        Returns
        -------
        int, float, bool
            The best step, the validation loss there, and whether it was still falling at the end.
        """
        rng = np.random.default_rng(seed)
        best, best_step, step, open_end = np.inf, 0, 0, False
        kept = {name: value.clone() for name, value in self.model.state_dict().items()}
        for rate in (FINE_RATE, FINE_RATE / 3):
            self.model.load_state_dict(kept)
            optimizer = torch.optim.Adam(self.model.parameters(), lr=rate)
            waited = -1  # the start is looked at too
            while waited < PATIENCE and not (open_end := step >= MOST_STEPS):
                if waited >= 0:
                    for _ in range(EVERY):
                        loss = self.loss(int(rng.choice(rows)))
                        optimizer.zero_grad()
                        loss.backward()
                        optimizer.step()
                    step += EVERY
                    waited += EVERY
                else:
                    waited = 0
                now = float(np.mean([self.loss(row).item() for row in VALIDATION]))
                if now < best:
                    best, best_step, waited = now, step, 0
                    kept = {name: value.clone() for name, value in self.model.state_dict().items()}
        self.model.load_state_dict(kept)
        return best_step, best, open_end

    def lattice_constants(self) -> dict[str, float]:
        """Lattice constants of other crystals in Å, NaN where E(V) has no minimum."""
        solids = cubic_solids().set_index("formula")
        found = {}
        for formula in OTHERS:
            prototype, length = solids.loc[formula, ["prototype", "lattice_constant_a"]]
            atoms = bulk(formula, prototype, length)
            fit_ = curve_of(atoms, self.calculator)
            ratio = fit_.volume * len(atoms) / atoms.get_volume() if fit_ else np.nan
            found[formula] = length * ratio ** (1 / 3)
        return found


def from_nothing(crystals, rows: list[int], seed: int):
    """Train NequIP until the validation loss has not fallen for so long, then at two smaller rates.

    Returns
    -------
    (float, float), int, float, bool
        The test errors in meV/atom and meV/Å, the number of steps, the lowest validation loss, and whether it
        was still falling at the end.
    """
    graphs = CrystalGraphs.from_structures(crystals, CUTOFF, progress=False)
    targets = EnergyForces.from_structures(crystals)
    validation, test = list(VALIDATION), list(TEST)
    torch.manual_seed(seed)
    model = NequIP(["Mg", "O"], CUTOFF, **NEQUIP, **data_scales(graphs[rows], targets[rows]))
    batch = min(BATCH, len(rows))
    repeated = rows * max(1, 10 * batch // len(rows))  # so that an epoch has 10 steps or more
    steps, best, kept = 0, np.inf, None
    for rate in RATES:
        if kept is not None:
            model.load_state_dict(kept)
        history = fit(
            model,
            (graphs[repeated], targets[repeated]),
            (graphs[validation], targets[validation]),
            loss=partial(energy_forces_loss, energy_weight=ENERGY_WEIGHT),
            optimizer=partial(torch.optim.Adam, lr=rate),
            epochs=EPOCHS,
            patience=EPOCHS_PATIENCE,
            batch_size=batch,
            seed=seed,
            progress=False,
        )
        steps += len(history) * round(np.ceil(len(repeated) / batch))
        open_end = len(history) == EPOCHS
        lowest = history.frame["validation_loss"].min()
        if lowest < best:
            best = lowest
            kept = {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(kept)
    said, true = model(graphs[test]), targets[test]
    energy = ((said.energy - true.energy) / true.n_atoms).abs().mean().item()
    forces = (said.forces - true.forces).abs().mean().item()
    return (1000 * energy, 1000 * forces), steps, best, open_end


def beside(crystals: list[Atoms]) -> list[dict]:
    """Errors without any training: the mean, and two sets of weights as they are."""
    true = np.array([atoms.get_potential_energy() / len(atoms) for atoms in crystals])
    forces = np.array([atoms.get_forces() for atoms in crystals])
    off = np.abs(true[list(TEST)] - true[:TRAINING].mean()).mean()
    zero = np.abs(forces[list(TEST)]).mean()
    rows = [_row("mean energy, no force", TRAINING, 0, (1000 * float(off), 1000 * float(zero)))]
    for label, weights in (("CHGNet as it is", "0.3.0"), ("CHGNet r²SCAN as it is", "r2scan")):
        tuned = FineTuned(crystals, weights)
        tuned.set_shift(list(range(0, TRAINING, 20)))
        rows.append(_row(label, 0, 0, tuned.errors(TEST)))
    return rows


def train(network: str, crystals: list[Atoms], size: int, seed: int) -> tuple[dict, list[dict]]:
    rows = np.random.default_rng(seed).choice(TRAINING, size, replace=False).tolist()
    lattice = []
    if network == "chgnet":
        tuned = FineTuned(crystals)
        tuned.set_shift(rows)
        steps, lowest, open_end = tuned.train(rows, seed)
        errors = tuned.errors(TEST)
        for formula, a in tuned.lattice_constants().items():
            who = {"n_frames": size, "seed": seed}
            lattice.append({**who, "formula": formula, "lattice_constant_a": a})
    else:
        errors, steps, lowest, open_end = from_nothing(crystals, rows, seed)
    return _row(NAMES[network], size, seed, errors, steps, lowest, open_end), lattice


def _row(label, n_frames, seed, errors, steps=0, lowest=np.nan, open_end=False) -> dict:
    return {
        "network": label,
        "n_frames": n_frames,
        "seed": seed,
        "steps": steps,
        "validation_loss": float(lowest),
        "still_falling": bool(open_end),
        "energy_mae_mev_per_atom": errors[0],
        "force_mae_mev_per_a": errors[1],
    }


def keep(target: Path, task: str, rows: list[dict], key: tuple[str, ...]) -> None:
    """Put rows into a table in place of those of the same key."""
    tables = read(target)
    new = {tuple(row[k] for k in key): rounded(row) for row in rows}
    old = {tuple(row[k] for k in key): row for row in tables.get(task, [])}
    tables[task] = [row for _, row in sorted({**old, **new}.items())]
    write(target, tables)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--networks", nargs="*", default=[*NAMES], choices=[*NAMES])
    parser.add_argument("--sizes", nargs="+", type=int, help="numbers of frames")
    parser.add_argument("--seeds", nargs="+", type=int, default=SEEDS)
    parser.add_argument("--labels", type=Path, help="a file .npz to keep the teacher's answers in")
    parser.add_argument("--target", type=Path, default=TARGET, help="the file to write")
    arguments = parser.parse_args()
    one_thread()
    crystals = labelled(arguments.labels)
    key = ("network", "n_frames", "seed")
    if arguments.sizes is None:
        keep(arguments.target, "fine_tuning", beside(crystals), key)
    for network, seed in itertools.product(arguments.networks, arguments.seeds):
        for size in arguments.sizes or SIZES:
            row, lattice = train(network, crystals, size, seed)
            print(row, lattice, flush=True)
            keep(arguments.target, "fine_tuning", [row], key)
            if lattice:
                keep(arguments.target, "forgetting", lattice, ("n_frames", "seed", "formula"))


if __name__ == "__main__":
    main()
