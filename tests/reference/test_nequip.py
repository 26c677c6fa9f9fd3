"""Our NequIP gives the same energies, forces and stresses as the authors' code from the same weights.

Two scales differ, and the weights are carried across with them: the authors multiply the Bessel functions by
another √(2/cutoff), and after the hidden layer of the radial network by √2 where e3nn has the inverse of the
root mean square of SiLU.
"""

import math

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import bulk
from torch.nn.functional import silu

from matnn_lab.models.nequip import NequIP
from matnn_lab.representations.graph import CrystalGraphs

pytest.importorskip("nequip", reason="nequip is the published code to agree with")
pytestmark = pytest.mark.filterwarnings("ignore")

ELEMENTS, CUTOFF, SCALE, SHIFT = ["Mg", "O"], 4.0, 1.7, {"Mg": -1.5, "O": -5.0}


@pytest.fixture(scope="module", autouse=True)
def _settings_of_nequip():
    """NequIP sets torch up in its own way; leave it for the other tests as it was."""
    import e3nn
    from nequip.utils.global_state import set_global_state

    dtype, defaults = torch.get_default_dtype(), e3nn.get_optimization_defaults()
    state = torch.random.get_rng_state()
    set_global_state()
    yield
    torch.set_default_dtype(dtype)
    torch.random.set_rng_state(state)
    e3nn.set_optimization_defaults(**defaults)


def published(l_max: int, n_features: int, n_layers: int):
    from nequip.model import NequIPGNNModel

    return NequIPGNNModel(
        seed=1,
        model_dtype="float64",
        r_max=CUTOFF,
        type_names=ELEMENTS,
        num_layers=n_layers,
        l_max=l_max,
        parity=False,
        num_features=n_features,
        radial_mlp_depth=1,
        radial_mlp_width=32,
        avg_num_neighbors=18.0,
        per_type_energy_scales=SCALE,
        per_type_energy_shifts=SHIFT,
    )


def ours(l_max: int, n_features: int, n_layers: int, weights: dict[str, torch.Tensor]) -> NequIP:
    model = NequIP(
        ELEMENTS,
        CUTOFF,
        n_features=n_features,
        l_max=l_max,
        n_layers=n_layers,
        radial_width=32,
        n_neighbors=18.0,
        scale=SCALE,
        shift=SHIFT,
    ).double()
    silu_rms = _root_mean_square_of_silu()
    with torch.no_grad():
        model.embedding.weight.copy_(weights["type_embed.embed_module.weight"])
        model.readout.weight.copy_(weights["per_atom_energy_readout.mlp_module.mlp.0.weight"][:, 0])
        for number, layer in enumerate(model.layers):
            theirs = f"layer{number}_convnet.conv."
            layer.linear_before.weight.copy_(weights[theirs + "linear_1.weight"])
            layer.linear_after.weight.copy_(weights[theirs + "linear_2.weight"])
            if layer.self_connection is not None:
                layer.self_connection.weight.copy_(weights[theirs + "sc.weight"])
            first = weights[theirs + "edge_mlp.mlp.0.weight"]
            second = weights[theirs + "edge_mlp.mlp.2.weight"]
            layer.radial.layer0.weight.copy_(first * math.sqrt(2 / CUTOFF))
            layer.radial.layer1.weight.copy_(second * math.sqrt(2) * silu_rms)
    return model


def _root_mean_square_of_silu() -> float:
    from e3nn.math import normalize2mom

    return 1 / normalize2mom(silu).cst


def crystals() -> list[Atoms]:
    random = np.random.default_rng(0)
    frames = []
    for cell in [(2, 2, 2), (1, 1, 1), (3, 1, 2)]:
        atoms = bulk("MgO", "rocksalt", 4.2) * cell
        atoms.set_cell(atoms.cell.array + random.normal(0, 0.1, (3, 3)), scale_atoms=True)
        atoms.positions += random.normal(0, 0.1, (len(atoms), 3))
        frames.append(atoms)
    return frames


@pytest.mark.parametrize(("l_max", "n_features", "n_layers"), [(0, 4, 1), (1, 8, 3), (2, 4, 2)])
def test_energies_forces_and_stresses_agree_with_the_published_code(l_max, n_features, n_layers):
    from nequip.data import AtomicDataDict as Data

    their_model = published(l_max, n_features, n_layers).eval()
    weights = {
        name.removeprefix("model.func."): value for name, value in their_model.state_dict().items()
    }
    our_model = ours(l_max, n_features, n_layers, weights).eval()
    graphs = CrystalGraphs.from_structures(crystals(), CUTOFF, dtype=torch.float64, progress=False)
    theirs = their_model(
        {
            Data.POSITIONS_KEY: graphs.positions.clone(),
            Data.CELL_KEY: graphs.cell.clone(),
            Data.EDGE_INDEX_KEY: torch.stack([graphs.center, graphs.neighbor]),
            Data.EDGE_CELL_SHIFT_KEY: graphs.shift,
            Data.ATOM_TYPE_KEY: (graphs.atomic_number == 8).long(),
            Data.BATCH_KEY: graphs.crystal,
            Data.NUM_NODES_KEY: graphs.n_atoms,
        }
    )
    prediction = our_model(graphs)
    pairs = {
        "total_energy": prediction.energy[:, None],
        "atomic_energy": prediction.site_energies[:, None],
        "forces": prediction.forces,
        "stress": prediction.stress,
    }
    assert prediction.forces.abs().max() > 1e-3
    for key, value in pairs.items():
        torch.testing.assert_close(value, theirs[key].detach(), rtol=1e-8, atol=1e-8)
    same = [sum(p.numel() for p in model.parameters()) for model in (our_model, their_model)]
    assert same[0] == same[1]
