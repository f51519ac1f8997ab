// A line chart in SVG:
// chart(host, {lines: [{label, points: [[x, y]], dash, live}], x: {label, log, ticks}, y: {label, log}}) -> mark(x).
// Labels are catalogue keys, [key, values], or words. It is drawn anew when its width changes.
function chart(host, plot, height = 210) {
  const { say } = window.playground,
    NS = "http://www.w3.org/2000/svg",
    L = 52,
    R = 14,
    T = 10,
    B = 40;
  const colours = [
    "var(--blue)",
    "var(--orange)",
    "var(--violet)",
    "var(--teal)",
    "var(--green)",
    "var(--ink)",
    "var(--quiet)",
  ];
  const shade = (line, k) => (line.dash ? "var(--quiet)" : line.live ? "var(--ink)" : colours[k % colours.length]);
  const node = (name, values, text) => {
    const one = document.createElementNS(NS, name);
    Object.entries(values).forEach(([k, v]) => one.setAttribute(k, v));
    if (text != null) one.textContent = text;
    return one;
  };
  const points = plot.lines.flatMap(line => line.points).filter(p => p.every(Number.isFinite));
  const span = (axis, k) => {
    const all = points.map(p => p[k]).filter(v => !axis.log || v > 0);
    const low = axis.min ?? Math.min(...all),
      high = axis.max ?? Math.max(...all);
    return high > low ? [low, high] : [low - 0.5, high + 0.5];
  };
  const scale = (axis, [low, high], from, to) => {
    const f = axis.log ? Math.log : v => v;
    return v => from + ((f(v) - f(low)) / (f(high) - f(low))) * (to - from);
  };
  const ticks = (axis, [low, high]) => {
    if (axis.ticks) return axis.ticks.filter(v => v >= low && v <= high);
    if (axis.log) {
      const out = [];
      for (let v = 10 ** Math.floor(Math.log10(low)); v <= high * 1.0001; v *= 10) if (v >= low * 0.9999) out.push(v);
      if (out.length > 1) return out;
    }
    const rough = (high - low) / 5,
      unit = 10 ** Math.floor(Math.log10(rough)),
      step = [1, 2, 5, 10].map(k => k * unit).find(v => v >= rough);
    const out = [];
    for (let v = Math.ceil(low / step) * step; v <= high + step / 1e6; v += step)
      out.push(Math.abs(v) < step / 1e6 ? 0 : v);
    return out;
  };
  const short = v =>
    Math.abs(v) >= 1e4 || (v !== 0 && Math.abs(v) < 1e-2)
      ? v.toExponential(0).replace("e+", "e")
      : String(Number(v.toPrecision(3)));
  let at = null,
    cursor = null,
    toX = null;
  function draw() {
    const W = Math.max(300, host.clientWidth),
      H = height,
      xs = span(plot.x, 0),
      ys = span(plot.y, 1);
    const X = scale(plot.x, xs, L, W - R),
      Y = scale(plot.y, ys, H - B, T),
      svg = node("svg", { width: W, height: H, role: "img" });
    svg.setAttribute("aria-label", `${say(plot.y.label)}: ${plot.lines.map(l => say(l.label)).join(", ")}`);
    ticks(plot.x, xs).forEach(v =>
      svg.append(node("text", { x: X(v), y: H - B + 17, "text-anchor": "middle" }, short(v))),
    );
    ticks(plot.y, ys).forEach(v =>
      svg.append(
        node("line", { x1: L, x2: W - R, y1: Y(v), y2: Y(v), class: "grid" }),
        node("text", { x: L - 7, y: Y(v) + 4, "text-anchor": "end" }, short(v)),
      ),
    );
    svg.append(node("text", { x: W - R, y: H - 5, "text-anchor": "end", class: "axis" }, say(plot.x.label)));
    plot.lines.forEach((line, k) => {
      const kept = line.points.filter(
        p => p.every(Number.isFinite) && (!plot.x.log || p[0] > 0) && (!plot.y.log || p[1] > 0),
      );
      const colour = shade(line, k);
      svg.append(
        node("polyline", {
          points: kept
            .map(p => `${X(p[0]).toFixed(1)},${Y(Math.min(ys[1], Math.max(ys[0], p[1]))).toFixed(1)}`)
            .join(" "),
          stroke: colour,
          class: line.dash ? "line dash" : "line",
        }),
      );
      if (kept.length < 40 && !line.dash)
        kept.forEach(p => {
          const dot = node("circle", {
            cx: X(p[0]),
            cy: Y(p[1]),
            r: line.live ? 6 : 3.5,
            fill: line.live ? "var(--paper)" : colour,
            stroke: colour,
            "stroke-width": line.live ? 3 : 0,
          });
          dot.append(node("title", {}, `${say(line.label)} · ${short(p[0])}: ${Number(p[1].toPrecision(4))}`));
          svg.append(dot);
        });
    });
    cursor = node("line", { y1: T, y2: H - B, class: "cursor" });
    svg.append(cursor);
    toX = X;
    const legend = document.createElement("div");
    legend.className = "legend";
    legend.append(
      Object.assign(document.createElement("b"), { textContent: say(plot.y.label) }),
      ...plot.lines.map((line, k) => {
        const item = document.createElement("span"),
          dot = document.createElement("i");
        dot.style.background = line.live ? "" : shade(line, k);
        dot.className = line.live ? "live" : "";
        item.append(dot, say(line.label));
        return item;
      }),
    );
    host.replaceChildren(legend, svg);
    mark(at);
  }
  function mark(x) {
    at = x;
    if (!cursor) return;
    cursor.style.display = x == null ? "none" : "";
    if (x != null) {
      cursor.setAttribute("x1", toX(x));
      cursor.setAttribute("x2", toX(x));
    }
  }
  let width = 0;
  host.watcher?.disconnect();
  host.watcher = new ResizeObserver(() => {
    if (points.length && host.clientWidth && host.clientWidth !== width) {
      width = host.clientWidth;
      draw();
    }
  });
  host.watcher.observe(host);
  return mark;
}
