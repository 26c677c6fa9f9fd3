import sys
from enum import Enum
from types import ModuleType

import numpy as np
import pytest
import torch
from ase.build import bulk, molecule

from matnn_lab import potentials
from matnn_lab.course.environment import ROOT
from matnn_lab.models.files import save
from matnn_lab.models.nequip import NequIP
from matnn_lab.potentials import NotAvailableError, WrongWeightsError, load, pretrained
from matnn_lab.potentials.calculator import Calculator
from tests.potentials.springs import Springs


@pytest.fixture(scope="module")
def chgnet():
    pytest.importorskip("chgnet")
    return load("chgnet")


def with_modules(monkeypatch, contents):
    """Put modules into Python as if a package were installed."""
    for name, content in contents.items():
        module = ModuleType(name)
        module.__dict__.update(content)
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(pretrained, "is_installed", lambda _name: True)


def silicon():
    return bulk("Si", "diamond", 5.43)


# CHGNet, which is here


def test_chgnet_says_what_it_was_trained_on(chgnet):
    about = chgnet.about
    assert (about.functional, about.year) == ("PBE", 2023)
    assert len(about.elements) == 89
    assert about.unseen(bulk("Po", "sc", 3.35)) == ["Po"]
    assert about.unseen(bulk("MgO", "rocksalt", 4.2)) == []


def test_the_energy_alone_is_that_which_comes_with_the_forces(chgnet):
    crystal = bulk("NaCl", "rocksalt", 5.7)
    crystal.calc = chgnet
    alone = crystal.get_potential_energy()
    crystal.get_forces()
    assert crystal.get_potential_energy() == pytest.approx(alone, abs=1e-5)
    assert {"magmoms", "stress"} <= set(chgnet.results)


def test_a_molecule_without_a_box_is_told_to_have_one(chgnet):
    oxygen = molecule("O2")
    oxygen.calc = chgnet
    with pytest.raises(ValueError, match=r"without a cell; put them into a box"):
        oxygen.get_potential_energy()


def test_loading_says_nothing(chgnet, capsys):
    load("chgnet")
    assert capsys.readouterr() == ("", "")


def test_other_weights_under_the_name_are_noticed(chgnet, monkeypatch):
    monkeypatch.setitem(pretrained.LOADERS, "chgnet", pretrained.LOADERS["chgnet-r2scan"])
    with pytest.raises(WrongWeightsError, match=r"gives -8\.73\d eV/atom for Si2, but should give"):
        load("chgnet")


@pytest.mark.parametrize("name", ["sevennet", "sevennet-l3i5", "sevennet-r2scan", "diep"])
def test_others_whose_package_is_installed_pass_their_check(name):
    pytest.importorskip(pretrained.PACKAGES[name][0])
    assert load(name).about.name == name


# What is answered in one sentence


@pytest.mark.parametrize(
    ("name", "package"), [("sevennet", "sevenn"), ("m3gnet", "matgl"), ("uma", "fairchem-core")]
)
def test_what_is_not_installed_is_named(name, package, monkeypatch):
    monkeypatch.setattr(pretrained, "is_installed", lambda _name: False)
    with pytest.raises(NotAvailableError, match=f"run `pip install {package}`"):
        load(name)


def test_python_without_chgnet_is_told_which_python_has_it(monkeypatch):
    monkeypatch.setattr(pretrained, "is_installed", lambda _name: False)
    monkeypatch.setattr(pretrained, "NO_CHGNET", (99, 0))
    with pytest.raises(NotAvailableError, match="run `pip install chgnet`"):
        load("chgnet")
    monkeypatch.setattr(pretrained, "NO_CHGNET", (3, 0))
    with pytest.raises(NotAvailableError, match=r"not ready-made for Python 3\.\d+; set the"):
        load("chgnet")


def test_pfp_is_a_service():
    with pytest.raises(NotAvailableError, match="runs only inside Matlantis"):
        load("pfp")


