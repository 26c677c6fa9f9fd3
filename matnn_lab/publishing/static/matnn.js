// Draws the figures of a page and follows the reader's color mode. Explorers draw themselves (explorer.js).
"use strict";
(() => {
  const root = document.documentElement;
  const matnn = window.matnn;
  matnn.theme = () => ({ template: matnn.templates[root.dataset.theme === "dark" ? "dark" : "light"] });

  function draw(element) {
    const { data, layout, frames } = JSON.parse(element.querySelector("script").textContent);
    // a finger scrolls the page; only a mouse zooms by dragging
    if (matchMedia("(pointer: coarse)").matches) layout.dragmode = false;
    return Plotly.newPlot(element, {
      data,
      layout: { ...layout, ...matnn.theme(), autosize: true },
      frames,
      config: { responsive: true, displayModeBar: false },
    });
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
    for (const plot of document.querySelectorAll(".matnn-plot.js-plotly-plot")) {
      Plotly.react(plot, plot.data, { ...plot.layout, ...matnn.theme() });
    }
    document.dispatchEvent(new Event("matnn:theme"));
  }).observe(root, { attributeFilter: ["data-theme"] });

  drawAll();
})();
