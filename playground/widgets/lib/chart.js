// A line chart in SVG:
// chart(host, {lines: [{label, points: [[x, y]], names, dash, live}], x: {label, log, ticks}, y: {label, log}, note})
// -> mark(x). `names` stand at the points, and `note` in the legend.
// Labels are catalogue keys, [key, values], or words. It is drawn anew when its width changes.
import { make, makeSvg } from "../../shell/dom.js";
import { say } from "../../shell/language.js";
import { scale, short, span, ticks } from "./axes.js";

const [L, R, T, B] = [52, 14, 10, 40]; // pixels of the margins: left, right, top, bottom
const COLOURS = [
  "var(--blue)",
  "var(--orange)",
  "var(--violet)",
  "var(--teal)",
  "var(--green)",
  "var(--ink)",
  "var(--quiet)",
];
const shade = (line, k) => (line.dash ? "var(--quiet)" : line.live ? "var(--ink)" : COLOURS[k % COLOURS.length]);

export function chart(host, plot, height = 210) {
  const points = plot.lines.flatMap(line => line.points).filter(p => p.every(Number.isFinite));
  let at = null,
    cursor = null,
    toX = null;
  function draw() {
    const W = Math.max(300, host.clientWidth),
      H = height,
      xs = span(
        plot.x,
        points.map(p => p[0]),
      ),
      ys = span(
        plot.y,
        points.map(p => p[1]),
      );
    const X = scale(plot.x, xs, L, W - R),
      Y = scale(plot.y, ys, H - B, T),
      svg = makeSvg("svg", { width: W, height: H, role: "img" });
    svg.setAttribute("aria-label", `${say(plot.y.label)}: ${plot.lines.map(l => say(l.label)).join(", ")}`);
    ticks(plot.x, xs).forEach(v =>
      svg.append(makeSvg("text", { x: X(v), y: H - B + 17, "text-anchor": "middle" }, short(v))),
    );
    ticks(plot.y, ys).forEach(v =>
      svg.append(
        makeSvg("line", { x1: L, x2: W - R, y1: Y(v), y2: Y(v), class: "grid" }),
        makeSvg("text", { x: L - 7, y: Y(v) + 4, "text-anchor": "end" }, short(v)),
      ),
    );
    svg.append(makeSvg("text", { x: W - R, y: H - 5, "text-anchor": "end", class: "axis" }, say(plot.x.label)));
    plot.lines.forEach((line, k) => {
      const kept = line.points.filter(
        p => p.every(Number.isFinite) && (!plot.x.log || p[0] > 0) && (!plot.y.log || p[1] > 0),
      );
      const colour = shade(line, k);
      svg.append(
        makeSvg("polyline", {
          points: kept
            .map(p => `${X(p[0]).toFixed(1)},${Y(Math.min(ys[1], Math.max(ys[0], p[1]))).toFixed(1)}`)
            .join(" "),
          stroke: colour,
          class: line.dash ? "line dash" : "line",
        }),
      );
      if (kept.length < 40 && !line.dash)
        kept.forEach(p => {
          const name = line.names?.[line.points.indexOf(p)] ?? "";
          svg.append(makeSvg("text", { x: X(p[0]) + 6, y: Y(p[1]) - 6, class: "point" }, name));
          const dot = makeSvg("circle", {
            cx: X(p[0]),
            cy: Y(p[1]),
            r: line.live ? 6 : 3.5,
            fill: line.live ? "var(--paper)" : colour,
            stroke: colour,
            "stroke-width": line.live ? 3 : 0,
          });
          dot.append(makeSvg("title", {}, `${say(line.label)} · ${short(p[0])}: ${Number(p[1].toPrecision(4))}`));
          svg.append(dot);
        });
    });
    cursor = makeSvg("line", { y1: T, y2: H - B, class: "cursor" });
    svg.append(cursor);
    toX = X;
    host.replaceChildren(legend(), svg);
    mark(at);
  }
  function legend() {
    const items = plot.lines.map((line, k) => {
      const dot = make("i", { className: line.live ? "live" : "" });
      dot.style.background = line.live ? "" : shade(line, k);
      return make("span", {}, dot, say(line.label));
    });
    const note = plot.note && make("span", { textContent: say(plot.note) });
    return make("div", { className: "legend" }, make("b", { textContent: say(plot.y.label) }), ...items, note);
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
