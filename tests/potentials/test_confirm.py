import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.emt import EMT
from ase.constraints import FixAtoms

from matnn_lab.potentials.confirm import WrongWeightsError, confirm
from tests.potentials.springs import BOND, Springs

PER_ATOM = 2 * BOND


def test_energy_forces_and_stress_that_belong_together_pass():
    confirm(Springs(), "springs")
    confirm(Springs(), "springs", ["O", "Si"], known=PER_ATOM)
    copper = bulk("Cu", cubic=True)
    copper.calc = EMT()
    known = copper.get_potential_energy() / 4
    confirm(EMT(), "emt", ["Cu"])
    confirm(EMT(), "emt", reference=(copper, known))


@pytest.mark.parametrize(
    ("wrong", "known", "words"),
    [
        ({"shift": 0.1}, PER_ATOM, "gives -4.550 eV/atom for Si2, but should give -4.600"),
        ({"shift": np.nan}, PER_ATOM, "gives nan eV/atom"),
        ({"length": 2.7}, None, "lowest energy of silicon near the measured lattice constant"),
        ({"force_factor": -1}, None, "a force of .* its units or its sign"),
        ({"force_factor": 51.4}, None, "a force of"),
        ({"stress_factor": -1}, None, "a stress of .* its units or its sign"),
        ({"stress_factor": 160.2}, None, "a stress of"),
        ({"stress_factor": np.nan}, None, "a stress of"),
    ],
)
def test_what_does_not_belong_together_is_said(wrong, known, words):
    with pytest.raises(WrongWeightsError, match=words):
        confirm(Springs(**wrong), "springs", known=known)


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        (bulk("Si"), "A reference of type Atoms was given; give a crystal of ASE and its energy"),
        ((bulk("Si"), "-4.6"), "A reference of type tuple"),
        ((bulk("Si"), np.nan), "the energy nan was given"),
        ((Atoms("Si2"), -4.6), "periodic in 0 of three directions"),
        ((bulk("Si", a=5.43), 2 * PER_ATOM), "-9.200 eV .* of all 2 atoms; .* one atom, -4.600 eV"),
    ],
)
def test_what_is_no_reference_is_said(reference, words):
    with pytest.raises(ValueError, match=words) as caught:
        confirm(Springs(), "springs", reference=reference)
    assert caught.type is ValueError


def test_constraints_of_a_reference_do_not_matter():
    crystal = bulk("Si", a=5.43)
    crystal.set_constraint(FixAtoms([0]))
    confirm(Springs(), "springs", reference=(crystal, PER_ATOM))
