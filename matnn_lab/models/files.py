"""Save a trained model with all that it needs, and load it again, on another day or another machine.

A file holds the class of a model, its settings and its weights: numbers and texts, and nothing that could run
when it is opened. A class can be saved if it stands in `KINDS` and has two methods: ``to_state()`` returns a
dict of numbers, texts, tensors, arrays, other such models, and lists, tuples and dicts of them, and the class
method ``from_state(state)`` makes the object from that dict.
"""

import io
import os
import zipfile
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch

from matnn_lab import __version__
from matnn_lab.text import gettext as _

# what a file may name, and where it is; a file cannot have anything else imported
KINDS = {
    "MLP": "matnn_lab.models.mlp",
    "CGCNN": "matnn_lab.models.cgcnn",
    "SchNet": "matnn_lab.models.invariant",
    "SpectrumCNN": "matnn_lab.models.spectrum",
    "NequIP": "matnn_lab.models.nequip",
    "VFTNetwork": "matnn_lab.models.vft",
    "Autoencoder": "matnn_lab.models.autoencoder",
    "CrystalRegressor": "matnn_lab.training.crystal_regressor",
    "NetworkRegressor": "matnn_lab.training.regressor",
}
FORMAT = "matnn_lab model"
FORMAT_VERSION = 1


class ModelFileError(ValueError):
    """A file holds no model, or not one that this version can read."""


def save(model: Any, path: str | os.PathLike, *, overwrite: bool = False) -> None:
    """Write a model to a file with all that it needs to predict.

    Parameters
    ----------
    model : MLP, CGCNN, SchNet, NequIP, or another of `KINDS`
        Its class, its settings (of a potential the elements in their order, the cutoff, the average number of
        neighbors), its weights, scales and shifts in their precision, and the version of this package.
    path : path
        Such as "silicon.pt".
    overwrite : bool
        Replace a file that is there. Without it such a file is an error, and is left as it was.

    Raises
    ------
    TypeError
        If it is no such model, or holds something that cannot be saved.
    FileExistsError, FileNotFoundError
        If the file is there already, or its folder is not.

    See Also
    --------
    load : gives the model back.
    """
    if not _is_kind(model):
        raise TypeError(
            _("An object of type {kind} was given; what can be saved is one of {kinds}.").format(
                kind=type(model).__name__, kinds=", ".join(KINDS)
            )
        )
    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(
            _("The folder {folder} is not there; make it, or name another one.").format(
                folder=path.parent
            )
        )
    if path.is_dir() or (path.exists() and not overwrite):
        raise FileExistsError(
            _(
                "{path} is there already; name another file, or replace it with overwrite=True."
            ).format(path=path)
            if not path.is_dir()
            else _("{path} is a folder; name a file in it.").format(path=path)
        )
    content = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "matnn_lab": __version__,
        "model": _plain(model),
    }
    packed = io.BytesIO()
    torch.save(content, packed)
    # an interrupt while writing must not damage the file that is there
    unfinished = path.with_name(f"{path.name}.part")
    try:
        unfinished.write_bytes(packed.getvalue())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def load(path: str | os.PathLike) -> Any:
    """Read a model that `save` wrote.

    Parameters
    ----------
    path : path

    Returns
    -------
    MLP, CGCNN, SchNet, NequIP, or another of `KINDS`
        Ready to predict: on the CPU, in evaluation mode, in the precision in which it was saved. The global
        random state is left as it was.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ModelFileError
        If the file is empty, damaged, from elsewhere, or of a newer version.

    Notes
    -----
    The file is read with PyTorch's ``weights_only=True``: nothing in it is run, whoever sent it.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            _("There is no file {path}; give the name under which a model was saved.").format(
                path=path
            )
        )
    content = _content(path.read_bytes())
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ModelFileError(
            _(
                "{path} is empty, damaged, or from elsewhere; give a file that `save` of"
                " matnn_lab.models.files wrote (bare weights and checkpoints of `fit` are none)."
            ).format(path=path)
        )
    if content["format_version"] > FORMAT_VERSION:
        raise _newer(path, content)
    try:
        return _restored(content["model"])
    except Exception as error:
        if content["matnn_lab"] != __version__:
            raise _newer(path, content) from error
        raise ModelFileError(
            _("The model in {path} cannot be made again ({reason}); save it anew.").format(
                path=path, reason=" ".join(str(error).split())
            )
        ) from error


def _content(written: bytes) -> Any:
    """Read what torch wrote; None where it is something else, or no longer what was written."""
    try:
        with zipfile.ZipFile(io.BytesIO(written)) as archive:
            if archive.testzip() is not None:  # torch does not compare the checksums of weights
                return None
        return torch.load(io.BytesIO(written), map_location="cpu", weights_only=True)
    except Exception:  # bytes from elsewhere can fail in any way
        return None


def _newer(path: Path, content: dict) -> ModelFileError:
    return ModelFileError(
        _(
            "{path} was written by version {theirs} of matnn_lab and cannot be read by version"
            " {ours}; install the version that wrote it."
        ).format(path=path, theirs=content["matnn_lab"], ours=__version__)
    )


def _class(kind: str) -> Any:
    return getattr(import_module(KINDS[kind]), kind)


def _is_kind(value: Any) -> bool:
    kind = type(value).__name__
    return kind in KINDS and type(value) is _class(kind)


def _plain(value: Any) -> Any:
    """Turn a value into what torch reads back without running anything."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, torch.Tensor):
        # a copy, since a part of a larger tensor would be written with all of it
        return value.detach().cpu().clone()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufc":
        return {"array": torch.tensor(value)}
    if isinstance(value, np.ndarray):
        return {"texts": [_plain(entry) for entry in value.tolist()]}
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    if isinstance(value, tuple):
        return {"tuple": [_plain(entry) for entry in value]}
    if isinstance(value, dict):
        return {"dict": [[_plain(key), _plain(entry)] for key, entry in value.items()]}
    if _is_kind(value):
        return {"kind": type(value).__name__, "state": _plain(value.to_state())}
    raise TypeError(
        _("A value of type {kind} cannot be saved; leave it out of the model.").format(
            kind=type(value).__name__
        )
    )


def _restored(value: Any) -> Any:
    """Turn what `_plain` made back into what it was."""
    if isinstance(value, list):
        return [_restored(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    if "kind" in value:
        return _class(value["kind"]).from_state(_restored(value["state"]))
    ((form, inner),) = value.items()
    if form == "array":
        return inner.numpy()
    if form == "texts":
        return np.array(_restored(inner), dtype=object)
    if form == "tuple":
        return tuple(_restored(inner))
    return {_restored(key): _restored(entry) for key, entry in inner}
