// Draws the figures and explorers of a page, and follows the reader's color mode.
"use strict";
(() => {
  const root = document.documentElement;
  const matnn = window.matnn;

  matnn.theme = () => ({ template: matnn.templates[root.dataset.theme === "dark" ? "dark" : "light"] });

  const stored = (element) => JSON.parse(element.querySelector("script").textContent);

  function draw(element) {
    const { data, layout, frames } = stored(element);
    // a finger scrolls the page; only a mouse zooms by dragging
    if (matchMedia("(pointer: coarse)").matches) layout.dragmode = false;
    delete layout.width;
    return Plotly.newPlot(element, {
      data,
      layout: { ...layout, ...matnn.theme(), autosize: true },
      frames,
      config: { responsive: true, displayModeBar: false },
    });
  }

  const mount = (element) => matnn.explorer.mount(element, stored(element));

  // One at a time from the top, so that the page answers to the reader in between.
  async function drawAll() {
    for (const element of document.querySelectorAll(".matnn-figure, .matnn-explorer")) {
      await new Promise((resolve) => setTimeout(resolve));
      await (element.matches(".matnn-explorer") ? mount(element) : draw(element));
    }
  }

  function retheme() {
    for (const element of document.querySelectorAll(".matnn-figure.js-plotly-plot")) {
      Plotly.react(element, element.data, { ...element.layout, ...matnn.theme() });
    }
    document.dispatchEvent(new CustomEvent("matnn:theme", { detail: matnn.theme() }));
  }

  let theme = root.dataset.theme;
  new MutationObserver(() => {
    if (root.dataset.theme === theme) return;
    theme = root.dataset.theme;
    retheme();
  }).observe(root, { attributeFilter: ["data-theme"] });

  drawAll();
})();
