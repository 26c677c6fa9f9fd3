// An explorer in the browser: native controls above a plotly figure that is drawn anew when one of them moves.
//
// On the published page every figure is stored in the page (`mount`). In JupyterLab live.js asks Python for
// them (`attach` with a source of its own). Figures come as leaves, see matnn_lab/widgets/payload.py.
(() => {
  const matnn = (window.matnn ??= {});
  const PAUSE_BEFORE_SPEAKING = 700; // ms
  const PATIENCE = 1000; // ms
  const HEIGHT = 420; // px
  const NARROWEST_LARGE = 760; // px, of an explorer that fills the screen, before it is scaled
  const SELF = document.currentScript?.src; // beside it lies plotly; JupyterLab has no such place
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

  // Settings of a figure, which plotly writes into.
  function copy(value) {
    return value === undefined ? value : JSON.parse(JSON.stringify(value));
  }

  // Arrays are decoded once and shared, so that plotly sees by identity what has not changed. Settings, such as
  // the range of an axis, are copied: plotly writes into them when the reader zooms.
  function values(codedOf, decoded = new Map()) {
    return (key) => {
      if (decoded.has(key)) return decoded.get(key);
      const coded = codedOf(key);
      if (coded === null || typeof coded !== "object") return coded;
      if (!("d" in coded || "list" in coded)) return copy(coded);
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
    if (!window.DecompressionStream) return JSON.parse(new TextDecoder().decode(inflateHere(bytes)));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).json();
  }

  // What DecompressionStream does, for browsers older than that (RFC 1951, behind the two bytes of RFC 1950).
  function inflateHere(bytes) {
    const out = [];
    let at = 16; // in bits
    const bits = (count) => {
      let value = 0;
      for (let i = 0; i < count; i++, at++) value |= ((bytes[at >> 3] >> (at & 7)) & 1) << i;
      return value;
    };
    // a code is its lengths; symbols of one length are numbered in order
    const code = (lengths) => {
      const counts = Array(16).fill(0);
      lengths.forEach((length) => length && counts[length]++);
      const symbols = [];
      for (let n = 1; n < 16; n++) lengths.forEach((length, symbol) => length === n && symbols.push(symbol));
      return () => {
        for (let value = 0, first = 0, index = 0, n = 1; n < 16; n++) {
          value |= bits(1);
          if (value - first < counts[n]) return symbols[index + value - first];
          index += counts[n];
          first = (first + counts[n]) << 1;
          value <<= 1;
        }
        throw new Error("The figures of this page are damaged.");
      };
    };
    const repeat = (count, length) => Array(count).fill(length);
    const steps = (count, group, shift) => {
      const [bases, extras] = [[], []];
      for (let i = 0, base = shift; i < count; i++) {
        extras.push(Math.max(0, Math.floor(i / group) - 1));
        bases.push(base);
        base += 1 << extras[i];
      }
      return [bases, extras];
    };
    const [lengthBase, lengthExtra] = steps(28, 4, 3);
    lengthBase.push(258), lengthExtra.push(0);
    const [distanceBase, distanceExtra] = steps(30, 2, 1);
    for (let last = 0; !last; ) {
      last = bits(1);
      const type = bits(2);
      if (type === 0) {
        at = (at + 7) & ~7;
        const length = bits(16);
        at += 16;
        for (let i = 0; i < length; i++) out.push(bits(8));
        continue;
      }
      let literals = code([...repeat(144, 8), ...repeat(112, 9), ...repeat(24, 7), ...repeat(8, 8)]);
      let distances = code(repeat(30, 5));
      if (type === 2) {
        const [literal, distance, meta] = [bits(5) + 257, bits(5) + 1, bits(4) + 4];
        const order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
        const metaLengths = repeat(19, 0);
        for (let i = 0; i < meta; i++) metaLengths[order[i]] = bits(3);
        const next = code(metaLengths);
        const lengths = [];
        while (lengths.length < literal + distance) {
          const symbol = next();
          if (symbol < 16) lengths.push(symbol);
          else if (symbol === 16) lengths.push(...repeat(3 + bits(2), lengths.at(-1)));
          else lengths.push(...repeat(symbol === 17 ? 3 + bits(3) : 11 + bits(7), 0));
        }
        literals = code(lengths.slice(0, literal));
        distances = code(lengths.slice(literal));
      }
      for (let symbol; (symbol = literals()) !== 256; ) {
        if (symbol < 256) {
          out.push(symbol);
          continue;
        }
        const length = lengthBase[symbol - 257] + bits(lengthExtra[symbol - 257]);
        const number = distances();
        const back = distanceBase[number] + bits(distanceExtra[number]);
        for (let i = 0; i < length; i++) out.push(out[out.length - back]);
      }
    }
    return Uint8Array.from(out);
  }

  // ---- narrow screens

  const NARROW = 600; // px
  const STACKED = 500; // px
  const PANEL = 250; // px, the height of a panel that stands below another
  const PICTURE = 220; // px, of one without axes
  const LINE = 22; // px, a line of a title or a row of a legend

  // Break a text with tags into lines; what stands between brackets of a tag takes no room.
  function wrap(text, letters) {
    return text
      .split(/<br\s*\/?>/)
      .flatMap((line) => {
        const lines = [];
        for (const word of line.split(" ")) {
          const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
          if (lines.length && longer.replace(/<[^>]*>/g, "").length <= letters) lines[lines.length - 1] = longer;
          else lines.push(word);
        }
        return lines;
      })
      .join("<br>");
  }

  function linesOf(text) {
    return text ? text.split("<br>").length : 0;
  }

  // The columns of a figure from the left, each with its axes and scenes; what overlaps is one column.
  function columnsOf(layout) {
    const columns = [];
    const parts = Object.keys(layout).filter((key) => /^(xaxis|scene)\d*$/.test(key) && !layout[key].overlaying);
    const spanOf = (key) => (key[0] === "s" ? layout[key].domain?.x : layout[key].domain) ?? [0, 1];
    for (const key of parts.sort((one, other) => spanOf(one)[0] - spanOf(other)[0])) {
      const [from, to] = spanOf(key);
      const last = columns.at(-1);
      if (last && from < last.to - 1e-6) {
        last.to = Math.max(last.to, to);
        last.keys.push(key);
      } else columns.push({ from, to, keys: [key] });
    }
    for (const key of Object.keys(layout).filter((key) => /^yaxis\d*$/.test(key) && !layout[key].overlaying)) {
      const beside = (layout[key].anchor ?? "x").replace("x", "xaxis");
      columns.find(({ keys }) => keys.includes(beside))?.keys.push(key);
    }
    for (const column of columns) column.isPicture = column.keys.every((key) => layout[key].visible === false);
    return columns;
  }

  // Panels that stand side by side, one below another: the left one is the first. Of pictures two stand in a row.
  // `before` is the height of the plot, px; the new one is returned.
  function stack(data, layout, width, margin, before) {
    const columns = columnsOf(layout);
    const room = width - margin.l - margin.r;
    const rows = [];
    for (const column of columns) {
      const last = rows.at(-1);
      if (column.isPicture && last?.length === 1 && last[0].isPicture) last.push(column);
      else rows.push([column]);
    }
    const at = (x) => columns.find(({ to }) => x <= to + 1e-6) ?? columns.at(-1);
    const isHeading = (note) => (note.xref ?? "paper") === "paper" && (note.yref ?? "paper") === "paper" && note.y >= 1;
    let height = 0;
    for (const row of rows) {
      row.forEach((column, i) => {
        column.x = row.length === 1 ? [0, 1] : [[0, 0.47], [0.53, 1]][i];
        if (row.length === 1 && column.isPicture && rows[0].length === 2) column.x = [0.265, 0.735]; // as large as they
        const across = room * (column.x[1] - column.x[0]);
        const starts = column.keys.filter((key) => key[0] === "y").map((key) => layout[key].domain?.[0] ?? 0);
        if (column.isPicture) column.height = Math.min(across, PICTURE);
        else column.height = new Set(starts).size > 1 ? before : Math.min(before, PANEL);
        const notes = (layout.annotations ?? []).filter((note) => isHeading(note) && at(note.x) === column);
        column.above = Math.max(0, ...notes.map((note) => LINE * linesOf(wrap(note.text, across / 7))));
        const titles = column.keys.filter((key) => key[0] === "x").map((key) => wrap(layout[key].title.text, across / 7));
        column.below = column.isPicture || column.keys.some((key) => key[0] === "s") ? 8 : 32 + 20 * Math.max(...titles.map(linesOf));
      });
      const tallest = (part) => Math.max(...row.map((column) => column[part]));
      if (row === rows[0]) margin.t += tallest("above");
      else height += tallest("above") + 12;
      for (const column of row) column.top = height;
      height += tallest("height");
      row.end = height;
      if (row !== rows.at(-1)) height += tallest("below");
    }
    for (const row of rows) for (const column of row) column.y = [1 - row.end / height, 1 - column.top / height];
    const toX = ({ x, from, to }, old) => x[0] + ((old - from) / (to - from)) * (x[1] - x[0]);
    // above a panel the distance stays, in px
    const toY = ({ y }, old) => (old > 1 ? y[1] + ((old - 1) * before) / height : y[0] + old * (y[1] - y[0]));

    layout = { ...layout };
    for (const column of columns) {
      const x = (span = [0, 1]) => span.map((end) => toX(column, end));
      const y = (span = [0, 1]) => span.map((end) => toY(column, end));
      for (const key of column.keys) {
        const part = { ...layout[key] };
        if (key[0] === "s") part.domain = { x: x(part.domain?.x), y: y(part.domain?.y) };
        else part.domain = key[0] === "x" ? x(part.domain ?? [column.from, column.to]) : y(part.domain);
        // numbers and a title that were those of the panel at its left
        const shared = part.matches?.replace("y", "yaxis");
        if (key[0] === "y" && shared in layout && !column.keys.includes(shared)) {
          part.showticklabels = true;
          part.title = { ...layout[shared].title };
        }
        layout[key] = part;
      }
    }
    const onPaper = (item, letter) => (item[`${letter}ref`] ?? "paper") === "paper";
    layout.annotations = layout.annotations?.map((note) => {
      if (!onPaper(note, "x")) return note;
      const column = at(note.x);
      const across = room * (column.x[1] - column.x[0]);
      const text = isHeading(note) ? wrap(note.text, across / 7) : note.text;
      return { ...note, text, x: toX(column, note.x), y: onPaper(note, "y") ? toY(column, note.y) : note.y };
    });
    layout.shapes = layout.shapes?.map((shape) => {
      if (!onPaper(shape, "x")) return shape;
      const column = at((shape.x0 + shape.x1) / 2);
      const moved = { ...shape, x0: toX(column, shape.x0), x1: toX(column, shape.x1) };
      return onPaper(shape, "y") ? { ...moved, y0: toY(column, shape.y0), y1: toY(column, shape.y1) } : moved;
    });
    data = data.map((trace) => {
      const column = columns.find(({ keys }) => keys.includes((trace.xaxis ?? "x").replace("x", "xaxis")));
      const isMap = ["heatmap", "contour"].includes(trace.type) && trace.showscale !== false && !trace.coloraxis;
      const place = ({ y = 0.5, len = 1, x, ...bar } = {}) => ({
        ...bar,
        ...(x === undefined || x > 1 ? {} : { x: toX(column, x) }),
        y: toY(column, y),
        len: bar.lenmode === "pixels" ? len : len * (column.y[1] - column.y[0]),
      });
      if (!column) return trace;
      if (trace.colorbar || isMap) return { ...trace, colorbar: place(trace.colorbar) };
      if (trace.marker?.colorbar) return { ...trace, marker: { ...trace.marker, colorbar: place(trace.marker.colorbar) } };
      return trace;
    });
    return { data, layout, plot: height };
  }

  // A figure for the room there is: on a phone the legend stands below, long titles take several lines, and panels
  // that stand side by side one below another. No title means none, not plotly's invitation to write one.
  function fit({ data, layout }, width) {
    const height = layout.height ?? HEIGHT;
    layout = { ...layout, height };
    const title = typeof layout.title === "string" ? { text: layout.title } : { ...layout.title };
    layout.title = { ...title, text: title.text ?? "" };
    const axes = Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key));
    for (const key of axes) {
      const named = layout[key].title;
      layout[key] = { ...layout[key], title: typeof named === "string" ? { text: named } : { text: "", ...named } };
    }
    if (!width || width >= NARROW) return { data, layout };
    const hasAxes = axes.some((key) => layout[key].visible !== false);
    const margin = { t: 56, b: 56, ...layout.margin, l: hasAxes ? 48 : 8, r: 8 };
    layout.font = { ...layout.font, size: 12 };
    const text = wrap(layout.title.text, width / 8);
    const lines = linesOf(text);
    const pad = { t: lines > 1 ? 22 : 12 }; // plotly puts the first of several lines higher
    layout.title = { ...layout.title, text, font: { ...layout.title.font, size: 14 }, y: 1, yanchor: "top", pad };
    let plot = height - margin.t - margin.b; // px, kept whatever stands above and below
    if (lines) margin.t = Math.max(margin.t, LINE * (lines + 1));
    if (width < STACKED && columnsOf(layout).length > 1) {
      margin.t = LINE * (lines + 1);
      ({ data, layout, plot } = stack(data, layout, width, margin, plot));
    }
    let below = hasAxes ? 60 : 16; // of the plot: the axis and its title
    for (const key of axes) {
      const room = key[0] === "x" ? width - 80 : plot;
      const [from, to] = layout[key].domain ?? [0, 1];
      layout[key].title = { ...layout[key].title, text: wrap(layout[key].title.text, (room * (to - from)) / 7) };
      if (key[0] === "x") below = Math.max(below, 60 + 18 * (linesOf(layout[key].title.text) - 1));
    }
    margin.b = below;
    const given = data;
    const named = data.filter((trace) => trace.showlegend ?? Boolean(trace.name));
    const isOne = named.length === 1 && !named[0].showlegend && !layout.showlegend;
    if (layout.showlegend !== false && named.length && !isOne) {
      data = data.map((trace) => (trace.name ? { ...trace, name: wrap(trace.name, (width - 66) / 7) } : trace));
      const names = data.filter((_trace, i) => named.includes(given[i])).flatMap(({ name }) => `${name}`.split("<br>"));
      const letters = names.map((line) => line.replace(/<[^>]*>/g, "").length);
      const columns = Math.max(1, Math.floor((width - 20) / (7 * Math.max(...letters) + 46)));
      const rows = Math.ceil(names.length / columns);
      margin.b += LINE * rows;
      layout.legend = { ...layout.legend, orientation: "h", x: 0, xanchor: "left", y: -below / plot, yanchor: "top" };
    }
    layout.margin = margin;
    layout.height = plot + margin.t + margin.b;
    return { data, layout };
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
    const input = make("input", { type: "range", id, autocomplete: "off", min: 0, max: control.texts.length - 1, step: 1 });
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
    const at = () => (show(), Number(input.value));
    return { at, parts: [make("label", { for: id }, control.label), input, output] };
  }

  function choice(control, id, moved) {
    const select = make("select", { id, autocomplete: "off" }, ...control.texts.map((text) => make("option", {}, text)));
    select.selectedIndex = control.start;
    select.addEventListener("input", (event) => moved(select.selectedIndex, event));
    return { at: () => select.selectedIndex, parts: [make("label", { for: id }, control.label), select] };
  }

  function toggle(control, id, moved) {
    const input = make("input", { type: "checkbox", id, autocomplete: "off" });
    input.checked = control.start === 1;
    input.addEventListener("input", (event) => moved(Number(input.checked), event));
    return { at: () => Number(input.checked), parts: [input, make("label", { for: id }, control.label)] };
  }

  const KINDS = { slider, choice, toggle };

  // ---- plotly, which a page loads only when it has something to draw

  const SOURCE = SELF && new URL("plotly.min.js", SELF);
  let loading;
  function loadPlotly() {
    if (window.Plotly || !SOURCE) return undefined;
    loading ??= new Promise((resolve, reject) => {
      const script = make("script", { src: SOURCE });
      script.addEventListener("load", resolve);
      script.addEventListener("error", () => {
        loading = undefined;
        reject(new Error(`${script.src} cannot be loaded.`));
      });
      document.head.append(script);
    });
    return loading;
  }

  // A printer does not wait for what is still under way.
  function loadPlotlyAtOnce() {
    if (window.Plotly || !SOURCE) return;
    const request = new XMLHttpRequest();
    request.open("GET", SOURCE, false);
    request.send();
    document.head.append(make("script", {}, request.responseText));
  }

  // ---- a figure is drawn when it comes near the screen, and before printing

  const NEAR = 800; // px, above and below the screen
  const undrawn = new Map(); // element -> what draws it
  let queue = Promise.resolve();

  // One at a time, so that the page answers to the reader in between; what has been passed meanwhile waits again.
  function drawNext(element) {
    queue = queue
      .then(() => new Promise((resolve) => setTimeout(resolve)))
      .then(() => {
        const { top, bottom } = element.getBoundingClientRect();
        if (!sight || (bottom > -NEAR && top < innerHeight + NEAR)) return drawNow(element);
        if (undrawn.has(element)) sight.observe(element);
      })
      .catch((error) => console.error(error));
  }

  function drawNow(element) {
    const draw = undrawn.get(element);
    undrawn.delete(element);
    sight?.unobserve(element);
    return draw?.();
  }

  const distance = ({ boundingClientRect: { top } }) => Math.abs(top);
  const sight =
    window.IntersectionObserver &&
    new IntersectionObserver(
      (entries) => {
        const near = entries.filter((entry) => entry.isIntersecting);
        for (const { target } of near.sort((one, other) => distance(one) - distance(other))) {
          sight.unobserve(target);
          drawNext(target);
        }
      },
      { rootMargin: `${NEAR}px 0px` },
    );

  function whenNear(element, draw) {
    undrawn.set(element, draw);
    if (sight) sight.observe(element);
    else drawNext(element);
    return () => (undrawn.delete(element), sight?.unobserve(element));
  }

  addEventListener("beforeprint", () => {
    if (!undrawn.size) return;
    loadPlotlyAtOnce();
    for (const element of [...undrawn.keys()]) drawNow(element);
  });

  // Who scrolls will see a figure soon.
  function fetchPlotly() {
    if (undrawn.size && !window.Plotly && SOURCE) document.head.append(make("link", { rel: "prefetch", href: SOURCE }));
  }
  addEventListener("scroll", fetchPlotly, { once: true, passive: true });

  // ---- an explorer

  // `source(positions)` gives the figure (or a promise of it) for the positions of the controls; what it throws
  // is shown in place of the figure. With `later(plot, draw)` the first figure is drawn when that calls `draw`.
  function attach(element, { controls, words }, source, later) {
    const positions = controls.map((control) => control.start);
    const id = `matnn-explorer-${++numbered}`;
    const name = make("p", { class: "matnn-name" }, words.explorer);
    const enlarge = make("button", { class: "matnn-enlarge", type: "button" }, words.enlarge);
    const group = make("div", { class: "matnn-controls", role: "group", "aria-label": words.controls });
    const readings = controls.map((control, i) => {
      const moved = (position, event) => {
        positions[i] = position;
        draw(event.timeStamp);
      };
      const { at, parts } = KINDS[control.kind](control, `${id}-${i}`, moved);
      // arrow keys belong to the control that has the focus, not to JupyterLab
      parts.forEach((part) => part.setAttribute("data-lm-suppress-shortcuts", "true"));
      group.append(make("div", { class: `matnn-control matnn-${control.kind}` }, ...parts));
      return at;
    });
    const notice = make("p", { class: "matnn-notice", role: "alert", hidden: "" });
    const plot = make("div", { class: "matnn-figure", role: "img", "aria-busy": "true" });
    const status = make("p", { class: "matnn-status", "aria-live": "polite" });
    const poster = element.querySelector(".matnn-poster");
    if (poster) plot.append(poster);
    const stage = make("div", { class: "matnn-stage" }, enlarge, name, group, notice, plot, status);
    element.append(stage);
    enlarge.hidden = !document.fullscreenEnabled;
    enlarge.addEventListener("click", () => {
      if (document.fullscreenElement === element) document.exitFullscreen();
      else element.requestFullscreen();
    });

    // For a class: everything grows together until the width or the height of the screen is reached.
    function fillScreen() {
      const large = document.fullscreenElement === element;
      enlarge.textContent = large ? words.reduce : words.enlarge;
      stage.removeAttribute("style");
      if (!large) return;
      stage.style.inlineSize = `${NARROWEST_LARGE}px`;
      const room = Math.min(element.clientWidth / NARROWEST_LARGE, element.clientHeight / stage.offsetHeight);
      const scale = Math.max(1, room);
      stage.style.inlineSize = `${element.clientWidth / scale}px`;
      stage.style.transform = `scale(${scale})`;
    }
    document.addEventListener("fullscreenchange", fillScreen);

    let speaking;
    function speak(sentence) {
      clearTimeout(speaking);
      speaking = setTimeout(() => (status.textContent = sentence), PAUSE_BEFORE_SPEAKING);
    }

    let drawn = false;
    // The room of a figure that is not drawn yet, so that the page does not jump, and what it says.
    function reserve(figure) {
      plot.style.minBlockSize = `${fit(figure, plot.offsetWidth).layout.height}px`;
      plot.setAttribute("aria-label", figure.layout.meta?.alt ?? "");
    }

    async function show(figure) {
      const alt = figure.layout.meta?.alt ?? "";
      const changed = alt !== plot.getAttribute("aria-label");
      if (matchMedia("(pointer: coarse)").matches) figure.layout.dragmode = false; // a finger scrolls the page
      figure.layout.uirevision ??= "the reader's zoom and camera";
      await loadPlotly();
      poster?.remove();
      plot.hidden = false; // only now: while Plotly was loading, a notice may have taken its place
      const { data, layout } = fit(figure, plot.offsetWidth);
      layout.width = plot.offsetWidth || undefined;
      drawn = true;
      plot.style.minBlockSize = "";
      await Plotly.react(plot, data, layout, { displayModeBar: false });
      notice.hidden = true;
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
        const waiting = setTimeout(() => tell(words.waiting, plot.hasChildNodes()), PATIENCE);
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

    // After Back, Forward or a reload a browser may put the controls where they were left.
    function readControls() {
      const found = readings.map((at) => at());
      if (found.every((position, i) => position === positions[i])) return;
      found.forEach((position, i) => (positions[i] = position));
      if (drawn || poster) draw();
      else keepRoom();
    }

    const keepRoom = () => source([...positions]).then((figure) => drawn || reserve(figure), () => {});
    const redraw = () => drawn && draw();
    window.addEventListener("pageshow", readControls);
    document.addEventListener("matnn:theme", redraw);
    const observer = new ResizeObserver(() => {
      const width = plot._fullLayout?.width ?? 0;
      if (width && plot.offsetWidth && plot.offsetWidth !== width) redraw();
      if (later && !drawn) keepRoom();
    });
    observer.observe(plot);
    if (poster) {
      plot.setAttribute("aria-busy", "false");
      plot.setAttribute("aria-label", poster.dataset.alt);
      for (const touch of ["pointerenter", "focusin"]) element.addEventListener(touch, () => draw(), { once: true });
    }
    const forget = !poster && later?.(plot, () => draw());
    if (!poster && !later) draw();

    return function detach() {
      forget?.();
      document.removeEventListener("matnn:theme", redraw);
      document.removeEventListener("fullscreenchange", fillScreen);
      window.removeEventListener("pageshow", readControls);
      observer.disconnect();
      clearTimeout(speaking);
      window.Plotly?.purge(plot);
      stage.remove();
    };
  }

  function mount(element, payload) {
    element.dataset.mounted = "true";
    return attach(element, payload, stored(payload), element.querySelector(".matnn-poster") ? undefined : whenNear);
  }

  function mountAll() {
    for (const script of document.querySelectorAll(".matnn-explorer > script[type='application/json']")) {
      const element = script.parentElement;
      if (!element.dataset.mounted) mount(element, JSON.parse(script.textContent));
    }
  }

  Object.assign(matnn, { fit, loadPlotly, whenNear });
  matnn.explorer = { mount, attach, assemble, values };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", mountAll);
  else mountAll();
})();
