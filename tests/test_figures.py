import numpy as np
import pandas as pd
import pytest
from pymatgen.core import Lattice, Structure

from matnn_lab import figures

SALT = Structure.from_spacegroup(
    "Fm-3m", Lattice.cubic(5.64), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]
)


def luminance(color: str) -> float:
    """Relative luminance of WCAG 2.1."""
    channels = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("template", [figures.TEMPLATE, figures.TEMPLATE_DARK])
def test_text_and_marks_stand_out_from_the_page(template):
    page = template.layout.paper_bgcolor
    assert contrast(template.layout.font.color, page) >= 7
    assert all(contrast(color, page) >= 2.2 for color in figures.COLORS)
    assert all(contrast(color, page) >= 3 for color in figures.COLORS[:3])


def test_label_gives_template_titles_and_description():
    fig = figures.label(figures.go.Figure(), alt="Nothing yet.", title="T", x="a (Å)", y="E (eV)")
    assert fig.layout.meta["alt"] == "Nothing yet."
    assert fig.layout.xaxis.title.text == "a (Å)"
    assert fig.layout.template == figures.TEMPLATE


def test_a_figure_without_description_is_refused():
    with pytest.raises(ValueError, match="alt is empty"):
        figures.label(figures.go.Figure(), alt="  ")


def test_plotly_defaults_are_left_alone():
    import plotly.io as pio

    assert pio.templates.default == "plotly"


def test_parity_names_the_error_and_the_trivial_baseline():
    fig = figures.parity(
        [0.0, 2.0, 4.0], [0.0, 2.0, 5.5], quantity="Gap", unit="eV", alt="Parity.", groups="aab"
    )
    assert fig.layout.title.text == "Gap: MAE 0.5 eV (always the mean: 1.33 eV)"
    assert [trace.name for trace in fig.data] == ["a", "b", "prediction = true value"]


def test_the_baseline_of_parity_is_the_mean_of_the_training_targets_if_given():
    fig = figures.parity(
        [1.0, 2.0, 3.0], [1.0, 2.0, 3.0], quantity="Gap", unit="eV", alt="Parity.", mean=5.0
    )
    assert "always the mean: 3 eV" in fig.layout.title.text


@pytest.mark.parametrize(
    ("true", "predicted", "match"),
    [
        ([1.0], [1.0, 2.0], "the same length"),
        ([], [], "the same length"),
        ([1.0, np.nan], [1.0, 2.0], "1 of the values"),
    ],
)
def test_parity_refuses_what_cannot_be_compared(true, predicted, match):
    with pytest.raises(ValueError, match=match):
        figures.parity(true, predicted, quantity="Gap", unit="eV", alt="Parity.")


def test_learning_curve_marks_the_epoch_that_was_kept():
    class Run:
        best_epoch = 2
        frame = pd.DataFrame(
            {"epoch": [1, 2, 3], "train_loss": [3, 2, 1], "validation_loss": [3.0, 2.5, 2.7]}
        )

    fig = figures.learning_curve(Run(), loss="MSE (eV/atom)²", alt="Loss.")
    assert [trace.name for trace in fig.data] == ["training", "validation"]
    assert fig.layout.shapes[0].x0 == 2
    assert fig.layout.annotations[0].text == "kept: epoch 2"


def test_crystal_draws_every_atom_that_touches_the_cell():
    fig = figures.crystal(SALT, alt="Rock salt.")
    count = {trace.name: len(trace.x) for trace in fig.data}
    assert count["Na"] == 8 + 6, "corners and face centers"
    assert count["Cl"] == 12 + 1, "edges and the body center"
    assert count["unit cell"] == 12 * 3, "twelve edges, each two ends and a gap"


def test_crystal_does_not_depend_on_the_cell_in_which_an_atom_is_written():
    moved = SALT.copy()
    moved.translate_sites([0, 4], [1, -1, 0.99999999], to_unit_cell=False)
    count = [len(trace.x) for trace in figures.crystal(moved, alt="Rock salt.").data]
    assert count == [len(trace.x) for trace in figures.crystal(SALT, alt="Rock salt.").data]


def test_crystal_refuses_shared_sites():
    alloy = Structure(Lattice.cubic(3), [{"Ni": 0.5, "Fe": 0.5}], [[0, 0, 0]])
    with pytest.raises(ValueError, match="several elements share"):
        figures.crystal(alloy, alt="Alloy.")


def test_a_skewed_cell_has_twelve_edges_between_corners_that_differ_in_one_vector():
    matrix = np.array([[4.0, 0, 0], [1, 3, 0], [-1, 0.5, 5]])
    edges = figures.cell_edges(matrix)
    assert edges.shape == (12, 2, 3)
    lengths = np.sort(np.linalg.norm(edges[:, 1] - edges[:, 0], axis=1))
    assert lengths == pytest.approx(np.sort(np.repeat(np.linalg.norm(matrix, axis=1), 4)))
    assert len(np.unique(edges.reshape(-1, 3).round(9), axis=0)) == 8


def test_segments_become_one_line_with_gaps():
    x, y, z = figures.broken_line([[[0, 1, 2], [3, 4, 5]], [[6, 7, 8], [9, 10, 11]]])
    assert x == [0, 3, None, 6, 9, None]
    assert z == [2, 5, None, 8, 11, None]
    assert figures.broken_line(np.empty((0, 2, 3))) == ([], [], [])


def test_an_eighth_line_has_another_dash_and_an_eighth_kind_of_points_is_refused():
    styles = figures.line_styles(10)
    assert styles[:7] == [{"color": color} for color in figures.COLORS]
    assert styles[7] == {"color": figures.COLORS[0], "dash": "dash"}
    assert len({tuple(style.items()) for style in figures.line_styles(42)}) == 42
    with pytest.raises(ValueError, match="43 lines were given, but 42 at most"):
        figures.line_styles(43)
    assert figures.colors_for(7) == figures.COLORS
    with pytest.raises(ValueError, match="8 kinds were given, but a figure has 7 colours"):
        figures.colors_for(8)
