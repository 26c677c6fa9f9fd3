from copy import deepcopy

import pytest

from matnn_lab.course.build import SiteError, build_site
from matnn_lab.publishing.renderer import PLOTLY


def test_folder_without_a_book_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"has no _config\.yml, expected"):
        build_site(tmp_path)


def test_figure_without_a_description_stops_the_build(make_book, notebook, tmp_path):
    mute = deepcopy(notebook)
    del mute.cells[1].outputs[0].data[PLOTLY]["layout"]["meta"]
    with pytest.raises(SiteError) as raised:
        build_site(make_book(tmp_path, notebook=mute))
    message = str(raised.value)
    assert "matnn_lab.figures.label" in message
    assert "\n" not in message
    assert "\x1b" not in message
