"""Draw the pictures of explorers on the welcome page, the card of a shared link, the film of the README.

``python scripts/write_posters.py`` takes the explorers as they are baked in the notebooks and draws them with
plotly in a Chromium, for both color modes, and for a wide page and a phone. Three small ones stand side by
side: each shows the first panel of its explorer, as high as the others, at the size at which it is seen.
"""

import json
import re
from html import escape
from io import BytesIO
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from matnn_lab.course.environment import ROOT
from matnn_lab.figures import TEMPLATE, TEMPLATE_DARK
from matnn_lab.publishing.extension import THEME, _package
from matnn_lab.publishing.welcome import MODES, WIDTHS, find_explorer, fingerprint, poster_name
from matnn_lab.widgets.page import explorer_html
from matnn_lab.widgets.payload import read

IMAGES = ROOT / "book/images"
CARD = ROOT / "matnn_lab/publishing/static/card.png"
SHOWN = re.compile(
    r"^(?:```|:::)\{(explorer|picture)\} (\S+) (\S+)(?:\n:alt: (.+))?$", re.MULTILINE
)
START = ("wide", "light")
PIXELS = {"wide": 760, "narrow": 340, "small": 340}
SMALL = (250, 400)  # px
DRAW_SMALL = """async ([{ data, layout }, width, height]) => {
  const plot = document.querySelector(".small");
  const needed = matnn.fit({ data, layout: { ...layout, height } }, width).layout.height;
  const fitted = matnn.fit({ data, layout: { ...layout, height: 2 * height - needed } }, width);
  Object.assign(fitted.layout, matnn.theme(), { width });
  await Plotly.newPlot(plot, fitted.data, fitted.layout);
  const url = await Plotly.toImage(plot, { format: "svg", width, height: fitted.layout.height });
  return decodeURIComponent(url.slice(url.indexOf(",") + 1));
}"""
DRAW = """async () => {
  const plot = document.querySelector(".matnn-figure");
  const { width, height } = plot._fullLayout;
  const url = await Plotly.toImage(plot, { format: "svg", width, height });
  return [decodeURIComponent(url.slice(url.indexOf(",") + 1)), plot.getAttribute("aria-label")];
}"""
CARD_PAGE = """<body style="margin: 0; background: #fff; font-family: 'DejaVu Sans', sans-serif;
width: 1200px; height: 630px; display: grid; grid-template-columns: 440px 1fr; align-items: center;
gap: 20px"><div style="padding-left: 60px"><img src="{mark}" width="120" alt="">
<h1 style="font-size: 46px; line-height: 1.15; margin: 30px 0 24px">Neural networks for materials science</h1>
<p style="font-size: 23px; line-height: 1.4; margin: 0">A course in notebooks:<br>
understand them, train them,<br>say how far to trust them.</p></div>
<img src="{picture}" width="720" alt=""></body>"""


def film(page: Page, path: Path) -> None:
    """Record the explorer that the page shows while its controls are moved, as a GIF that repeats."""
    frames = []
    slider, select = page.locator("input[type=range]"), page.locator("select")
    still = "() => document.querySelector('.matnn-figure').getAttribute('aria-busy') === 'false'"
    for choice in range(select.locator("option").count()):
        select.select_option(index=choice)
        for position in range(int(slider.get_attribute("max")) + 1):
            slider.fill(str(position))
            page.wait_for_timeout(150)
            page.wait_for_function(still)
            picture = page.locator(".matnn-explorer").screenshot()
            frames.append(Image.open(BytesIO(picture)).convert("RGB"))
    size = (min(frame.width for frame in frames), min(frame.height for frame in frames))
    frames = [frame.crop((0, 0, *size)).quantize(64, dither=Image.Dither.NONE) for frame in frames]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=700, loop=0)


