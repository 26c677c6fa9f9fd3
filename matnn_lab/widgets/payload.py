"""Figures as small JSON: what an explorer stores in a notebook and sends to the browser.

A figure is taken apart into leaves: ``(path, value)`` pairs such as ``(("data", 0, "y"), [...])``. A leaf
that is the same in two figures is stored once. Arrays of numbers are rounded and written as whole numbers:
``{"e": -3, "d": [1500, 2, 2]}`` is 1.500, 1.502, 1.504 (a power of ten and differences, which compress
well). ``static/explorer.js`` puts the figures together again; :func:`read` does the same in Python.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np
import plotly.graph_objects as go

Path = tuple[str | int, ...]

# Shorter lists are settings, such as the range of an axis: they are kept as they are.
_SHORTEST_ARRAY = 8


def leaves(figure: go.Figure) -> dict[Path, str]:
    """Take a figure apart.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
        Its ``layout.template`` is one leaf.

    Returns
    -------
    dict of tuple to str
        The JSON text of each leaf by its path, in the order of the figure. Numbers in arrays are
        rounded to 1/10000 of the array's range or better; to five digits where they span decades or
        stand on a logarithmic axis. Single numbers are rounded to twelve digits.
    """
    parts = json.loads(figure.to_json())
    template = parts["layout"].pop("template", None)
    found: dict[Path, str] = {}
    if template is not None:
        found["layout", "template"] = _compact(template)
    for path, value in _walk((), parts):
        array = _as_array(value)
        if array is not None:
            value = _encode(array, logarithmic=_is_on_log_axis(path, parts))
        elif isinstance(value, list) and len(value) >= _SHORTEST_ARRAY:
            value = {"list": value}
        else:
            value = _without_last_bits(value)
        found[path] = _compact(value)
    return found


def pack(frames: Sequence[dict[Path, str]]) -> dict[str, Any]:
    """Store figures that have most of their leaves in common.

    Parameters
    ----------
    frames : sequence of dict
        What :func:`leaves` gave for each figure.

    Returns
    -------
    dict
        ``values``, the different leaves; and ``leaves``, for each path the index of its value: one number if
        it is the same in all figures, else one for each (-1 where the figure has no such leaf). If that makes
        it smaller, the two are compressed: ``{"deflate": base64 of their zlib stream}``.
    """
    index: dict[str, int] = {}
    columns = []
    for path in dict.fromkeys(path for frame in frames for path in frame):
        column = [
            index.setdefault(frame[path], len(index)) if path in frame else -1 for frame in frames
        ]
        columns.append([list(path), column[0] if len(set(column)) == 1 else column])
    packed = {"leaves": columns, "values": [json.loads(text) for text in index]}
    plain = _compact(packed)
    compressed = {"deflate": b64encode(zlib.compress(plain.encode(), 9)).decode()}
    return compressed if len(_compact(compressed)) < len(plain) else packed


def read(payload: dict[str, Any]) -> Iterator[tuple[dict[str, int], dict[str, Any]]]:
    """Give back each baked figure with its setting.

    Parameters
    ----------
    payload : dict
        What :meth:`Explorer.bake` returned.

    Yields
    ------
    setting : dict of str to int
        The position of each control by name.
    figure : dict
        ``data`` and ``layout`` as plotly has them, arrays as lists.
    """
    packed = payload["figures"]
    if "deflate" in packed:
        packed = json.loads(zlib.decompress(b64decode(packed["deflate"])))
    values = [_decode(value) for value in packed["values"]]
    controls = payload["controls"]
    grid = product(*(range(len(control["texts"])) for control in controls))
    for number, position in enumerate(grid):
        figure: dict[str, Any] = {"data": [], "layout": {}}
        for path, column in packed["leaves"]:
            key = column if isinstance(column, int) else column[number]
            if key >= 0:
                _put(figure, path, values[key])
        names = (control["name"] for control in controls)
        yield dict(zip(names, position, strict=True)), figure


def size(payload: Any) -> int:
    """Give the number of bytes of the payload's JSON."""
    return len(_compact(payload).encode())


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _walk(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    items: Iterable[tuple[str | int, Any]]
    if isinstance(value, dict) and value and "bdata" not in value:
        items = value.items()
    elif isinstance(value, list) and value and all(isinstance(part, dict) for part in value):
        items = enumerate(value)
    else:
        yield path, value
        return
    for key, part in items:
        yield from _walk((*path, key), part)


def _without_last_bits(value: Any) -> Any:
    """Round single numbers to twelve digits: sums of several threads differ in the sixteenth."""
    if isinstance(value, list):
        return [_without_last_bits(part) for part in value]
    return float(f"{value:.12g}") if isinstance(value, float) else value


def _as_array(value: Any) -> np.ndarray | None:
    """Read an array of numbers as plotly writes it, or give None if it is something else."""
    if isinstance(value, dict) and "bdata" in value:
        array = np.frombuffer(b64decode(value["bdata"]), dtype=value["dtype"])
        if "shape" in value:
            array = array.reshape([int(length) for length in str(value["shape"]).split(",")])
        return array
    if not isinstance(value, list) or len(value) < _SHORTEST_ARRAY:
        return None
    rows = value if isinstance(value[0], list) else [value]
    if len({len(row) if isinstance(row, list) else None for row in rows}) != 1:
        return None
    numbers = {int, float, type(None)}
    if not rows[0] or not all(type(item) in numbers for row in rows for item in row):
        return None
    return np.array(value, dtype=float)


def _is_on_log_axis(path: Path, figure: dict[str, Any]) -> bool:
    if len(path) != 3 or path[0] != "data" or path[2] not in ("x", "y", "z"):
        return False
    trace, axis, layout = figure["data"][path[1]], path[2], figure["layout"]
    if "z" in trace and trace["type"].endswith("3d"):
        return (
            layout.get(trace.get("scene", "scene"), {}).get(f"{axis}axis", {}).get("type") == "log"
        )
    name = trace.get(f"{axis}axis", axis).replace(axis, f"{axis}axis")
    return layout.get(name, {}).get("type") == "log"


def _encode(array: np.ndarray, *, logarithmic: bool) -> dict[str, Any]:
    flat = array.ravel().astype(float)
    finite = np.isfinite(flat)
    numbers = flat[finite]
    if numbers.size and not (logarithmic or _spans_decades(numbers)):
        exponent = 0 if _are_whole(numbers) else _last_digit(numbers)
        scaled = np.rint(numbers / 10.0**exponent)
        if np.abs(scaled).max() < 2**53:
            steps = np.diff(scaled, prepend=0).astype(int).tolist()
            return _shaped(array, {"e": exponent, "d": _with_gaps(steps, finite)})
    rounded = [float(f"{number:.5g}") for number in numbers]
    return _shaped(array, {"list": _with_gaps(rounded, finite)})


def _are_whole(numbers: np.ndarray) -> bool:
    return np.array_equal(numbers, np.rint(numbers))


def _spans_decades(numbers: np.ndarray) -> bool:
    smallest, largest = numbers.min(), numbers.max()
    return 0 < smallest < largest / 1000 and not _are_whole(numbers)


def _last_digit(numbers: np.ndarray) -> int:
    """Give the power of ten of the last digit to keep: 1/10000 of the range or less."""
    spread = numbers.max() - numbers.min() or np.abs(numbers).max()
    # powers of ten beyond these are not floats any more
    return int(np.clip(np.floor(np.log10(spread)) - 4, -300, 300))


def _with_gaps(numbers: Iterable[float], finite: np.ndarray) -> list[float | None]:
    following = iter(numbers)
    return [next(following) if ok else None for ok in finite]


def _shaped(array: np.ndarray, coded: dict[str, Any]) -> dict[str, Any]:
    return coded if array.ndim == 1 else {"shape": list(array.shape)} | coded


def _decode(coded: Any) -> Any:
    if not isinstance(coded, dict) or not ("d" in coded or "list" in coded):
        return coded
    if "d" in coded:
        scale, total, flat = 10.0 ** abs(coded["e"]), 0, []
        for step in coded["d"]:
            total += step or 0
            number = total / scale if coded["e"] < 0 else total * scale
            flat.append(None if step is None else number)
    else:
        flat = coded["list"]
    for length in reversed(coded.get("shape", [0])[1:]):
        flat = [flat[start : start + length] for start in range(0, len(flat), length)]
    return flat


def _put(figure: Any, path: Sequence[str | int], value: Any) -> None:
    for key, following in zip(path, path[1:], strict=False):
        if isinstance(key, int):
            figure.extend({} for _ in range(key + 1 - len(figure)))
            figure = figure[key]
        else:
            figure = figure.setdefault(key, [] if isinstance(following, int) else {})
    if isinstance(path[-1], int):
        figure.extend({} for _ in range(path[-1] + 1 - len(figure)))
    figure[path[-1]] = value
