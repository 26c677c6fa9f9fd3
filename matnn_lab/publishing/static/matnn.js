// Draws the figures of a page and follows the reader's color mode. Explorers draw themselves (explorer.js).
"use strict";
(() => {
  const root = document.documentElement;
  const matnn = window.matnn;
  const figures = new Map(); // element -> its figure as it is stored
  const drawn = new Set();

  function figureOf(element) {
    if (!figures.has(element)) {
      const figure = JSON.parse(element.querySelector("script").textContent);
      figure.layout.height ??= parseFloat(element.style.height);
      figure.layout.uirevision ??= "the reader's zoom and camera";
      figures.set(element, figure);
    }
    return figures.get(element);
  }

  // The room of a figure that is not drawn yet, so that the page does not jump.
  function keepRoom(element, width) {
    element.style.height = `${matnn.fit(figureOf(element), width).layout.height}px`;
  }

  async function draw(element) {
    try {
      await matnn.loadPlotly();
    } catch (error) {
      const notice = document.createElement("p");
      notice.className = "matnn-notice";
      notice.textContent = error.message;
      return element.replaceChildren(notice);
    }
    drawn.add(element);
    const { frames, ...figure } = figureOf(element);
    const { data, layout } = matnn.fit(figure, element.clientWidth);
    Object.assign(layout, matnn.theme(), { autosize: true });
    // a finger scrolls the page; only a mouse zooms by dragging
    if (matchMedia("(pointer: coarse)").matches) layout.dragmode = false;
    element.style.height = `${layout.height}px`;
    return Plotly.react(element, { data, layout, frames, config: { responsive: true, displayModeBar: false } });
  }

  let theme = root.dataset.theme;
  new MutationObserver(() => {
    if (root.dataset.theme === theme) return;
    theme = root.dataset.theme;
    drawn.forEach(draw);
    document.dispatchEvent(new Event("matnn:theme"));
  }).observe(root, { attributeFilter: ["data-theme"] });

  const elements = [...document.querySelectorAll(".matnn-plot")];
  function keepRooms() {
    const widths = elements.map((element) => element.clientWidth);
    elements.forEach((element, i) => drawn.has(element) || keepRoom(element, widths[i]));
  }

  let width = root.clientWidth;
  addEventListener("resize", () => {
    if (root.clientWidth === width) return; // a phone's address bar comes and goes
    width = root.clientWidth;
    keepRooms();
    drawn.forEach(draw);
  });

  keepRooms();
  for (const element of elements) matnn.whenNear(element, () => draw(element));
})();