def first_panel(payload: dict) -> dict:
    """Return the first panel of an explorer at its start, as a figure of its own."""
    start = {control["name"]: control["start"] for control in payload["controls"]}
    figure = next(figure for setting, figure in read(payload) if setting == start)
    layout = {k: v for k, v in figure["layout"].items() if not re.fullmatch(r"[xy]axis\d+", k)}
    for axis in ("xaxis", "yaxis"):
        layout[axis] = {k: v for k, v in layout.get(axis, {}).items() if k != "domain"}
    data = [trace for trace in figure["data"] if trace.get("xaxis", "x") == "x"]
    return {"data": data, "layout": layout}


def draw(
    page: Page, folder: Path, payload: dict, width: str, mode: str, said: str | None = None
) -> str:
    """Return an explorer at its start as SVG, with its description and its fingerprint."""
    templates = {"light": TEMPLATE.to_plotly_json(), "dark": TEMPLATE_DARK.to_plotly_json()}
    (folder / "page.html").write_text(
        f'<!doctype html><html data-theme="{mode}"><meta charset="utf-8">'
        f"<style>{(_package('matnn_lab.widgets') / 'static/explorer.css').read_text()}"
        ".matnn-explorer {border: 0 !important; margin: 0; padding: 0 !important}</style>"
        '<body style="margin: 0; font-family: sans-serif; '
        f'width: {PIXELS[width]}px"><div class="small"></div>{explorer_html(payload)}'
        f"<script>window.matnn = {{templates: {json.dumps(templates)}}};{THEME}</script>"
        f'<script src="{_package("plotly") / "package_data/plotly.min.js"}"></script>'
        f'<script src="{_package("matnn_lab.widgets") / "static/explorer.js"}"></script>',
        encoding="utf-8",
    )
    page.goto((folder / "page.html").as_uri())
    page.wait_for_selector(".matnn-figure[aria-busy=false] .plot-container", timeout=60_000)
    if width == "small":
        svg, alt = page.evaluate(DRAW_SMALL, [first_panel(payload), *SMALL]), said
    else:
        svg, alt = page.evaluate(DRAW)
    start = svg.index(">") + 1
    height, wide = (re.search(rf'\b{name}="(\d+)"', svg)[1] for name in ("height", "width"))
    head = svg[:start]
    if "viewBox" not in head:
        head = head[:-1] + f' viewBox="0 0 {wide} {height}">'
    body = re.sub(r"(\d+\.\d{2})\d+", r"\1", svg[start:])
    return f"{head}<title>{escape(alt)}</title><!-- {fingerprint(payload)} -->{body}"


def main() -> None:
    intro = (ROOT / "book/intro.md").read_text(encoding="utf-8")
    with sync_playwright() as playwright, TemporaryDirectory() as folder:
        options = ["--no-sandbox", "--enable-unsafe-swiftshader", "--allow-file-access-from-files"]
        found = which("chromium") or which("google-chrome")
        browser = playwright.chromium.launch(executable_path=found, args=options)
        page = browser.new_page(viewport={"width": 1200, "height": 630})
        for kind, file, function, said in SHOWN.findall(intro):
            payload = find_explorer(ROOT / f"notebooks/{file}.ipynb", function)
            for width in WIDTHS if kind == "explorer" else ("small",):
                for mode in MODES:
                    name = f"{poster_name(file, function)}_{width}_{mode}.svg"
                    svg = draw(page, Path(folder), payload, width, mode, said)
                    (IMAGES / name).write_text(svg, encoding="utf-8")
                    print(name, f"{len(svg) // 1000} kB")
        _kind, file, function, _said = SHOWN.search(intro).groups()
        picture = IMAGES / f"{poster_name(file, function)}_wide_light.svg"
        mark = ROOT / "book/images/mark.svg"
        draw(page, Path(folder), find_explorer(ROOT / f"notebooks/{file}.ipynb", function), *START)
        film(page, IMAGES / "explorer.gif")
        card = Path(folder, "card.html")
        card.write_text(
            CARD_PAGE.format(mark=mark.as_uri(), picture=picture.as_uri()), encoding="utf-8"
        )
        page.goto(card.as_uri())
        page.wait_for_load_state("networkidle")
        page.screenshot(path=CARD)
        browser.close()


if __name__ == "__main__":
    main()
