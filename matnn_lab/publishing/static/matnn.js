// Draws the figures of a page and follows the reader's color mode. Explorers draw themselves (explorer.js).
"use strict";
(() => {
  const root = document.documentElement;
  const matnn = window.matnn;
  const figures = new Map(); // element -> its figure as it is stored

  function draw(element) {
    if (!figures.has(element)) {
      const figure = JSON.parse(element.querySelector("script").textContent);
      figure.layout.height ??= element.clientHeight;
      figure.layout.uirevision ??= "the reader's zoom and camera";
      figures.set(element, figure);
    }
    const { frames, ...figure } = figures.get(element);
    const { data, layout } = matnn.fit(figure, element.clientWidth);
    Object.assign(layout, matnn.theme(), { autosize: true });
    // a finger scrolls the page; only a mouse zooms by dragging
    if (matchMedia("(pointer: coarse)").matches) layout.dragmode = false;
    element.style.height = `${layout.height}px`;
    return Plotly.react(element, { data, layout, frames, config: { responsive: true, displayModeBar: false } });
  }

  // One at a time from the top, so that the page answers to the reader in between.
  async function drawAll() {
    for (const element of document.querySelectorAll(".matnn-plot")) {
      await new Promise((resolve) => setTimeout(resolve));
      await draw(element);
    }
  }

  let theme = root.dataset.theme;
  new MutationObserver(() => {
    if (root.dataset.theme === theme) return;
    theme = root.dataset.theme;
    figures.forEach((_figure, element) => draw(element));
    document.dispatchEvent(new Event("matnn:theme"));
  }).observe(root, { attributeFilter: ["data-theme"] });

  let width = root.clientWidth;
  addEventListener("resize", () => {
    if (root.clientWidth === width) return; // a phone's address bar comes and goes
    width = root.clientWidth;
    figures.forEach((_figure, element) => draw(element));
  });

  drawAll();
})();
