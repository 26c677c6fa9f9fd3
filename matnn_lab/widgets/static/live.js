
// ---- JupyterLab: the figures come from Python (matnn_lab/widgets/live.py)

function render({ model, el }) {
  const { attach, assemble, values } = window.matnn.explorer;
  const pending = new Set();
  let held = new Map(); // arrays of the figure on the screen, by key

  function ask(want) {
    return new Promise((resolve, reject) => {
      const from = String(Math.random());
      const settle = (message, buffers) => {
        if (message.to !== from) return;
        model.off("msg:custom", settle);
        pending.delete(reject);
        if (message.error) reject(new Error(message.error));
        else resolve([message, buffers]);
      };
      pending.add(reject);
      model.on("msg:custom", settle);
      model.send({ from, want, have: [...held.keys()] });
    });
  }

  // plotly.js is in no web address that every Jupyter serves, so it comes from Python, once for each page.
  async function loadPlotly() {
    const [, [bytes]] = await ask("plotly");
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    const source = await new Response(stream).text();
    const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    await import(address);
    URL.revokeObjectURL(address);
  }

  async function figure(positions) {
    if (!window.Plotly) {
      window.matnn.loading ??= loadPlotly().finally(() => delete window.matnn.loading);
      await window.matnn.loading;
    }
    const [answer] = await ask(positions);
    const before = held;
    held = new Map();
    const decoded = new Map();
    const valueOf = values((key) => JSON.parse(answer.values[key]), decoded);
    for (const [, key] of answer.leaves) if (before.has(key)) decoded.set(key, before.get(key));
    const made = assemble(answer.leaves, valueOf);
    held = decoded;
    return made;
  }

  el.classList.add("matnn-explorer");
  const detach = attach(el, model.get("description"), figure);
  return () => {
    detach();
    pending.forEach((reject) => reject(new Error(model.get("description").words.waiting)));
  };
}

export default { render };
