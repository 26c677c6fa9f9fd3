import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.emt import EMT

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
