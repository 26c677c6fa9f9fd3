import json
from importlib.resources import files

import numpy as np
import pytest

from matnn_lab.lessons.spectra_cnn import explorers
from matnn_lab.lessons.spectra_cnn.powders import SYSTEMS


def shown(fig):
    return np.array(fig.data[1].y), np.array(fig.data[1].x)


def test_a_larger_cell_moves_lines_down_and_the_last_ones_most():
    small, x = shown(explorers.pattern_figure(a=5.40, size=100, march=1.0))
    large, _ = shown(explorers.pattern_figure(a=5.76, size=100, march=1.0))
    moves = []
    for low, high in ((30, 35), (63.5, 70)):  # (200) and (400)
        inside = (x > low) & (x < high)
        moves.append(x[inside][small[inside].argmax()] - x[inside][large[inside].argmax()])
    assert 1.5 < moves[0] < moves[1]


def test_small_grains_widen_and_keep_the_area():
    sharp, _ = shown(explorers.pattern_figure(a=5.64, size=100, march=1.0))
    broad, _ = shown(explorers.pattern_figure(a=5.64, size=8, march=1.0))
    assert broad.max() < 0.5 * sharp.max()
    assert broad.sum() == pytest.approx(sharp.sum(), rel=0.1)


def test_plates_raise_the_cube_faces_and_lower_the_corners():
    random, x = shown(explorers.pattern_figure(a=5.64, size=100, march=1.0))
    flat, _ = shown(explorers.pattern_figure(a=5.64, size=100, march=0.5))
    face, corner = np.abs(x - 31.7).argmin(), np.abs(x - 27.4).argmin()
    # of the three pairs of faces one lies flat, and the other two stand upright
    assert flat[face] / random[face] == pytest.approx((0.5**-3 + 2 * 0.5**1.5) / 3, rel=0.05)
    assert flat[corner] < random[corner]
    assert flat.max() < 310


def test_every_setting_says_what_it_shows():
    alts = {
        explorers.pattern_figure(a=a, size=size, march=march).layout.meta["alt"]
        for a in explorers.LATTICE_CONSTANTS
        for size in explorers.SIZES_NM
        for march in explorers.MARCH
    }
    assert len(alts) == 48


def test_the_gap_explorer_shows_what_each_network_says():
    def first(patterns):
        return np.eye(6)[[0]]

    def last(patterns):
        return np.eye(6)[[5]]

    networks = {"one": first, "two": last}
    fig = explorers.gap_figure(
        networks, explorers.halite(5.64), ["halite"], crystal="halite", fault="shift", strength=2
    )
    assert list(fig.data[1].y) == [1, 0, 0, 0, 0, 0]
    assert f"two: {SYSTEMS[5]}" in fig.layout.title.text
    explorer = explorers.gap_explorer(networks, explorers.halite(5.64), ["halite", "salt"])
    assert explorer is not None


TOUCHED = """async ([{ data, layout }, width]) => {
    const section = document.createElement("section");
    section.style.width = `${width}px`;
    document.body.append(section);
    const figure = matnn.fit({ data, layout }, width);
    await Plotly.newPlot(section, figure.data, { ...figure.layout, width });
    const box = (element) => element.getBoundingClientRect();
    const legend = box(section.querySelector(".legend"));
    const titles = ".gtitle, .xtitle, .ytitle, .x2title, .y2title";
    const numbers = ".xtick text, .ytick text, .x2tick text, .y2tick text";
    const others = [...section.querySelectorAll(`${titles}, ${numbers}`)];
    const touched = others.filter((other) => box(other).left < legend.right && legend.left < box(other).right
        && box(other).top < legend.bottom && legend.top < box(other).bottom);
    return [others.length, touched.map((other) => other.textContent)];
}"""


@pytest.mark.browser
@pytest.mark.parametrize("width", [358, 560, 720, 858])
def test_the_legend_of_the_gap_explorer_touches_no_title_and_no_number(page, width):
    network = {"trained on ideal": 4, "trained on disturbed": 4}  # the longest name, orthorhombic
    answers = {name: lambda _patterns, k=k: np.eye(6)[[k]] for name, k in network.items()}
    fig = explorers.gap_figure(
        answers, explorers.halite(5.64), ["halite"], crystal="halite", fault="shift", strength=2
    )
    page.add_script_tag(path=str(files("plotly") / "package_data" / "plotly.min.js"))
    page.add_script_tag(path=str(files("matnn_lab.widgets") / "static" / "explorer.js"))
    n_others, touched = page.evaluate(TOUCHED, [json.loads(fig.to_json()), width])
    assert n_others > 15
    assert touched == []


@pytest.mark.parametrize("fault", explorers.FAULTS)
def test_a_fault_of_no_strength_is_none_and_grows(fault):
    from matnn_lab.representations.spectra import Measurement, powder_patterns

    def seen(strength):
        how = explorers.disturbed(fault, strength)
        return powder_patterns(explorers.halite(5.64), how, np.random.default_rng(0))

    ideal = powder_patterns(explorers.halite(5.64), Measurement.ideal(1), np.random.default_rng(0))
    changes = [np.abs(seen(strength) - ideal).max() for strength in explorers.STEPS]
    assert changes[0] == 0
    assert all(change > 0 for change in changes[1:])
    assert changes[4] > changes[1]


def test_a_fault_and_a_size_that_are_none_are_refused_in_a_sentence():
    with pytest.raises(ValueError, match="The fault 'smell' is not known"):
        explorers.disturbed("smell", 1)
    with pytest.raises(ValueError, match=r"sizes \(nm\)"):
        explorers.pattern_figure(a=5.64, size=0, march=1.0)
