"""What a training run was made of, in a few letters, so that a checkpoint knows its own run."""

import dis
import functools
import hashlib
import re
import types
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader

# what a module always carries, told elsewhere or of no account
_MODULE = frozenset(nn.Module().__dict__)
# ways to compute the same step
_SAME_STEP = ("fused", "foreach", "capturable", "differentiable")

# what a function may use from outside itself and is told by
_TOLD = (
    int,
    float,
    str,
    list,
    tuple,
    np.ndarray,
    torch.Tensor,
    types.FunctionType,
    functools.partial,
)


def fingerprint(thing: object) -> str:
    """Describe data, a function or settings so that equal ones get equal texts, and others do not.

    Parameters
    ----------
    thing : object
        Arrays and tensors are told by their values, functions by what they compute (their code, their
        defaults and what they remember), objects by their type and attributes.

    Returns
    -------
    str
        32 hexadecimal digits.
    """
    digest = hashlib.blake2b(digest_size=16)
    for word in _words(thing, set()):
        digest.update(word if isinstance(word, bytes) else f"{word};".encode())
    return digest.hexdigest()


def model_settings(model: nn.Module) -> dict[str, str]:
    """Describe what a model holds beside its weights: buffers and plain attributes, one entry each."""
    settings = {}
    for path, module in model.named_modules():
        for name, value in module.__dict__.items():
            if name not in _MODULE and not isinstance(value, nn.Module):
                settings[f"{path}.{name}"] = fingerprint(value)
        for name, buffer in module._buffers.items():
            settings[f"{path}.{name}"] = fingerprint(buffer)
    return settings


def model_shape(model: nn.Module) -> str:
    """Describe a model without its weights: how it is printed, and the shapes of what it learns."""
    # a function that is printed shows its place in memory, which is another one tomorrow
    printed = re.sub(r" at 0x[0-9a-fA-F]+", "", repr(model))
    parts = [
        (name, tuple(weight.shape), str(weight.dtype), weight.requires_grad)
        for name, weight in model.named_parameters()
    ]
    buffers = [(name, tuple(buffer.shape)) for name, buffer in model.named_buffers()]
    return fingerprint((printed, parts, buffers))


def optimizer_settings(optimizer: torch.optim.Optimizer) -> str:
    """Describe an optimizer that has not taken a step: its kind, rates and other settings."""
    groups = []
    for group in optimizer.param_groups:
        settings = {
            key: value for key, value in group.items() if key not in ("params", *_SAME_STEP)
        }
        groups.append((settings, len(group["params"])))
    return fingerprint((type(optimizer).__qualname__, groups))


def _words(thing: Any, inside: set[int]) -> Iterator[str | bytes]:
    """Yield texts and bytes that tell one thing from another."""
    if thing is None or isinstance(thing, bool | int | float | complex | str | bytes):
        yield f"{type(thing).__name__} {thing!r}"
    elif torch.is_tensor(thing):
        array = thing.detach().cpu().contiguous().resolve_conj()
        yield f"array {array.dtype} {tuple(array.shape)}"
        yield array.flatten().view(torch.uint8).numpy().tobytes() if array.numel() else b""
    elif isinstance(thing, np.ndarray) and not thing.dtype.hasobject:
        yield f"array {thing.dtype} {thing.shape}"
        yield np.ascontiguousarray(thing).tobytes()
    elif isinstance(thing, np.generic | torch.dtype | torch.device | torch.Size):
        yield repr(thing)
    elif id(thing) in inside or isinstance(thing, types.ModuleType | torch.Generator):
        yield type(thing).__name__
    else:
        inside.add(id(thing))
        for part in _parts(thing):
            yield from _words(part, inside)
        inside.discard(id(thing))


def _parts(thing: Any) -> list:
    """Take apart what is no number, text or array."""
    name = f"{type(thing).__module__}.{type(thing).__qualname__}"
    if isinstance(thing, np.ndarray | list | tuple):
        return [name, len(thing), *thing]
    if isinstance(thing, dict):
        return [
            name,
            *(each for pair in sorted(thing.items(), key=lambda p: str(p[0])) for each in pair),
        ]
    if isinstance(thing, set | frozenset):
        return [name, *sorted(map(repr, thing))]
    if isinstance(thing, functools.partial):
        return [name, thing.func, thing.args, thing.keywords]
    if isinstance(thing, types.MethodType):
        return [name, thing.__func__, thing.__self__]
    if isinstance(thing, types.FunctionType):
        remembered = [cell.cell_contents for cell in thing.__closure__ or () if _is_full(cell)]
        outside = [] if thing.__module__.startswith("torch") else _outside(thing)
        return [name, thing.__code__, thing.__defaults__, thing.__kwdefaults__, remembered, outside]
    if isinstance(thing, types.CodeType):
        return [name, thing.co_code, thing.co_names, thing.co_varnames, thing.co_consts]
    if isinstance(thing, type | types.BuiltinFunctionType) or not hasattr(thing, "__dict__"):
        return [name, getattr(thing, "__module__", ""), getattr(thing, "__qualname__", "")]
    if isinstance(thing, nn.Module):
        values = [weight for _name, weight in sorted(thing.state_dict().items())]
        return [name, model_shape(thing), sorted(model_settings(thing).items()), values]
    if isinstance(thing, DataLoader):
        batch = getattr(thing.batch_sampler, "batch_size", None)
        return [name, thing.dataset, batch, thing.drop_last, type(thing.sampler).__qualname__]
    if is_dataclass(thing):
        return [name, *(getattr(thing, field.name) for field in fields(thing))]
    if hasattr(thing, "to_numpy"):
        return [name, thing.to_numpy()]
    return [name, vars(thing)]


def _outside(function: types.FunctionType) -> list:
    """Find the numbers, arrays and functions of its notebook or module that a function uses."""
    codes, names = [function.__code__], set()
    while codes:
        code = codes.pop()
        codes += [each for each in code.co_consts if isinstance(each, types.CodeType)]
        instructions = dis.get_instructions(code)
        names |= {each.argval for each in instructions if each.opname == "LOAD_GLOBAL"}
    found = {name: function.__globals__.get(name) for name in sorted(names)}
    return [(name, value) for name, value in found.items() if isinstance(value, _TOLD)]


def _is_full(cell: types.CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True
