// An explorer in the browser: native controls above a plotly figure that is drawn anew when one of them moves.
//
// On the published page every figure is stored in the page (`mount`). In JupyterLab live.js asks Python for
// them (`attach` with a source of its own). Figures come as leaves, see matnn_lab/widgets/payload.py.
(() => {
  const matnn = (window.matnn ??= {});
  const PAUSE_BEFORE_SPEAKING = 700; // ms
  const PATIENCE = 1000; // ms
  const HEIGHT = 420; // px
  let numbered = 0;

  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  function whenPainted(action) {
    requestAnimationFrame(() => setTimeout(action));
  }

  // ---- figures from leaves

  function decode(coded) {
    let flat = coded.list;
    if (coded.d) {
      const scale = 10 ** Math.abs(coded.e);
      let total = 0;
      flat = coded.d.map((step) => {
        if (step === null) return null;
        total += step;
        return coded.e < 0 ? total / scale : total * scale;
      });
    }
    for (const length of (coded.shape ?? []).slice(1).reverse()) {
      const rows = [];
      for (let start = 0; start < flat.length; start += length) rows.push(flat.slice(start, start + length));
      flat = rows;
    }
    return flat;
  }

  // Arrays are decoded once and shared, so that plotly sees by identity what has not changed. Settings, such as
  // the range of an axis, are copied: plotly writes into them when the reader zooms.
  function values(codedOf, decoded = new Map()) {
    return (key) => {
      if (decoded.has(key)) return decoded.get(key);
      const coded = codedOf(key);
      if (coded === null || typeof coded !== "object") return coded;
      if (!("d" in coded || "list" in coded)) return structuredClone(coded);
      decoded.set(key, decode(coded));
      return decoded.get(key);
    };
  }

  function assemble(leaves, valueOf) {
    const figure = { data: [], layout: {} };
    for (const [path, key] of leaves) {
      let node = figure;
      for (let i = 0; i < path.length - 1; i++) node = node[path[i]] ??= typeof path[i + 1] === "number" ? [] : {};
      node[path.at(-1)] = valueOf(key);
    }
    return figure;
  }

  async function inflate(text) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).json();
  }

  // The figures that are stored in the page, by the positions of the controls.
  function stored(payload) {
    const ready = (async () => {
      const packed = payload.figures.deflate ? await inflate(payload.figures.deflate) : payload.figures;
      return { leaves: packed.leaves, valueOf: values((key) => packed.values[key]) };
    })();
    return async (positions) => {
      const { leaves, valueOf } = await ready;
      let number = 0;
      payload.controls.forEach(({ texts }, i) => (number = number * texts.length + positions[i]));
      const here = [];
      for (const [path, column] of leaves) {
        const key = typeof column === "number" ? column : column[number];
        if (key >= 0) here.push([path, key]);
      }
      const figure = assemble(here, valueOf);
      const theme = matnn.theme?.();
      if (theme) figure.layout.template = theme.template;
      return figure;
    };
  }

  // ---- controls

  function slider(control, id, moved) {
    const input = make("input", { type: "range", id, min: 0, max: control.texts.length - 1, step: 1 });
    const output = make("output", { for: id });
    const show = () => {
      output.textContent = control.texts[input.value];
      input.setAttribute("aria-valuetext", output.textContent);
    };
    input.value = control.start;
    input.addEventListener("input", (event) => {
      show();
      moved(Number(input.value), event);
    });
    show();
    return [make("label", { for: id }, control.label), input, output];
  }

  function choice(control, id, moved) {
    const select = make("select", { id }, ...control.texts.map((text) => make("option", {}, text)));
    select.selectedIndex = control.start;
    select.addEventListener("input", (event) => moved(select.selectedIndex, event));
    return [make("label", { for: id }, control.label), select];
  }

  function toggle(control, id, moved) {
    const input = make("input", { type: "checkbox", id });
    input.checked = control.start === 1;
    input.addEventListener("input", (event) => moved(Number(input.checked), event));
    return [input, make("label", { for: id }, control.label)];
  }

  const KINDS = { slider, choice, toggle };

  // ---- an explorer

  // `source(positions)` gives the figure (or a promise of it) for the positions of the controls; what it throws
  // is shown in place of the figure.
  function attach(element, { controls, words }, source) {
    const positions = controls.map((control) => control.start);
    const id = `matnn-explorer-${++numbered}`;
    const group = make("div", { class: "matnn-controls", role: "group", "aria-label": words.controls });
    controls.forEach((control, i) => {
      const moved = (position, event) => {
        positions[i] = position;
        draw(event.timeStamp);
      };
      const parts = KINDS[control.kind](control, `${id}-${i}`, moved);
      // arrow keys belong to the control that has the focus, not to JupyterLab
      parts.forEach((part) => part.setAttribute("data-lm-suppress-shortcuts", "true"));
      group.append(make("div", { class: `matnn-control matnn-${control.kind}` }, ...parts));
    });
    const notice = make("p", { class: "matnn-notice", role: "alert", hidden: "" });
    const plot = make("div", { class: "matnn-figure", role: "img", "aria-busy": "true" });
    const status = make("p", { class: "matnn-status", "aria-live": "polite" });
    element.append(group, notice, plot, status);

    let speaking;
    function speak(sentence) {
      clearTimeout(speaking);
      speaking = setTimeout(() => (status.textContent = sentence), PAUSE_BEFORE_SPEAKING);
    }

    async function show(figure) {
      const alt = figure.layout.meta?.alt ?? "";
      const changed = alt !== plot.getAttribute("aria-label");
      figure.layout.height ??= HEIGHT;
      if (matchMedia("(pointer: coarse)").matches) figure.layout.dragmode = false; // a finger scrolls the page
      figure.layout.uirevision ??= "the reader's zoom and camera";
      plot.hidden = false;
      notice.hidden = true;
      figure.layout.width = plot.offsetWidth || undefined;
      await Plotly.react(plot, figure.data, figure.layout, { displayModeBar: false });
      plot.setAttribute("aria-label", alt);
      return changed ? alt : words.redrawn;
    }

    function tell(sentence, figureStays = false) {
      if (!figureStays) plot.hidden = true;
      notice.hidden = false;
      notice.textContent = sentence;
    }

    // One figure is under way at a time; moves that come meanwhile are answered together by the next one.
    let drawing = false;
    let since = null;
    async function draw(start) {
      since ??= start ?? performance.now();
      if (drawing) return;
      drawing = true;
      while (since !== null) {
        const asked = since;
        since = null;
        plot.setAttribute("aria-busy", "true");
        const waiting = setTimeout(() => tell(words.waiting, "_fullLayout" in plot), PATIENCE);
        try {
          const sentence = await show(await source([...positions]));
          if (start !== undefined) speak(sentence);
        } catch (error) {
          tell(error.message);
        }
        clearTimeout(waiting);
        whenPainted(() => performance.measure("matnn:redraw", { start: asked }));
      }
      plot.setAttribute("aria-busy", "false");
      drawing = false;
    }

    const redraw = () => draw();
    document.addEventListener("matnn:theme", redraw);
    const observer = new ResizeObserver(() => {
      const width = plot._fullLayout?.width ?? 0;
      if (width && plot.offsetWidth && plot.offsetWidth !== width) redraw();
    });
    observer.observe(plot);
    draw();

    return function detach() {
      document.removeEventListener("matnn:theme", redraw);
      observer.disconnect();
      clearTimeout(speaking);
      window.Plotly?.purge(plot);
      [group, notice, plot, status].forEach((part) => part.remove());
    };
  }

  function mount(element, payload) {
    element.dataset.mounted = "true";
    return attach(element, payload, stored(payload));
  }

  function mountAll() {
    for (const script of document.querySelectorAll(".matnn-explorer > script[type='application/json']")) {
      const element = script.parentElement;
      if (!element.dataset.mounted) mount(element, JSON.parse(script.textContent));
    }
  }

  matnn.explorer = { mount, attach, assemble, values };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", mountAll);
  else mountAll();
})();
