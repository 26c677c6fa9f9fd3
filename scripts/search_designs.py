"""Make the training sets, networks and searches of notebook 15, and keep what the notebook reads.

    python scripts/search_designs.py networks searches mended cautious pareto free regret \\
        crystal_campaigns plates relaxed_alloys fluids

writes the parts that are named anew into ``runs.npz`` of the lesson. Each takes less than ten minutes on
one core. Numbers differ a little from one machine to another, since training amplifies rounding.
"""

import argparse
import time

import numpy as np
import torch

from matnn_lab.datasets.plate import stress_factor
from matnn_lab.lessons.surrogates_and_inverse_design import (
    alloys,
    campaigns,
    crystals,
    designs,
    liquid,
    runs,
)
from matnn_lab.training.threads import one_thread


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


def searches():
    """Climb and evolve in four ways of writing a design down, for each network: promised and true."""
    found = {}
    for name, basis in runs.SPACES.items():
        for search in (designs.climb, designs.evolve):
            values = []
            for seed in runs.SEEDS:
                judge = [runs.network(seed)]
                run = search(designs.mean_of(judge), basis(), n=12, seed=seed)
                promised = [designs.predicted(judge, images) for images in run.images]
                true = [designs.log_k(images) for images in run.images]
                values.append([promised, true])
                if seed == 0 and search is designs.climb:
                    found[f"designs/{name}"] = np.packbits(run.images[:, :3])
            found[f"{search.__name__}/{name}"] = np.array(values, dtype=np.float32)
            last = np.array(values)[:, :, -1].mean(axis=2)
            print(search.__name__, name, last.round(3).tolist(), flush=True)
            found[f"steps/{search.__name__}"] = np.array(run.steps)
    return found


def mended():
    """Pixels again: all networks at once, with caution, and held near the best training images."""
    found = {}
    images, truth = runs.images("train")
    networks = [runs.network(seed) for seed in runs.SEEDS]
    best = torch.tensor(designs.signed(images[np.argsort(-truth)[:12]])).flatten(1)
    ways = {
        "three networks": {},
        "three networks, caution 1": {"caution": 1.0},
        "three networks, caution 3": {"caution": 3.0},
        "near the best, tether 0": {"start": best},
        "near the best, tether 1": {"start": best, "tether": 1.0},
        "near the best, tether 3": {"start": best, "tether": 3.0},
    }
    for name, way in ways.items():
        judge = designs.mean_of(networks, way.pop("caution", 0.0))
        run = designs.climb(judge, designs.pixels(), n=12, seed=0, **way)
        promised = [designs.predicted(networks, each) for each in run.images]
        true = [designs.log_k(each) for each in run.images]
        changed = (run.images != run.images[:1]).mean(axis=(2, 3))
        found[name] = np.array([promised, true, changed], dtype=np.float32)
        print(name, found[name][:, -1].mean(axis=1).round(3).tolist(), flush=True)
    return found


def cautious():
    """Twelve last designs of the most cautious search in pixels, eight pixels in a byte."""
    networks = [runs.network(seed) for seed in runs.SEEDS]
    run = designs.climb(designs.mean_of(networks, 3.0), designs.pixels(), n=12, seed=0)
    return {"designs": np.packbits(run.images[-1])}


def pareto():
    """Designs for several weights of the two directions, for each network: promised and true k."""
    found = []
    for seed in runs.SEEDS:
        networks = [runs.network(seed)]
        along_x = designs.mean_of(networks)
        for weight in runs.WEIGHTS:
            judge = designs.weighted(along_x, weight)
            images = designs.climb(judge, designs.waves(4), n=8, steps=80, every=80, seed=seed)
            last = images.images[-1]
            promised = [
                designs.predicted(networks, last),
                designs.predicted(networks, last.swapaxes(1, 2)),
            ]
            found.append([np.stack(promised, axis=1), designs.log_k_both(last)])
    shape = (len(runs.SEEDS), len(runs.WEIGHTS), 2, 8, 2)
    return {"k": np.array(found, dtype=np.float32).reshape(shape)}


def free():
    """Campaigns without a surrogate, ten seeds each."""
    return {
        name: np.array([way(seed) for seed in range(10)], dtype=np.float32)
        for name, way in campaigns.UNTAUGHT.items()
    }


def regret():
    """Campaigns with a surrogate, five seeds each."""
    found = {}
    for name, (highest, boldness) in campaigns.TAUGHT.items():
        both = [campaigns.active(seed, highest, boldness) for seed in range(5)]
        found[name] = np.array([values for values, _promises in both], dtype=np.float32)
        found[f"promised/{name}"] = np.array([each for _values, each in both], dtype=np.float32)
        best = [campaigns.best_so_far(values)[-1] for values, _promises in both]
        print(name, np.round(best, 3).tolist(), flush=True)
    return found


def crystal_campaigns():
    """Which rows each campaign over crystals asks for, five seeds each."""
    return {
        way: np.array([crystals.campaign(seed, way) for seed in range(5)], dtype=np.int16)
        for way in crystals.WAYS
    }


def plates():
    """Stress factors of plates to learn from, in five draws, to test, and beyond their range."""
    found = {}
    for name in ("test", "outside"):
        found[name] = np.array([stress_factor(*plate) for plate in runs.plates(name)])
    draws = []
    for draw in range(len(runs.DRAWS)):
        draws.append([stress_factor(*plate) for plate in runs.plates("train", draw)])
    return found | {"train": np.array(draws)}


def relaxed_alloys():
    """Energies of relaxed Cu-Au cells, eV/atom."""
    sets = runs.alloy_sets()
    return {
        name: np.array([alloys.relaxed_energy(each) for each in cells])
        for name, cells in sets.items()
    }


def fluids():
    """Coefficients of self-diffusion of Lennard-Jones fluids, several runs of each state.

    Of the states to learn from there are five draws.
    """
    found = {}
    for name in ("test", "outside"):
        states = runs.fluids(name).T
        each = [liquid.diffusion(*states, seed=1 + run) for run in range(runs.RUNS_TO_TEST)]
        found[name] = np.array(each)
        print(name, flush=True)
    draws = []
    for draw in range(len(runs.DRAWS)):
        states = runs.fluids("train", draw).T
        seeds = [1 + 10 * draw + run for run in range(runs.RUNS_TO_LEARN)]
        draws.append([liquid.diffusion(*states, seed=seed) for seed in seeds])
        print("train", draw, flush=True)
    found["train"] = np.array(draws)
    density, temperature = np.tile(runs.ARGON, (32, 1)).T
    return found | {"argon": liquid.diffusion(density, temperature, seed=1)}


EACH = (
    *(networks, searches, mended, cautious, pareto, free, regret),
    *(crystal_campaigns, plates, relaxed_alloys, fluids),
)
PARTS = {each.__name__: each for each in EACH}


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
    one_thread()
    for part in parser.parse_args().parts:
        start = time.process_time()
        save(part, PARTS[part]())
        print(f"{part}: {time.process_time() - start:.0f} CPU s", flush=True)
