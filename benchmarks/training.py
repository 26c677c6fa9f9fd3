"""An epoch of fit, beside the same loop written bare and scikit-learn's."""

from functools import partial
from statistics import median
from time import perf_counter

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

ROUNDS, EPOCHS, BATCH = 7, 10, 64


def bare_loop(model, inputs, targets):
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


def main():
    torch.set_num_threads(1)
    data = formation_enthalpies()
    features = composition_features(data["formula"])
    inputs = StandardScaler().fit_transform(features).astype(np.float32)
    targets = data["formation_enthalpy_ev_per_atom"].to_numpy(np.float32)
    tensors = torch.as_tensor(inputs), torch.as_tensor(targets)
    fabric = Fabric(accelerator="cpu", devices=1)
    runs = {
        "fit": lambda: fit(
            MLP(inputs.shape[1]), tensors, epochs=EPOCHS, batch_size=BATCH, fabric=fabric
        ),
        "bare PyTorch loop": partial(bare_loop, MLP(inputs.shape[1]), *tensors),
        "scikit-learn MLPRegressor": partial(scikit_learn, inputs, targets),
    }
    times = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            start = perf_counter()
            run()
            times[name].append((perf_counter() - start) / EPOCHS)
    for name, each in times.items():
        ratio = median(a / b for a, b in zip(each, times["bare PyTorch loop"], strict=True))
        print(f"{name:26s} {1e3 * median(each):6.1f} ms/epoch, {ratio:.2f} of the bare loop")


if __name__ == "__main__":
    main()
