"""What every explorer of a notebook must keep."""

from collections.abc import Callable

import pytest

from matnn_lab.widgets import Explorer
from matnn_lab.widgets.payload import read, size


@pytest.fixture
def assert_whole() -> Callable[..., None]:
    """Return a function that bakes an explorer and looks at the figures of all its settings."""

    def look(explorer: Explorer, *, largest: int = 300_000) -> None:
        payload = explorer.bake()
        assert size(payload) < largest
        for control, baked in zip(explorer.controls.values(), payload["controls"], strict=True):
            assert tuple(baked["texts"]) == tuple(control.texts), "the slider was thinned"
        figures = [figure for _setting, figure in read(payload)]
        alts = {figure["layout"]["meta"]["alt"] for figure in figures}
        assert len(alts) == len(figures), "two settings are described by the same words"
        for figure in figures:
            for trace in figure["data"]:
                assert None not in [*trace["x"], *trace["y"]], "a number is not finite"

    return look