@pytest.mark.parametrize(
    ("name", "path", "error", "words"),
    [
        ("mace", None, ValueError, "no potential 'mace'; choose one of chgnet, "),
        (3, None, ValueError, "no potential 3"),
        ("chgnet", "x.pt", ValueError, "takes no path; leave x.pt out"),
        ("nequip", None, NotAvailableError, "needs its file \\(none was given\\)"),
        ("nequip", "no.pt", NotAvailableError, "no.pt is not there"),
        ("uma", "no.pt", NotAvailableError, "huggingface.co/facebook/UMA"),
        ("m3gnet", "no", NotAvailableError, "M3GNet needs a folder"),
        ("m3gnet", "tests", NotAvailableError, "is no model of matgl; give the folder that holds"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(name, path, error, words, monkeypatch):
    monkeypatch.setattr(pretrained, "is_installed", lambda _name: True)
    monkeypatch.chdir(ROOT)
    with pytest.raises(error, match=words) as caught:
        load(name, path)
    assert ". " not in str(caught.value)


def test_the_overview_has_a_row_for_each():
    table = potentials.overview()
    assert list(table.index) == list(potentials.ABOUT)
    assert table.loc["nequip", "here"] == "needs a path"
    assert table.loc["pfp", "here"] == "runs in Matlantis only"
    assert (table != "").all().all()


# Those that need a file or a service


def test_our_own_potential_comes_from_its_file(tmp_path):
    torch.manual_seed(0)
    model = NequIP(["Si"], 4.0, n_features=4, scale=0.1).double()
    save(model, tmp_path / "own.pt")
    with pytest.raises(WrongWeightsError, match="untrained"):
        load("nequip", tmp_path / "own.pt")
    crystal = silicon()
    crystal.calc = Calculator(model)
    known = crystal.get_potential_energy() / 2
    loaded = load("nequip", tmp_path / "own.pt", reference=(crystal, known))
    assert loaded.about.elements == ("Si",)
    crystal.calc = loaded
    assert crystal.get_potential_energy() / 2 == pytest.approx(known)
    with pytest.raises(WrongWeightsError, match="gives .* but should give"):
        load("nequip", tmp_path / "own.pt", reference=(crystal, known + 0.1))


def test_pfp_is_called_as_its_makers_publish_it(monkeypatch):
    calls = []

    class Estimator:
        def __init__(self, **settings):
            calls.append(settings)

    class ASECalculator(Springs):
        def __init__(self, estimator):
            assert isinstance(estimator, Estimator)
            super().__init__()

    mode = Enum("EstimatorCalcMode", ["PBE", "PBE_U", "R2SCAN"])
    client = "pfp_api_client.pfp"
    with_modules(
        monkeypatch,
        {
            f"{client}.estimator": {"Estimator": Estimator, "EstimatorCalcMode": mode},
            f"{client}.calculators.ase_calculator": {"ASECalculator": ASECalculator},
            "pfp_api_client": {},
            client: {},
            f"{client}.calculators": {},
        },
    )
    calculator = load("pfp")
    assert isinstance(calculator, ASECalculator)
    assert calls == [{"model_version": "v8.0.0", "calc_mode": mode.PBE}]


def test_uma_is_called_as_its_makers_publish_it(monkeypatch, tmp_path):
    calls = []

    class FAIRChemCalculator(Springs):
        @classmethod
        def from_model_checkpoint(cls, path, **settings):
            calls.append((path, settings))
            return cls()

    with_modules(
        monkeypatch,
        {"fairchem": {}, "fairchem.core": {"FAIRChemCalculator": FAIRChemCalculator}},
    )
    file = tmp_path / "uma.pt"
    file.touch()
    load("uma", file)
    assert calls == [(str(file), {"task_name": "omat", "device": "cpu"})]


def test_m3gnet_runs_from_a_folder_of_the_true_format(tmp_path):
    """With matgl installed: a small network of random weights is refused, and runs with its own reference."""
    pytest.importorskip("matgl")
    from matgl.apps.pes import Potential
    from matgl.ext.ase import PESCalculator
    from matgl.models import M3GNet

    torch.manual_seed(0)
    # elements other than silicon, so that there is no lowest energy to find
    model = M3GNet(element_types=("Mg", "O"), is_intensive=False, units=8, dim_node_embedding=8)
    potential = Potential(model=model, calc_stresses=True)
    crystal = bulk("MgO", "rocksalt", 4.2)
    crystal.calc = PESCalculator(potential, stress_unit="eV/A3")
    known = crystal.get_potential_energy() / 2
    potential.save(tmp_path)
    loaded = load("m3gnet", tmp_path, reference=(crystal, known))
    assert loaded.about.elements == ("Mg", "O")
    crystal.calc = loaded
    assert crystal.get_potential_energy() / 2 == pytest.approx(known, abs=1e-4)
    assert np.abs(crystal.get_forces()).max() < 1e-3
    with pytest.raises(WrongWeightsError, match="gives .* but should give"):
        load("m3gnet", tmp_path, reference=(crystal, known + 0.1))
