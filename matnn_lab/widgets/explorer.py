"""One figure that the reader steers, in JupyterLab and on the published page."""

from __future__ import annotations

import inspect
import os
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from math import prod
from textwrap import shorten
from typing import Any

import numpy as np
import plotly.graph_objects as go

from matnn_lab.text import gettext as _
from matnn_lab.text import shown
from matnn_lab.widgets.controls import Control, Slider, as_control
from matnn_lab.widgets.page import words
from matnn_lab.widgets.payload import Path, leaves, pack, size

MIME = "application/vnd.matnn.explorer+json"
MAX_BYTES = 300_000
MAX_FIGURES = 2_000


class Explorer:
    """A figure with controls.

    In JupyterLab, Python draws the figure anew for each setting. When a notebook is executed for the site
    (``MATNN_BAKE=1``), the figures of all settings are stored in its output instead.

    Parameters
    ----------
    render : callable
        Pure function that takes one argument for each control and returns a plotly figure.
    **controls : Slider, Choice, Toggle, list or bool
        One for each argument of ``render``. A list of numbers makes a slider, another list or a mapping a
        choice, a bool a toggle.

    Raises
    ------
    TypeError
        If ``render`` is not callable, or a control is none of the above.
    ValueError
        If there is no control, or the controls are not the arguments of ``render``.

    Examples
    --------
    >>> Explorer(draw_parabola, curvature=Slider([0.5, 1, 2], "Curvature"), grid=True)
    """

    def __init__(self, render: Callable[..., go.Figure], /, **controls: Any) -> None:
        if not callable(render):
            raise TypeError(
                _(
                    "render is {given!r}, expected a function that returns a figure; please pass one."
                ).format(given=render)
            )
        if not controls:
            raise ValueError(
                _("An explorer got no control; please give one for each argument of the function.")
            )
        self.render = render
        self.controls: dict[str, Control] = {}
        for name, control in controls.items():
            self.controls[name] = as_control(name, control)
        _check_arguments(render, list(controls))
        self._live: Any = None  # the widget, made when JupyterLab shows it

    def figure(self, **values: Any) -> go.Figure:
        """Draw the figure; controls that are not named stand at their defaults.

        Raises
        ------
        ValueError
            If a control does not exist or does not have the value.
        """
        for name in values:
            if name not in self.controls:
                raise ValueError(
                    _("{name} is not a control of this explorer; please use {names}.").format(
                        name=name, names=", ".join(self.controls)
                    )
                )
        return self.figure_at(
            [
                control.index(values[name]) if name in values else control.start
                for name, control in self.controls.items()
            ]
        )

    def bake(self) -> dict[str, Any]:
        """Draw the figures of all settings and store them as one small JSON object.

        Sliders are thinned, the longest first, until there are at most 2,000 figures and 300 kB; a slider
        keeps its ends and its default.

        Returns
        -------
        dict
            The payload, the same in each run. ``matnn_lab.widgets.payload.read`` gives the figures back.

        Raises
        ------
        ValueError
            If a figure cannot be drawn, or the payload is too large with the shortest sliders.
        """
        controls = list(self.controls.values())
        every = [tuple(range(len(control.values))) for control in controls]
        few_enough = (
            kept for kept in _thinnings(controls, every) if prod(map(len, kept)) <= MAX_FIGURES
        )
        kept = next(few_enough, None)
        if kept is None:
            raise ValueError(
                _(
                    "The controls give more than {limit} figures even with the shortest sliders; "
                    "please use fewer controls or options."
                ).format(limit=MAX_FIGURES)
            )
        drawn = {position: self._leaves_at(position) for position in product(*kept)}
        thinnings = list(_thinnings(controls, kept))
        fitting = bisect_left(
            thinnings, True, key=lambda kept: size(self._payload(kept, drawn)) <= MAX_BYTES
        )
        payload = self._payload(thinnings[min(fitting, len(thinnings) - 1)], drawn)
        if size(payload) > MAX_BYTES:
            raise ValueError(
                _(
                    "The figures take {size} kB even with the shortest sliders, more than {limit} kB; "
                    "please draw fewer points or use fewer controls."
                ).format(size=size(payload) // 1000, limit=MAX_BYTES // 1000)
            )
        return payload

    def description(self, kept: Sequence[Sequence[int]] | None = None) -> dict[str, Any]:
        """Describe the controls, and the sentences that the browser shows, as JSON.

        Parameters
        ----------
        kept : sequence of sequences of int, optional
            Positions that each control has; all of them if not given.
        """
        controls = []
        for number, (name, control) in enumerate(self.controls.items()):
            positions = kept[number] if kept else range(len(control.values))
            controls.append(
                {
                    "name": name,
                    "kind": control.kind,
                    "label": shown(_label(name, control)),
                    "texts": [shown(control.texts[position]) for position in positions],
                    "start": list(positions).index(control.start),
                }
            )
        return {
            "controls": controls,
            "words": words(),
        }

    def _repr_mimebundle_(self, **_kwargs: Any) -> dict[str, Any]:
        names = ", ".join(
            str(shown(_label(name, control))) for name, control in self.controls.items()
        )
        sentence = _(
            "An interactive figure with the controls: {names}. Run this cell in JupyterLab to move them."
        ).format(names=names)
        if os.environ.get("MATNN_BAKE") == "1":
            return {MIME: self.bake(), "text/plain": sentence}
        if self._live is None:
            from matnn_lab.widgets.live import LiveExplorer

            self._live = LiveExplorer(self.description(), self.figure_at)
        bundle, *_metadata = self._live._repr_mimebundle_()
        return bundle | {"text/plain": sentence}

    def _payload(
        self, kept: Sequence[Sequence[int]], drawn: dict[tuple[int, ...], dict[Path, str]]
    ) -> dict[str, Any]:
        figures = pack([drawn[position] for position in product(*kept)])
        return self.description(kept) | {"figures": figures}

    def _leaves_at(self, position: Sequence[int]) -> dict[Path, str]:
        """Draw one figure for the site, which has templates of its own."""
        found = leaves(self.figure_at(position))
        found.pop(("layout", "template"), None)
        return found

    def figure_at(self, position: Sequence[int]) -> go.Figure:
        """Draw the figure with each control at a position among its values.

        Raises
        ------
        ValueError
            If the function fails, or returns something else than a figure.
        """
        values = {
            name: control.values[index]
            for (name, control), index in zip(self.controls.items(), position, strict=True)
        }
        try:
            figure = self.render(**values)
        except Exception as error:
            setting = (
                f"{_label(name, control)} = {control.texts[index]}"
                for (name, control), index in zip(self.controls.items(), position, strict=True)
            )
            raise ValueError(
                _("The figure for {setting} could not be drawn: {error}").format(
                    setting=", ".join(setting),
                    error=shorten(f"{type(error).__name__}: {error}", 200, placeholder="…"),
                )
            ) from error
        if not isinstance(figure, go.Figure):
            raise ValueError(
                _(
                    "The explorer's function returned {given}, expected a plotly figure; please return "
                    "one."
                ).format(given=type(figure).__name__)
            )
        return figure


def _label(name: str, control: Control) -> str:
    return control.label or name.replace("_", " ").capitalize()


def _check_arguments(render: Callable[..., go.Figure], names: list[str]) -> None:
    try:
        inspect.signature(render).bind(**dict.fromkeys(names))
    except TypeError as error:
        raise ValueError(
            _(
                "The function draws with {arguments}, but the controls are {names}; please give one "
                "control for each argument."
            ).format(arguments=inspect.signature(render), names=", ".join(names))
        ) from error


def _thinnings(
    controls: Sequence[Control], kept: Sequence[Sequence[int]]
) -> Iterator[list[tuple[int, ...]]]:
    """Shorten the longest slider by one value at a time, until no slider can be shortened."""
    lengths = [len(positions) for positions in kept]
    starts = [
        positions.index(control.start) for control, positions in zip(controls, kept, strict=True)
    ]
    shortest = [
        len({0, start, length - 1}) if isinstance(control, Slider) else length
        for control, start, length in zip(controls, starts, lengths, strict=True)
    ]
    counts = list(lengths)
    while True:
        yield [
            tuple(positions[index] for index in _spread(length, count, start))
            for positions, length, count, start in zip(kept, lengths, counts, starts, strict=True)
        ]
        longer = [number for number, count in enumerate(counts) if count > shortest[number]]
        if not longer:
            return
        counts[max(longer, key=counts.__getitem__)] -= 1


def _spread(length: int, count: int, start: int) -> list[int]:
    """Choose indices at even distances, both ends and ``start`` among them."""
    chosen = np.rint(np.linspace(0, length - 1, count)).astype(int)
    if start not in chosen:
        chosen[1 + np.abs(chosen[1:-1] - start).argmin()] = start
    return chosen.tolist()
