"""One door to pretrained potentials: `load("chgnet")` gives an ASE calculator that says what it has learned.

Every one of them answers in eV, eV/Å and eV/Å³, with a stress that is positive under tension, and is checked
when it is loaded: its energy against a known value, its forces and its stress against differences of its
energy. The packages that carry them are imported when they are asked for, and only then.
"""

import contextlib
import io
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
from ase import Atoms
from ase.calculators.calculator import BaseCalculator, all_changes
from ase.data import chemical_symbols

from matnn_lab.potentials.confirm import confirm
from matnn_lab.text import gettext as _

# the 89 elements of the Materials Project's trajectories: of the first 94 all but Po, At, Rn, Fr and Ra
MATERIALS_PROJECT = tuple(chemical_symbols[1:84] + chemical_symbols[89:95])


class NotAvailableError(RuntimeError):
    """A potential that does not run here; the message says in one sentence how to get it."""


@dataclass(frozen=True)
class About:
    """What one should know of a potential before one believes it.

    Attributes
    ----------
    name : str
        As `load` knows it.
    functional : str
        The density functional of the calculations that it learned.
    hubbard_u : str
        Which of them had a Hubbard U.
    data : str
        What it was trained on.
    elements : tuple of str
        Those in its training set; empty where they are not known.
    year : int
        When its weights were published.
    licence : str
    weights : str
        Where the weights come from.
    doi : str
        What to cite.
    """

    name: str
    functional: str
    hubbard_u: str
    data: str
    elements: tuple[str, ...]
    year: int
    licence: str
    weights: str
    doi: str

    def unseen(self, atoms: Atoms) -> list[str]:
        """Name the elements of a crystal that were not in the training set; none if that is not known."""
        found = dict.fromkeys(atoms.get_chemical_symbols())
        return [symbol for symbol in found if self.elements and symbol not in self.elements]


# as in pymatgen's MPRelaxSet.yaml
_MP_U = _("oxides and fluorides of Co, Cr, Fe, Mn, Mo, Ni, V and W")
_IN_PACKAGE = _("in the package {package}")

ABOUT = {
    "chgnet": About(
        "chgnet", "PBE", _MP_U, _("MPtrj, relaxations of the Materials Project, with its corrections"),
        MATERIALS_PROJECT, 2023, _("modified BSD"), _IN_PACKAGE.format(package="chgnet"),
        "10.1038/s42256-023-00716-3",
    ),
    "chgnet-0.2.0": About(
        "chgnet-0.2.0",
        "PBE",
        _MP_U,
        _("MPtrj, as chgnet; the first weights, with a shorter cutoff"),
        MATERIALS_PROJECT,
        2023,
        _("modified BSD"),
        _IN_PACKAGE.format(package="chgnet"),
        "10.1038/s42256-023-00716-3",
    ),
    "chgnet-r2scan": About(
        "chgnet-r2scan", "r²SCAN", _("none"), _("MPtrj, then r²SCAN of the Materials Project"),
        MATERIALS_PROJECT, 2025, _("modified BSD"), _IN_PACKAGE.format(package="chgnet"),
        "10.1038/s41524-025-01796-y",
    ),
    "sevennet": About(
        "sevennet", "PBE", _MP_U, _("MPtrj, without corrections"),
        MATERIALS_PROJECT, 2024, _("MIT"), _IN_PACKAGE.format(package="sevenn"),
        "10.1021/acs.jctc.4c00190",
    ),
    "sevennet-l3i5": About(
        "sevennet-l3i5", "PBE", _MP_U, _("MPtrj, without corrections"),
        MATERIALS_PROJECT, 2024, _("MIT"), _IN_PACKAGE.format(package="sevenn"),
        "10.1021/acs.jctc.4c00190",
    ),
    "sevennet-r2scan": About(
        "sevennet-r2scan", "r²SCAN", _("none"), _("MPtrj and r²SCAN of the Materials Project together"),
        MATERIALS_PROJECT, 2024, _("MIT"), _IN_PACKAGE.format(package="sevenn"),
        "10.1021/jacs.4c14455",
    ),
    "diep": About(
        "diep", "r²SCAN", _("none"), _("MatPES, molecular dynamics at 300 K"),
        MATERIALS_PROJECT, 2026, _("BSD-3-Clause"), _IN_PACKAGE.format(package="diep"),
        "10.48550/arXiv.2503.04070",
    ),
    "m3gnet": About(
        "m3gnet", _("as the page of the weights says"), _("as the page of the weights says"),
        _("as the page of the weights says"), (), 2022, _("BSD-3-Clause (package matgl)"),
        _("a local folder; they are published for matgl on Hugging Face"),
        "10.1038/s43588-022-00349-3",
    ),
    "uma": About(
        "uma", _("PBE (task omat)"), _("as in the Materials Project (task omat)"),
        _("OMat24 and four other sets, half a billion structures"), (), 2025,
        _("FAIR Chemistry License, to be agreed to"),
        _("a local file; Hugging Face hands it out to those who agreed"),
        "10.48550/arXiv.2506.23971",
    ),
    "pfp": About(
        "pfp", _("PBE (mode PBE)"), _("none in the mode PBE"), _("a data set of its makers"), (), 2022,
        _("commercial"), _("a service; they do not leave Matlantis"), "10.1038/s41467-022-30687-9",
    ),
    "nequip": About(
        "nequip", _("that of your teacher"), _("as your teacher"), _("your frames"), (), 2022,
        _("yours"), _("a file written by matnn_lab.models.files.save"), "10.1038/s41467-022-29939-5",
    ),
}  # fmt: skip

