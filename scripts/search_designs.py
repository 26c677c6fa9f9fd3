"""Make the training sets, networks and searches of notebook 15, and keep what the notebook reads.

    python scripts/search_designs.py networks searches regret plates alloys liquids crystals

writes the parts that are named anew into ``runs.npz`` of the lesson. Each takes less than ten minutes on
one core. Numbers differ a little from one machine to another, since training amplifies rounding.
"""

import argparse
import time

import numpy as np
import torch

from matnn_lab.lessons.surrogates_and_inverse_design import designs, runs


def networks():
    """Three networks on 400 images, kept in half precision."""
    found = {}
    for seed in runs.SEEDS:
        made, truth = runs.images("train")
        network = designs.trained(made, truth, runs.images("check"), seed=seed)
        for key, value in network.state_dict().items():
            value = value.numpy()
            kept = value.astype(np.float16) if value.dtype == np.float32 else value
            found[f"weights/{seed}/{key}"] = kept
        held, of_held = runs.images("check")
        print(seed, np.abs(designs.predicted(network, held) - of_held).mean(), flush=True)
    return found


PARTS = {each.__name__: each for each in (networks,)}


def save(part, found):
    """Put the arrays of a part in the place of those that the file held of it."""
    prefix = "weights/" if part == "networks" else f"{part}/"
    kept = {}
    if runs.STORED.exists():
        with np.load(runs.STORED) as content:
            kept = {key: content[key] for key in content.files if not key.startswith(prefix)}
    if part != "networks":
        found = {f"{prefix}{key}": value for key, value in found.items()}
    np.savez_compressed(runs.STORED, **kept, **found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="+", choices=PARTS)
    torch.set_num_threads(1)
    for part in parser.parse_args().parts:
        start = time.process_time()
        save(part, PARTS[part]())
        print(f"{part}: {time.process_time() - start:.0f} CPU s", flush=True)
