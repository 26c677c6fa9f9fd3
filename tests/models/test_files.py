"""A model that was saved comes back whole, and a file that is none says so in one sentence."""

import pickle
import zipfile

import numpy as np
import pytest
import torch
from ase.build import bulk

from matnn_lab.models import files
from matnn_lab.models.autoencoder import Autoencoder
from matnn_lab.models.cgcnn import CGCNN
from matnn_lab.models.files import ModelFileError, load, save
from matnn_lab.models.invariant import SchNet
from matnn_lab.models.mlp import MLP
from matnn_lab.models.nequip import NequIP
from matnn_lab.models.published import cgcnn
from matnn_lab.models.vft import VFTNetwork
from matnn_lab.potentials.silicon import committee
from matnn_lab.representations.graph import CrystalGraphs

CUTOFF = 3.4
POTENTIAL = {"n_features": 4, "n_neighbors": 11.3, "scale": 0.7, "shift": {"Na": -1.3, "Cl": -3.4}}
MODELS = {
    "MLP": lambda: MLP(5, (7, 3), 2, activation="tanh", dropout=0.1),
    "MLP without hidden layers": lambda: MLP(5, ()),
    "CGCNN": lambda: CGCNN(8, 2, 6, 11, cutoff=CUTOFF, head_on="sites", shift=-1.1, scale=0.3),
    "CGCNN with features": lambda: CGCNN(8, 1, element_features=torch.randn(101, 4)),
    "SchNet": lambda: SchNet(["Cl", "Na"], CUTOFF, **POTENTIAL, n_layers=1),
    "NequIP": lambda: NequIP(["Cl", "Na"], CUTOFF, **POTENTIAL, l_max=2, n_layers=3),
    "VFTNetwork": lambda: VFTNetwork(4, (3,), one_limit=True),
    "Autoencoder": lambda: Autoencoder(5, 2, (3,)),
}


@pytest.fixture(params=MODELS)
def model(request):
    torch.manual_seed(1)
    return MODELS[request.param]()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.pt"


def answers(model):
    """What the model says in its own precision."""
    dtype = next(model.parameters()).dtype
    model.eval()
    if isinstance(model, MLP | VFTNetwork | Autoencoder):
        inputs = torch.rand(4, 5, generator=torch.Generator().manual_seed(0))
        return [model(inputs.to(dtype))]
    crystals = [bulk("NaCl", "rocksalt", 5.6), bulk("NaCl", "cesiumchloride", 3.4) * (2, 1, 1)]
    crystals[1].rattle(0.1)
    published = isinstance(model, CGCNN) and model.graph_rule
    rule = published._asdict() if published else {"cutoff": CUTOFF}
    graphs = CrystalGraphs.from_structures(crystals, **rule, dtype=dtype, progress=False)
    return list(model(graphs)) if not isinstance(model, CGCNN) else [model(graphs)]


def same(one, other) -> bool:
    pairs = zip(answers(one), answers(other), strict=True)
    return all(a.dtype == b.dtype and torch.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_loaded_model_says_the_same_to_the_last_digit(model, path, dtype):
    model.to(dtype)
    save(model, path)
    again = load(path)
    assert type(again) is type(model)
    assert not again.training
    assert again.settings == model.settings
    assert same(model, again)


def test_a_potential_keeps_elements_cutoff_scale_and_shift(path):
    model = MODELS["NequIP"]()
    save(model, path)
    again = load(path)
    assert again.elements == ("Cl", "Na")
    assert again.cutoff == CUTOFF
    assert again.scale.item() == 0.7
    assert again.shift.tolist() == [-3.4, -1.3]


def test_scales_that_were_set_after_the_model_was_made_are_kept(path):
    model = MODELS["SchNet"]()
    model.shift[:] = torch.tensor([1.0, 2.0])
    save(model, path)
    assert load(path).shift.tolist() == [1.0, 2.0]


def test_a_loaded_model_can_be_trained_on(model, path):
    save(model, path)
    again = load(path).train()
    answers(again.train())
    assert all(p.requires_grad for p in again.parameters())


def test_the_published_network_can_be_saved_with_the_rule_of_its_graphs(path):
    model = cgcnn("band_gap")
    save(model, path)
    again = load(path)
    assert again.graph_rule == model.graph_rule
    assert again.graph_rule.ties == "cut"
    assert same(model, again)


def test_a_network_of_the_committee_can_be_saved(path):
    model = committee()[2]
    save(model, path)
    silicon = [bulk("Si", "diamond", 5.5)]
    graphs = CrystalGraphs.from_structures(silicon, 4.0, progress=False)
    assert torch.equal(model(graphs).energy, load(path)(graphs).energy)


def test_loading_leaves_the_random_state_as_it_was(model, path):
    save(model, path)
    torch.manual_seed(5)
    load(path)
    drawn = torch.rand(3)
    torch.manual_seed(5)
    assert torch.equal(drawn, torch.rand(3))


def test_a_file_that_is_there_is_replaced_only_if_asked(path):
    first, second = MLP(2), MLP(3)
    save(first, path)
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match="is there already; name another file, or replace"):
        save(second, path)
    assert path.read_bytes() == before
    save(second, path, overwrite=True)
    assert load(path).settings["n_inputs"] == 3
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(FileExistsError, match="is a folder; name a file in it"):
        save(MLP(2), tmp_path, overwrite=True)
    with pytest.raises(FileNotFoundError, match="There is no file"):
        load(tmp_path)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere is not there; make it"):
        save(MLP(2), tmp_path / "nowhere" / "model.pt")


