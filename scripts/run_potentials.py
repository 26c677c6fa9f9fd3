"""Let the potentials for silicon run for longer than a notebook can, for notebook 12.

From the positions and velocities of the teacher's run, each network of the committee runs for 4.5 ps, once
with all neighbors within its cutoff and once with the eight nearest; the teacher CHGNet runs as long. Kept is
the total energy in meV/atom, less that of the start. Then each network runs at 600 K, with a thermostat;
kept are the positions.

    python scripts/run_potentials.py
    python scripts/run_potentials.py --only warm

The second makes the runs with a thermostat alone. The first takes about six minutes on two cores. Another
machine gives the same runs for some 0.5 ps; later, chaos makes other runs of the same kind of them.
"""

import argparse
from dataclasses import replace
from itertools import product
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from ase import units
from ase.md.langevin import Langevin
from ase.md.verlet import VelocityVerlet
from make_frames import FRICTION, TIME_STEP, Teacher, write

from matnn_lab.datasets import teacher_run
from matnn_lab.potentials.calculator import Calculator
from matnn_lab.potentials.silicon import ALL, NEAREST, committee
from matnn_lab.training.threads import one_thread

FOLDER = Path(__file__).parents[1] / "matnn_lab" / "potentials"
STEPS, EVERY = 1500, 5
WARM_STEPS, WARM_EVERY, TEMPERATURE_K = 480, 6, 600


class EightNearest(torch.nn.Module):
    """A potential that is shown the eight nearest neighbors only; the notebook writes it out too."""

    def __init__(self, model):
        super().__init__()
        self.model, self.cutoff = model, model.cutoff

    def forward(self, graph):
        # edges are sorted by center, then distance
        first = torch.searchsorted(graph.center, graph.center)
        nearest = torch.arange(len(graph.center)) - first < 8
        names = ("center", "neighbor", "shift", "vector", "distance")
        return self.model(replace(graph, **{name: getattr(graph, name)[nearest] for name in names}))


def calculator(neighbors: str, member: int):
    """Return the calculator of a run; member −1 is the teacher."""
    if member < 0:
        return Teacher()
    model = committee()[member]
    return Calculator(model if neighbors == ALL else EightNearest(model))


def run(setting: tuple[str, int]) -> np.ndarray:
    """Return the change of the total energy in meV/atom every `EVERY` steps, from the start on."""
    one_thread()
    start, _ = teacher_run("silicon")
    atoms, total = start.copy(), []
    atoms.calc = calculator(*setting)
    dynamics = VelocityVerlet(atoms, TIME_STEP * units.fs)
    dynamics.attach(lambda: total.append(atoms.get_total_energy()), interval=EVERY)
    dynamics.run(STEPS)
    change = 1000 * (np.array(total) - total[0]) / len(atoms)
    print(*setting, f"{change[-1]:+.3f} meV/atom", flush=True)
    return change


def warm_run(member: int) -> np.ndarray:
    """Return the positions in Å every `WARM_EVERY` steps, from the start on; the notebook writes it out."""
    one_thread()
    start, _ = teacher_run("silicon")
    atoms, kept = start.copy(), []
    atoms.calc = calculator(ALL, member)
    dynamics = Langevin(
        atoms,
        TIME_STEP * units.fs,
        temperature_K=TEMPERATURE_K,
        friction=FRICTION / units.fs,
        fixcm=False,
        rng=np.random.default_rng(member),
    )
    dynamics.attach(lambda: kept.append(atoms.positions.copy()), interval=WARM_EVERY)
    dynamics.run(WARM_STEPS)
    return np.array(kept)


def write_warm(pool) -> None:
    positions = np.array(pool.map(warm_run, range(4), chunksize=1))
    write(FOLDER / "silicon_warm.npz", {"positions": positions.astype(np.float32)})


def write_constant(pool) -> None:
    settings = [*product((ALL, NEAREST), range(4)), (ALL, -1)]
    changes = pool.map(run, settings, chunksize=1)
    neighbors, members = zip(*settings, strict=True)
    arrays = {
        "neighbors": np.array(neighbors),
        "member": np.array(members),
        "time_ps": np.arange(0, STEPS + 1, EVERY) * TIME_STEP / 1000,
        "change": np.array(changes).astype(np.float32),
    }
    write(FOLDER / "silicon_runs.npz", arrays)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=2, help="processes, one thread each")
    parser.add_argument("--only", choices=("constant", "warm"), help="one kind of runs, not both")
    arguments = parser.parse_args()
    with get_context("spawn").Pool(arguments.workers) as pool:
        if arguments.only != "warm":
            write_constant(pool)
        if arguments.only != "constant":
            write_warm(pool)


if __name__ == "__main__":
    main()
