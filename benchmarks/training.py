"""An epoch of fit, beside the same loop written bare and scikit-learn's.

Each runs on one thread, as every library is told. The seconds are those of the processor, and the runs take
turns. Given are the medians of the ratios of neighboring runs, and their range without the highest and the
lowest, so that what another program on the machine does changes little.
"""

from functools import partial
from statistics import median
from time import process_time

import numpy as np
import torch
from lightning_fabric import Fabric
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor
from sklearn.preprocessing import StandardScaler
from sklearn.utils._testing import ignore_warnings

from matnn_lab.datasets import formation_enthalpies
from matnn_lab.models.mlp import MLP
from matnn_lab.representations.composition import composition_features
from matnn_lab.training import fit
from matnn_lab.training.threads import one_thread

ROUNDS, EPOCHS, BATCH = 9, 10, 64


def bare_loop(inputs, targets):
    model = MLP(inputs.shape[1])
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(inputs)).split(BATCH):
            optimizer.zero_grad()
            loss = torch.nn.functional.mse_loss(model(inputs[rows]), targets[rows])
            loss.backward()
            optimizer.step()


@ignore_warnings(category=ConvergenceWarning)
def scikit_learn(inputs, targets):
    settings = {"batch_size": BATCH, "max_iter": EPOCHS, "n_iter_no_change": EPOCHS}
    MLPRegressor(hidden_layer_sizes=(128, 128), **settings).fit(inputs, targets)


def seconds(run) -> float:
    start = process_time()
    run()
    return process_time() - start


def main():
    one_thread()
    data = formation_enthalpies()
    features = composition_features(data["formula"])
    inputs = StandardScaler().fit_transform(features).astype(np.float32)
    targets = data["formation_enthalpy_ev_per_atom"].to_numpy(np.float32)
    tensors = torch.as_tensor(inputs), torch.as_tensor(targets)
    settings = {"epochs": EPOCHS, "batch_size": BATCH, "progress": False}
    fabric = Fabric(accelerator="cpu", devices=1)
    runs = {
        "bare PyTorch loop": partial(bare_loop, *tensors),
        "fit": lambda: fit(MLP(inputs.shape[1]), tensors, fabric=fabric, **settings),
        "scikit-learn MLPRegressor": partial(scikit_learn, inputs, targets),
    }
    for run in runs.values():  # what is loaded and set up at the first call is not timed
        run()
    times = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            times[name].append(seconds(run))
    for name, each in times.items():
        ratios = sorted(a / b for a, b in zip(each, times["bare PyTorch loop"], strict=True))
        print(f"{name:26s} {median(ratios):5.2f} of the bare loop", end="")
        # the fastest and the slowest round are left out
        print("" if name == "bare PyTorch loop" else f" ({ratios[1]:.2f} to {ratios[-2]:.2f})")


if __name__ == "__main__":
    main()