@pytest.mark.parametrize("thing", [torch.nn.Linear(2, 3), {"weights": 1}, None, "model.pt"])
def test_what_cannot_be_saved_is_named(thing, path):
    with pytest.raises(TypeError, match="what can be saved is one of " + ", ".join(files.KINDS)):
        save(thing, path)
    assert not path.exists()


def test_a_subclass_is_not_taken_for_its_parent(path):
    class Mine(MLP):
        pass

    with pytest.raises(TypeError, match="An object of type Mine was given"):
        save(Mine(2), path)


class Trap:
    def __reduce__(self):
        return (exec, ("raise SystemExit('the file ran')",))


def bare(model, path):
    torch.save(model.state_dict(), path)


def text(_model, path):
    path.write_text("energy,forces\n-1.0,0.3\n")


def arrays(_model, path):
    with path.open("wb") as file:
        np.savez(file, weights=np.zeros(3))


def archive(_model, path):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("data.pkl", b"not a pickle")


def shortened(model, path):
    save(model, path)
    path.write_bytes(path.read_bytes()[:-200])


def flipped(model, path):
    save(model, path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


OTHERS = {
    "empty": lambda _model, path: path.touch(),
    "text": text,
    "arrays": arrays,
    "zip": archive,
    "bare weights": bare,
    "pickle": lambda _model, path: path.write_bytes(pickle.dumps({"format": "other"})),
    "program": lambda _model, path: path.write_bytes(pickle.dumps(Trap())),
    "torch program": lambda _model, path: torch.save({"format": Trap()}, path),
    "whole module": torch.save,
    "number": lambda _model, path: torch.save(3, path),
    "shortened": shortened,
    "flipped": flipped,
}


@pytest.mark.parametrize("kind", OTHERS)
def test_a_file_that_holds_no_model_says_so_and_runs_nothing(kind, path):
    OTHERS[kind](MLP(30, (40, 40)), path)
    with pytest.raises(ModelFileError, match="is empty, damaged, or from elsewhere; give a file"):
        load(path)


def changed(path, **entries):
    """Rewrite a good file with some of its entries changed."""
    torch.save(torch.load(path, weights_only=True) | entries, path)


def test_a_newer_file_names_both_versions(path):
    save(MLP(2), path)
    changed(path, format_version=2, matnn_lab="9.9.0")
    with pytest.raises(ModelFileError, match=r"written by version 9\.9\.0 .* cannot be read"):
        load(path)


@pytest.mark.parametrize("version", ["9.9.0", files.__version__])
def test_a_kind_of_model_that_is_not_known_is_not_imported(path, version):
    save(MLP(2), path)
    changed(path, model={"kind": "antigravity", "state": {"dict": []}}, matnn_lab=version)
    with pytest.raises(ModelFileError, match=r"cannot be (read|made again)"):
        load(path)


def test_plain_values_arrays_and_models_come_back_as_they_were():
    before = {
        "hidden": (128, 64),
        "center": np.arange(3.0),
        "flags": np.array([True, False]),
        "names": np.array(["a", "b"], dtype=object),
        "scalar": np.float64(0.25),
        "tensor": torch.arange(4)[::2],
        "nothing": None,
        "by_number": {1: [1, "x"]},
        "members": [MLP(2, (3,))],
    }
    after = files._restored(files._plain(before))
    assert after["hidden"] == (128, 64)
    assert after["by_number"] == {1: [1, "x"]}
    assert after["scalar"] == 0.25
    assert after["nothing"] is None
    assert after["tensor"].tolist() == [0, 2]
    assert after["tensor"].untyped_storage().nbytes() == 16
    for name in ("center", "flags", "names"):
        assert after[name].dtype == before[name].dtype
        assert after[name].tolist() == before[name].tolist()
    assert after["members"][0].settings == before["members"][0].settings
    with pytest.raises(TypeError, match="A value of type RandomState cannot be saved"):
        files._plain({"random_state": np.random.RandomState(0)})


def test_every_kind_is_where_the_table_says_and_can_be_saved():
    for kind in files.KINDS:
        made = files._class(kind)
        assert made.__name__ == kind
        assert callable(made.to_state)
        assert callable(made.from_state)


def test_the_settings_are_the_arguments_of_the_constructor(model):
    again = type(model)(**model.settings)
    assert again.settings == model.settings
    if not isinstance(model, CGCNN) or model.element_features is None:
        again.load_state_dict(model.state_dict())
