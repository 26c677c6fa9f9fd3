import json

from bs4 import BeautifulSoup

from matnn_lab.publishing.renderer import PLOTLY_HEIGHT, Renderer, figure_html


def element(figure):
    return BeautifulSoup(figure_html(json.loads(figure.to_json())), "lxml").div


def test_renderer_claims_no_mime_type_in_the_books_of_others():
    assert Renderer.mime_priority_overrides == ()


def test_figure_is_an_image_with_its_description(line):
    div = element(line)
    assert div["role"] == "img"
    assert div["aria-label"] == "A line that rises from 0 to 1."
    assert div.noscript.text == "A line that rises from 0 to 1."


def test_figure_carries_its_data_but_neither_template_nor_width(line):
    stored = json.loads(element(line.update_layout(width=700)).script.text)
    assert stored["data"] == json.loads(line.to_json())["data"]
    assert not {"template", "width"} & set(stored["layout"])


def test_room_is_kept_for_a_figure(line):
    assert element(line)["style"] == f"height: {PLOTLY_HEIGHT}px"
    assert element(line.update_layout(height=600))["style"] == "height: 600px"


def test_text_of_a_figure_cannot_end_its_script(line):
    title = 'a < b </script><b>"&'
    stored = json.loads(element(line.update_layout(title_text=title)).script.text)
    assert stored["layout"]["title"]["text"] == title


def test_description_is_quoted(line):
    assert element(line.update_layout(meta={"alt": '"a" < b'}))["aria-label"] == '"a" < b'