# eV/atom of silicon with a lattice constant of 5.43 Å, as the weights gave it when the course was written
KNOWN = {
    "chgnet": -5.3122,
    "chgnet-0.2.0": -5.3699,
    "chgnet-r2scan": -8.7333,
    "sevennet": -5.4008,
    "sevennet-l3i5": -5.4219,
    "sevennet-r2scan": -8.7184,
    "diep": -8.7634,
}
PACKAGES = {
    "chgnet": ("chgnet", "chgnet"),
    "chgnet-0.2.0": ("chgnet", "chgnet"),
    "chgnet-r2scan": ("chgnet", "chgnet"),
    "sevennet": ("sevenn", "sevenn"),
    "sevennet-l3i5": ("sevenn", "sevenn"),
    "sevennet-r2scan": ("sevenn", "sevenn"),
    "diep": ("diep", "diep"),
    "m3gnet": ("matgl", "matgl"),
    "uma": ("fairchem", "fairchem-core"),
}
FROM_A_PATH = ("m3gnet", "uma", "nequip")
NO_CHGNET = (3, 13)  # the first Python without a wheel of chgnet 0.4.2


def load(
    name: str,
    path: str | os.PathLike | None = None,
    *,
    reference: tuple[Atoms, float] | None = None,
) -> BaseCalculator:
    """Load a pretrained potential as a calculator of ASE, and check it.

    Parameters
    ----------
    name : str
        One of "chgnet", "chgnet-0.2.0", "chgnet-r2scan", "sevennet", "sevennet-l3i5", "sevennet-r2scan" and
        "diep", whose
        weights ship in their packages; "m3gnet" (a folder of matgl), "uma" (a checkpoint of fairchem) and
        "nequip" (a file of `matnn_lab.models.files.save`), which need a path; "pfp", which runs inside
        Matlantis only.
    path : path, optional
        The weights, for those that need them.
    reference : (ase.Atoms, float), optional
        A crystal and its energy in eV/atom that the potential must reproduce, in place of the built-in check
        on silicon; for weights that do not know silicon, or of which you know a value.

    Returns
    -------
    ase.calculators.calculator.BaseCalculator
        Energy in eV, forces in eV/Å, stress in eV/Å³ (positive under tension); its attribute ``about`` is an
        `About`.

    Raises
    ------
    ValueError
        If the name is not known, or a path is given or missing where it should not be.
    NotAvailableError
        If the package, the weights or the service is not here; the sentence says how to get them.
    WrongWeightsError
        If energy, forces or stress are not what they should be.

    Examples
    --------
    >>> atoms.calc = load("chgnet")
    >>> atoms.calc.about.functional
    'PBE'
    """
    if not isinstance(name, str) or name not in ABOUT:
        raise ValueError(
            _("There is no potential {name!r}; choose one of {names}.").format(
                name=name, names=", ".join(ABOUT)
            )
        )
    _require(name, path)
    calculator = LOADERS[name](None if path is None else Path(path))
    about = ABOUT[name]
    elements = _elements(calculator)
    if not about.elements and elements:
        about = replace(about, elements=elements)
    confirm(calculator, about.name, about.elements, known=KNOWN.get(name), reference=reference)
    calculator.about = about  # type: ignore[attr-defined]
    return calculator


