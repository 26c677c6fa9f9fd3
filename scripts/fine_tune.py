"""Fine-tune CHGNet on a handful of frames, beside a small network trained from nothing, for notebook 13.

The frames are those of magnesia at 600 K (`matnn_lab.datasets.frames`), with energies and forces computed
anew by a teacher that learned another functional than CHGNet: SevenNet's r²SCAN. CHGNet 0.3.0, which learned
PBE, and NequIP with the settings of notebook 12 see the same single frame, drawn by the seed from the first
160. Four of the frames 160 to 199 tell both when to stop, and each second frame from 200 on is the test.

    python scripts/fine_tune.py

needs the packages chgnet and sevenn and takes about six minutes on one core.
"""

import argparse
from functools import partial
from pathlib import Path

import numpy as np
import torch
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator
from pymatgen.io.ase import AseAtomsAdaptor
from run_universal_potentials import TARGET, read, rounded, write

from matnn_lab.datasets import frames
from matnn_lab.models.nequip import NequIP
from matnn_lab.potentials import load
from matnn_lab.potentials.silicon import CUTOFF, NEQUIP
from matnn_lab.representations.graph import CrystalGraphs
from matnn_lab.training.energy_forces import EnergyForces, data_scales, energy_forces_loss
from matnn_lab.training.loop import fit, warm_up_and_cosine

TEACHER = "sevennet-r2scan"
TRAINING, VALIDATION, TEST = 160, slice(160, 200, 10), slice(200, 240, 2)
SIZES, SEEDS = (1,), (0, 1, 2)
BATCH, STEPS, EVERY, PATIENCE = 1, 100, 10, 3
# of 3e-4 and 1e-3 the one with the lowest error on the validation frames, with 8 frames and seed 0
FINE_RATE = 1e-3
RATE, NEQUIP_BATCH, NEQUIP_STEPS = 0.03, 4, 400  # of NequIP, as in scripts/train_potentials.py
ENERGY_WEIGHT = 10.0  # of (eV/atom)² beside (eV/Å)²


def labelled() -> list[Atoms]:
    """Return the frames with the energies and forces of the new teacher."""
    table = frames("magnesia")
    teacher = load(TEACHER)
    found = []
    for atoms in table.loc[table["temperature_k"] == 600, "structure"]:
        crystal = Atoms(atoms.numbers, atoms.positions, cell=atoms.cell, pbc=True)
        crystal.calc = teacher
        energy, forces = crystal.get_potential_energy(), crystal.get_forces()
        crystal.calc = SinglePointCalculator(crystal, energy=float(energy), forces=forces)
        found.append(crystal)
    return found


