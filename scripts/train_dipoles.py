"""Train networks that know a symmetry, and others that have to learn it, for notebook 07.

All learn the dipole moments (computed) of distorted O-Si-O fragments, as the notebook does; the errors of
all runs are kept.

    python scripts/train_dipoles.py

takes about ten minutes on two cores. Errors differ by a few per cent from one machine to another, since
training amplifies rounding.
"""

import argparse
import csv
from functools import partial
from itertools import product
from multiprocessing import get_context
from pathlib import Path

import torch

from matnn_lab.lessons.symmetry.runs import FILE
from matnn_lab.models.mlp import MLP
from matnn_lab.training.threads import one_thread

KINDS = ("plain", "augmented", "built in")
SIZES = (30, 100, 300, 1000)
STEPS = (300, 1000, 3000, 10_000)
SEEDS = (1, 2, 3)
LEARNING_RATE, BATCH = 0.005, 100
N_UNSEEN, VALIDATION_SEED, TEST_SEED = 2000, 998, 999
CHI = torch.tensor([4.168, 8.741, 8.741])  # electronegativity of Si, O, O, eV
HARDNESS = torch.tensor([6.974, 13.364, 13.364])  # eV


def dipole(x: torch.Tensor) -> torch.Tensor:
    """Return dipole moments (n, 3) in e Å of fragments at positions (n, 3, 3) in Å."""
    soft = 14.4 / torch.outer(HARDNESS, HARDNESS).sqrt()
    coulomb = 14.4 / (torch.cdist(x, x) ** 2 + soft**2).sqrt()
    sides = torch.stack([CHI, torch.ones(3)], dim=1).expand(len(x), 3, 2)
    u, v = torch.linalg.solve(coulomb, sides).unbind(-1)
    charges = v * (u.sum(1) / v.sum(1))[:, None] - u
    return (charges[..., None] * x).sum(1)


def orthogonal(matrices: torch.Tensor) -> torch.Tensor:
    """Return rotations and mirrors (…, 3, 3), drawn evenly if the numbers given are normal."""
    q, r = torch.linalg.qr(matrices)
    return q * torch.sign(torch.diagonal(r, dim1=-2, dim2=-1))[..., None, :]


def fragments(n: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return bonds (n, 2, 3) in Å and dipole moments (n, 3) in e Å."""
    generator = torch.Generator().manual_seed(seed)
    bent = 1.61 / 3**0.5 * torch.tensor([[0.0, 0, 0], [1, 1, 1], [1, -1, -1]])
    x = bent + 0.2 * torch.randn(n, 3, 3, generator=generator)
    x = x @ orthogonal(torch.randn(n, 3, 3, generator=generator)).mT
    return x[:, 1:] - x[:, :1], dipole(x)


class Plain(torch.nn.Module):
    """Takes six components and returns three."""

    def __init__(self):
        super().__init__()
        self.mlp = MLP(6, hidden=(64, 64), n_outputs=3)

    def forward(self, bonds):
        return self.mlp(bonds.flatten(1))


class BuiltIn(torch.nn.Module):
    """Takes three dot products and returns the weights of the two bonds."""

    def __init__(self):
        super().__init__()
        self.mlp = MLP(3, hidden=(64, 64), n_outputs=2)

    def forward(self, bonds):
        dots = (bonds @ bonds.mT).flatten(1)[:, [0, 1, 3]]
        return (self.mlp(dots)[..., None] * bonds).sum(1)


def train(kind: str, settings: list[tuple[int, int]], steps: int) -> list[torch.nn.Module]:
    """Return a trained network for each number of fragments and seed.

    Each sees the same numbers in the same order as the notebook's loop, which trains one at a time; here
    their weights are stacked, so that a step costs little more for twelve than for one.
    """
    networks, generators = [], []
    bonds = torch.zeros(len(settings), max(SIZES), 2, 3)
    moments = torch.zeros(len(settings), max(SIZES), 1, 3)
    for k, (n, seed) in enumerate(settings):
        torch.manual_seed(seed)
        networks.append(BuiltIn() if kind == "built in" else Plain())
        generators.append(torch.Generator().set_state(torch.get_rng_state()))
        bonds[k, :n], moments[k, :n, 0] = fragments(n, seed)
    weights, _buffers = torch.func.stack_module_state(networks)
    answer = torch.vmap(partial(torch.func.functional_call, networks[0]))
    optimizer = torch.optim.Adam(list(weights.values()), lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, steps)
    sizes = torch.tensor([min(n, BATCH) for n, _seed in settings])
    share = (torch.arange(BATCH) < sizes[:, None]) / (3 * sizes[:, None])  # of a row in its mean
    rows = torch.arange(BATCH).repeat(len(settings), 1)
    random = torch.eye(3).repeat(len(settings), BATCH, 1, 1)
    which = torch.arange(len(settings))[:, None]
    for _step in range(steps):
        for k, ((n, _seed), generator) in enumerate(zip(settings, generators, strict=True)):
            if n > BATCH:
                rows[k] = torch.randint(n, (BATCH,), generator=generator)
            if kind == "augmented":
                batch = min(n, BATCH)
                random[k, :batch] = torch.randn(batch, 3, 3, generator=generator)
        inputs, wanted = bonds[which, rows], moments[which, rows]
        if kind == "augmented":
            q = orthogonal(random)
            inputs, wanted = inputs @ q.mT, wanted @ q.mT
        optimizer.zero_grad()
        error = (answer(weights, inputs) - wanted[:, :, 0]) ** 2
        (share[..., None] * error).sum().backward()
        optimizer.step()
        schedule.step()
    for k, network in enumerate(networks):
        network.load_state_dict({name: weight[k].detach() for name, weight in weights.items()})
    return networks


@torch.no_grad()
def errors(network: torch.nn.Module) -> tuple[float, float, float]:
    """Return the validation and the test MAE and the mean symmetry error on the test, in e Å."""
    unseen, true = fragments(N_UNSEEN, VALIDATION_SEED)
    validation = (network(unseen) - true).abs().mean()
    unseen, true = fragments(N_UNSEEN, TEST_SEED)
    q = orthogonal(torch.randn(N_UNSEEN, 3, 3, generator=torch.Generator().manual_seed(1)))
    here, turned = network(unseen), network(unseen @ q.mT)
    asymmetry = (turned - (q @ here[..., None])[..., 0]).abs().mean()
    return validation.item(), (here - true).abs().mean().item(), asymmetry.item()


def runs(kind_and_steps: tuple[str, int]) -> list[tuple]:
    """Train with all numbers of fragments and all seeds; return the rows of the table."""
    one_thread()
    kind, steps = kind_and_steps
    settings = list(product(SIZES, SEEDS))
    networks = train(kind, settings, steps)
    rows = [
        (kind, *setting, steps, *(f"{error:.6f}" for error in errors(network)))
        for setting, network in zip(settings, networks, strict=True)
    ]
    print(*rows, sep="\n", flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", type=Path, default=FILE)
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    with get_context("spawn").Pool(arguments.processes) as pool:
        tables = pool.map(runs, [(kind, steps) for steps in STEPS for kind in KINDS], chunksize=1)
    with arguments.target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        names = ["validation_mae_e_a", "test_mae_e_a", "asymmetry_e_a"]
        writer.writerow(["kind", "n", "seed", "steps", *names])
        writer.writerows(sorted(row for table in tables for row in table))


if __name__ == "__main__":
    main()
