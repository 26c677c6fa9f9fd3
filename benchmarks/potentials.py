"""NequIP, beside its authors' code (mir-group/nequip, eager).

Equal data, features, layers and numbers of weights: the time for training (model, loss, backward and
optimizer step on batches made beforehand) and for a call through ASE (neighbor list, energy, forces, stress).
Seconds are those of the processor, and every library is told to take one thread, so that other programs on
the machine matter little. Given are the medians of the ratios of neighboring runs, and their range without
the highest and the lowest.

    python benchmarks/potentials.py [notebook] [vectors] [tensors]
"""

import sys
from statistics import median
from time import process_time

import numpy as np
import torch

from matnn_lab.datasets import frames
from matnn_lab.models.nequip import NequIP
from matnn_lab.potentials.calculator import Calculator
from matnn_lab.representations.graph import CrystalGraphs
from matnn_lab.training.energy_forces import (
    EnergyForces,
    data_scales,
    energy_forces_loss,
)
from matnn_lab.training.threads import one_thread

ROUNDS, N_FRAMES, BATCH, RADIAL_WIDTH = 9, 20, 5, 64
# material: elements
MATERIALS = {"magnesia": ["Mg", "O"], "copper": ["Cu"]}
# cutoff in Å, l_max, n_features, n_layers
SIZES = {
    "notebook": (4.0, 1, 16, 2),
    "vectors": (5.0, 1, 32, 3),
    "tensors": (5.0, 2, 16, 3),
}


def published(elements, cutoff, l_max, n_features, n_layers, scale, shift, n_neighbors):
    from nequip.model import NequIPGNNModel

    return NequIPGNNModel(
        seed=0,
        model_dtype="float32",
        r_max=cutoff,
        type_names=elements,
        num_layers=n_layers,
        l_max=l_max,
        parity=False,
        num_features=n_features,
        radial_mlp_depth=1,
        radial_mlp_width=RADIAL_WIDTH,
        avg_num_neighbors=n_neighbors,
        per_type_energy_scales=scale,
        per_type_energy_shifts=shift,
    )


def published_calculator(model, elements, cutoff):
    from nequip.data.transforms import ChemicalSpeciesToAtomTypeMapper, NeighborListTransform
    from nequip.integrations.ase import NequIPCalculator

    transforms = [ChemicalSpeciesToAtomTypeMapper(elements), NeighborListTransform(r_max=cutoff)]
    return NequIPCalculator(model, "cpu", transforms=transforms)


def as_their_data(graphs: CrystalGraphs, elements: list[str]) -> dict:
    from ase.data import atomic_numbers
    from nequip.data import AtomicDataDict as Data

    numbers = torch.tensor([atomic_numbers[symbol] for symbol in elements])
    return {
        Data.POSITIONS_KEY: graphs.positions.double(),
        Data.CELL_KEY: graphs.cell.double(),
        Data.EDGE_INDEX_KEY: torch.stack([graphs.center, graphs.neighbor]),
        Data.EDGE_CELL_SHIFT_KEY: graphs.shift.double(),
        Data.ATOM_TYPE_KEY: (graphs.atomic_number[:, None] == numbers).long().argmax(dim=1),
        Data.BATCH_KEY: graphs.crystal,
        Data.NUM_NODES_KEY: graphs.n_atoms,
    }


def their_loss(model, batch: dict, targets: EnergyForces) -> torch.Tensor:
    said = model(dict(batch))
    energy = ((said["total_energy"][:, 0] - targets.energy) / targets.n_atoms).square().mean()
    return energy + (said["forces"] - targets.forces).square().mean()


def epoch(model, loss, batches) -> None:
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4, fused=True)
    model.train()
    for inputs, targets in batches:
        optimizer.zero_grad()
        loss(model, inputs, targets).backward()
        optimizer.step()


def call(calculator, atoms) -> None:
    """Ask for forces and stress of every frame."""
    calculator.model.eval()
    for each in atoms:
        calculator.results = {}
        calculator.calculate(each, ["energy", "forces", "stress"])


def compare(material: str, size: str) -> None:
    elements, (cutoff, l_max, n_features, n_layers) = MATERIALS[material], SIZES[size]
    atoms = list(frames(material)["structure"][:N_FRAMES])
    targets = EnergyForces.from_structures(atoms)
    graphs = CrystalGraphs.from_structures(atoms, cutoff, progress=False)
    scales = data_scales(graphs, targets)
    settings = {"l_max": l_max, "n_features": n_features, "n_layers": n_layers}
    our_model = NequIP(elements, cutoff, **settings, radial_width=RADIAL_WIDTH, **scales)
    their_model = published(elements, cutoff, **settings, **scales)
    rows = [slice(start, start + BATCH) for start in range(0, N_FRAMES, BATCH)]
    ours = [(graphs[some], targets[some]) for some in rows]
    theirs = [(as_their_data(batch, elements), goal) for batch, goal in ours]
    our_calculator = Calculator(our_model)
    their_calculator = published_calculator(their_model.eval(), elements, cutoff)
    runs = {
        "training": (
            lambda: epoch(our_model, lambda m, x, y: energy_forces_loss(m(x), y), ours),
            lambda: epoch(their_model, their_loss, theirs),
        ),
        "ASE call": (lambda: call(our_calculator, atoms), lambda: call(their_calculator, atoms)),
    }
    counts = [sum(p.numel() for p in model.parameters()) for model in (our_model, their_model)]
    print(f"{material}, {size}: {settings}, cutoff {cutoff} Å, {counts[0]:,} weights, ", end="")
    print(f"{len(graphs.center) / N_FRAMES:.0f} edges in a frame of {len(atoms[0])} atoms")
    assert counts[0] == counts[1]
    for name, pair in runs.items():
        for run in pair:  # what is set up at the first call is not timed
            run()
        times = np.array([[seconds(run) for run in pair] for _ in range(ROUNDS)])
        ratios = sorted(times[:, 1] / times[:, 0])
        print(f"  {name:8s}  nequip takes {median(ratios):.2f} times as long", end="")
        print(f" ({ratios[1]:.2f} to {ratios[-2]:.2f})", flush=True)


def seconds(run) -> float:
    start = process_time()
    run()
    return process_time() - start


def main() -> None:
    from nequip.utils.global_state import set_global_state

    set_global_state()
    torch.set_default_dtype(torch.float32)
    one_thread()
    for size in sys.argv[1:] or SIZES:
        for material in MATERIALS:
            compare(material, size)


if __name__ == "__main__":
    main()
