
// ---- JupyterLab: the figures come from Python (matnn_lab/widgets/live.py)

function render({ model, el }) {
  const { attach, assemble, values } = window.matnn.explorer;
  const description = model.get("description");
  const pending = new Set();
  let last = { at: String(description.controls.map(({ start }) => start)), answer: model.get("opening") };
  let held = new Map(); // arrays of the figure on the screen, by key

  function ask(want) {
    return new Promise((resolve, reject) => {
      const from = String(Math.random());
      const settle = (message) => {
        if (message.to !== from) return;
        model.off("msg:custom", settle);
        pending.delete(reject);
        resolve(message);
      };
      pending.add(reject);
      model.on("msg:custom", settle);
      model.send({ from, want, have: [...held.keys()] });
    });
  }

  async function loadPlotly() {
    const script = await model.widget_manager.get_model(model.get("plotly").replace("IPY_MODEL_", ""));
    const stream = new Blob([script.get("compressed")]).stream().pipeThrough(new DecompressionStream("deflate"));
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
    const at = String(positions);
    if (at !== last.at) last = { at, answer: await ask(positions) };
    const { answer } = last;
    if (answer.error) throw new Error(answer.error);
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
  const detach = attach(el, description, figure);
  return () => {
    detach();
    pending.forEach((reject) => reject(new Error(description.words.waiting)));
  };
}

export default { render };