def overview() -> pd.DataFrame:
    """Show what each potential was trained on, its licence, and whether it runs here.

    Returns
    -------
    pandas.DataFrame
        One row for each name that `load` knows; "needs a path" where weights have to be given.
    """
    rows = []
    for name, about in ABOUT.items():
        row = {
            _("potential"): name,
            _("functional"): about.functional,
            _("Hubbard U"): about.hubbard_u,
            _("trained on"): about.data,
            _("year"): about.year,
            _("licence"): about.licence,
            _("weights"): about.weights,
            _("here"): _state(name),
        }
        rows.append(row)
    return pd.DataFrame(rows).set_index(_("potential"))


def is_installed(name: str) -> bool:
    """Tell whether the package of a potential is installed; PFP's is found inside Matlantis only."""
    if name == "pfp":
        return find_spec("pfp_api_client") is not None and _has("pfp_api_client.pfp")
    return name == "nequip" or find_spec(PACKAGES[name][0]) is not None


def _has(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _state(name: str) -> str:
    if not is_installed(name):
        return _("runs in Matlantis only") if name == "pfp" else _("not installed")
    return _("needs a path") if name in FROM_A_PATH else _("runs")


def _require(name: str, path: Any) -> None:
    """Raise the one sentence that says what is missing."""
    if path is not None and name not in FROM_A_PATH:
        raise ValueError(
            _("{name} brings its weights and takes no path; leave {path} out.").format(
                name=name, path=path
            )
        )
    if not is_installed(name):
        if name == "pfp":
            raise NotAvailableError(
                _(
                    "PFP is a commercial service and runs only inside Matlantis (https://matlantis.com); "
                    "open this notebook there, or take another potential, such as load('chgnet')."
                )
            )
        package = PACKAGES[name][1]
        if package == "chgnet" and sys.version_info >= NO_CHGNET:
            raise NotAvailableError(
                _(
                    "The potential {name} needs the package chgnet, which is not ready-made for Python "
                    "{found}; set the course up with Python 3.11 or 3.12, or take another potential."
                ).format(name=name, found=".".join(map(str, sys.version_info[:2])))
            )
        raise NotAvailableError(
            _(
                "The potential {name} needs the package {package}, which is not installed; run "
                "`pip install {package}`, or take another potential."
            ).format(name=name, package=package)
        )
    if name in FROM_A_PATH and (path is None or not Path(path).exists()):
        given = _("none was given") if path is None else _("{path} is not there").format(path=path)
        raise NotAvailableError(_HOW_TO_GET[name].format(given=given))
    files = ("model.json", "model.pt", "state.pt")
    if name == "m3gnet" and not all((Path(path) / file).is_file() for file in files):
        raise NotAvailableError(
            _("{path} is no model of matgl; give the folder that holds {files}.").format(
                path=path, files=", ".join(files)
            )
        )


_HOW_TO_GET = {
    "m3gnet": _(
        "M3GNet needs a folder with its weights ({given}); download one of the models of matgl from "
        "https://huggingface.co/materialyze and give path='folder'."
    ),
    "uma": _(
        "UMA needs a file with its weights ({given}); agree to the licence on "
        "https://huggingface.co/facebook/UMA, download a checkpoint and give path='uma.pt'."
    ),
    "nequip": _(
        "Your own potential needs its file ({given}); write it with matnn_lab.models.files.save and give "
        "path='my.pt'."
    ),
}


def _elements(calculator: Any) -> tuple[str, ...]:
    """Read the elements that a model of matgl or of the course names."""
    for model in (
        getattr(calculator, "model", None),
        getattr(getattr(calculator, "potential", None), "model", None),
    ):
        found = getattr(model, "element_types", None) or getattr(model, "elements", None)
        if isinstance(found, Sequence) and all(isinstance(symbol, str) for symbol in found):
            return tuple(found)
    return ()


# How each is made


def _chgnet(weights: str) -> Callable[[Path | None], BaseCalculator]:
    def make(_path: Path | None) -> BaseCalculator:
        from chgnet.model import CHGNet
        from chgnet.model.dynamics import CHGNetCalculator

        class Calculator(CHGNetCalculator):
            """Leave forces and stress out where the energy alone is asked for: four times as fast."""

            def calculate(
                self,
                atoms: Atoms | None = None,
                properties: list | None = None,
                system_changes: list | None = None,
                task: str = "efsm",
            ) -> None:
                if atoms is not None and atoms.cell.rank < 3:
                    raise ValueError(
                        _(
                            "CHGNet was given atoms without a cell; put them into a box, as with "
                            "atoms.center(vacuum=8)."
                        )
                    )
                if list(properties or ()) == ["energy"]:
                    task = "e"
                with warnings.catch_warnings():
                    # of the volume's tensor, and of a constraint that only the optimizer needs to know
                    warnings.filterwarnings("ignore", "Converting a tensor with requires_grad")
                    warnings.filterwarnings("ignore", "Only FixAtoms and FixCartesian")
                    super().calculate(
                        atoms,
                        properties,
                        system_changes or list(all_changes),
                        task,  # type: ignore[arg-type]
                    )

        # it tells its number of parameters and its device on each occasion
        with contextlib.redirect_stdout(io.StringIO()):
            model = CHGNet.load(model_name=weights, use_device="cpu", verbose=False)
            return Calculator(model, use_device="cpu", on_isolated_atoms="ignore")

    return make


def _sevennet(weights: str, **settings: str) -> Callable[[Path | None], BaseCalculator]:
    def make(_path: Path | None) -> BaseCalculator:
        from sevenn.calculator import SevenNetCalculator

        return SevenNetCalculator(weights, device="cpu", **settings)

    return make


def _diep(_path: Path | None) -> BaseCalculator:
    from diep.pretrained import make_calculator

    return make_calculator()


def _m3gnet(path: Path | None) -> BaseCalculator:
    import matgl
    from matgl.ext.ase import PESCalculator

    # as a path that exists, it is never looked for on the network
    return PESCalculator(matgl.load_model(str(path)), stress_unit="eV/A3")


def _uma(path: Path | None) -> BaseCalculator:
    from fairchem.core import FAIRChemCalculator

    return FAIRChemCalculator.from_model_checkpoint(str(path), task_name="omat", device="cpu")


def _pfp(_path: Path | None) -> BaseCalculator:
    from pfp_api_client.pfp.calculators.ase_calculator import ASECalculator
    from pfp_api_client.pfp.estimator import Estimator, EstimatorCalcMode

    return ASECalculator(Estimator(model_version="v8.0.0", calc_mode=EstimatorCalcMode.PBE))


def _own(path: Path | None) -> BaseCalculator:
    from matnn_lab.models.files import load as load_model
    from matnn_lab.potentials.calculator import Calculator

    return Calculator(load_model(path or ""))


LOADERS: dict[str, Callable[[Path | None], BaseCalculator]] = {
    "chgnet": _chgnet("0.3.0"),
    "chgnet-0.2.0": _chgnet("0.2.0"),
    "chgnet-r2scan": _chgnet("r2scan"),
    "sevennet": _sevennet("7net-0"),
    "sevennet-l3i5": _sevennet("7net-l3i5"),
    "sevennet-r2scan": _sevennet("7net-mf-0", modal="R2SCAN"),
    "diep": _diep,
    "m3gnet": _m3gnet,
    "uma": _uma,
    "pfp": _pfp,
    "nequip": _own,
}