class FineTuned:
    """CHGNet with one number more, the shift of the energy per atom between the two references."""

    def __init__(self, crystals: list[Atoms], weights: str = "0.3.0"):
        from chgnet.model import CHGNet

        self.model = CHGNet.load(model_name=weights, use_device="cpu", verbose=False)
        convert = self.model.graph_converter
        self.graphs = [convert(AseAtomsAdaptor.get_structure(atoms)) for atoms in crystals]
        self.energy = torch.tensor(
            [atoms.get_potential_energy() / len(atoms) for atoms in crystals],
            dtype=torch.float64,
        )
        self.forces = [torch.tensor(atoms.get_forces(), dtype=torch.float32) for atoms in crystals]
        self.shift = torch.zeros((), dtype=torch.float64)

    def answers(self, rows: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
        said = self.model([self.graphs[row] for row in rows], task="ef")
        energy = torch.stack(list(said["e"])) if isinstance(said["e"], list) else said["e"]
        return energy.double() + self.shift, torch.cat(said["f"])

    def set_shift(self, rows: list[int]) -> None:
        self.shift = torch.zeros((), dtype=torch.float64)
        energy = torch.cat([self.answers([row])[0].detach() for row in rows])
        self.shift = (self.energy[rows] - energy).mean()

    def errors(self, rows: list[int]) -> tuple[float, float]:
        """Return the mean absolute errors in meV/atom and meV/Å."""
        energy, forces = [], []
        for row in rows:
            e, f = self.answers([row])
            energy.append((e.detach() - self.energy[row]).abs().item())
            forces.append((f.detach() - self.forces[row]).abs().mean().item())
        return 1000 * float(np.mean(energy)), 1000 * float(np.mean(forces))

    def loss(self, rows: list[int]) -> torch.Tensor:
        energy, forces = self.answers(rows)
        true = torch.cat([self.forces[row] for row in rows])
        return (
            ENERGY_WEIGHT * ((energy - self.energy[rows]) ** 2).mean()
            + ((forces - true) ** 2).mean()
        )

    def train(self, rows: list[int], validation: list[int], seed: int, rate: float) -> int:
        """Train until the validation loss has not fallen for so long; return the best step."""
        rng = np.random.default_rng(seed)
        optimizer = torch.optim.Adam(self.model.parameters(), lr=rate)
        best, kept, best_step = np.inf, None, 0
        for step in range(STEPS + 1):
            if step % EVERY == 0:
                now = float(np.mean([self.loss([row]).item() for row in validation]))
                if now < best:
                    best, best_step = now, step
                    state = self.model.state_dict()
                    kept = {name: value.clone() for name, value in state.items()}
                elif step - best_step >= EVERY * PATIENCE:
                    break
            batch = rng.choice(rows, min(BATCH, len(rows)), replace=False).tolist()
            loss = self.loss(batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        self.model.load_state_dict(kept)
        return best_step


def from_nothing(crystals, rows, validation, seed):
    """Train NequIP; return its test errors and the best epoch."""
    graphs = CrystalGraphs.from_structures(crystals, CUTOFF, progress=False)
    targets = EnergyForces.from_structures(crystals)
    torch.manual_seed(seed)
    model = NequIP(["Mg", "O"], CUTOFF, **NEQUIP, **data_scales(graphs[rows], targets[rows]))
    history = fit(
        model,
        (graphs[rows], targets[rows]),
        (graphs[validation], targets[validation]),
        loss=partial(energy_forces_loss, energy_weight=1.0, force_weight=1.0),
        optimizer=partial(torch.optim.Adam, lr=RATE),
        schedule=warm_up_and_cosine,
        epochs=round(NEQUIP_STEPS / np.ceil(len(rows) / NEQUIP_BATCH)),
        batch_size=NEQUIP_BATCH,
        seed=seed,
        progress=False,
    )
    said, true = model(graphs[TEST]), targets[TEST]
    energy = ((said.energy - true.energy) / true.n_atoms).abs().mean().item()
    forces = (said.forces - true.forces).abs().mean().item()
    return (1000 * energy, 1000 * forces), history.best_epoch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", type=Path, default=TARGET, help="the file to write")
    parser.add_argument("--rates", type=float, nargs="*", help="only try these on validation")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    crystals = labelled()
    everything = list(range(len(crystals)))
    validation, test = everything[VALIDATION], everything[TEST]
    for rate in arguments.rates or ():
        tuned = FineTuned(crystals)
        rows = np.random.default_rng(0).choice(TRAINING, 8, replace=False).tolist()
        tuned.set_shift(rows)
        step = tuned.train(rows, validation, 0, rate)
        print(rate, step, tuned.errors(validation), flush=True)
    if arguments.rates:
        return
    true = np.array([atoms.get_potential_energy() / len(atoms) for atoms in crystals])
    forces = np.array([atoms.get_forces() for atoms in crystals])
    mean = true[:TRAINING].mean()
    rows_out = [
        _row("mean energy, no force", TRAINING, 0, 0, (
            1000 * float(np.abs(true[TEST] - mean).mean()), 1000 * float(np.abs(forces[TEST]).mean()),
        )),
    ]  # fmt: skip
    for label, weights in (("CHGNet as it is", "0.3.0"), ("CHGNet r²SCAN as it is", "r2scan")):
        tuned = FineTuned(crystals, weights)
        tuned.set_shift(list(range(0, TRAINING, 20)))
        rows_out.append(_row(label, 0, 0, 0, tuned.errors(test)))
    for size in SIZES:
        for seed in SEEDS:
            rows = np.random.default_rng(seed).choice(TRAINING, size, replace=False).tolist()
            tuned = FineTuned(crystals)
            tuned.set_shift(rows)
            step = tuned.train(rows, validation, seed, FINE_RATE)
            rows_out.append(_row("CHGNet, fine-tuned", size, seed, step, tuned.errors(test)))
            errors, epoch = from_nothing(crystals, rows, validation, seed)
            rows_out.append(_row("NequIP from nothing", size, seed, epoch, errors))
    tables = read(arguments.target)
    tables["fine_tuning"] = [rounded(row) for row in rows_out]
    write(arguments.target, tables)


def _row(label: str, n_frames: int, seed: int, best: int, errors: tuple[float, float]) -> dict:
    print(label, n_frames, seed, best, *errors, flush=True)
    return {
        "network": label,
        "n_frames": n_frames,
        "seed": seed,
        "best_step_or_epoch": int(best),
        "energy_mae_mev_per_atom": errors[0],
        "force_mae_mev_per_a": errors[1],
    }


if __name__ == "__main__":
    main()
