// The plane itself: marks, arrows, thumbnails, and what points at them.
import { makeSvg } from "../../shell/dom.js";
import { say, t } from "../../shell/language.js";
import { evenly } from "../lib/plane.js";
import { around, onNearest } from "./places.js";

const NARROW = 520, // pixels of width below which thumbnails are small
  REACH = 26; // pixels from a mark within which it is meant

// "diffusion 3" -> ["diffusion", 3]
const split = point => {
  const [kind, n] = point.split(" ");
  return [kind, Number(n ?? 0)];
};
export function nameOfPoint(point, seed) {
  const [kind, n] = split(point);
  if (kind === "text") return t("prior_plane.text");
  return t("prior_plane.draw", { prior: t(`value.${kind}`), seed: seed + n - 1 });
}

// priorPlot(svg, {point, paint}): point("KIND N" or null) when a mark is pointed at or left, paint("KIND N") when it is
// to be painted
export function priorPlot(svg, { point, paint }) {
  const layers = Object.fromEntries(
    ["dots", "ties", "thumbs", "arrows", "marks", "rings"].map(name => [name, makeSvg("g", { class: name })]),
  );
  svg.append(...Object.values(layers));
  svg.setAttribute("aria-label", t("prior_plane.plot"));
  let marks = [], // {point, kind, n, xy, node, near: [[x, y]]} of those that are to be seen
    W = 0,
    H = 0,
    painted = null,
    isFirst = false,
    told = null;

  function shape(kind, [x, y]) {
    if (kind === "diffusion") return makeSvg("circle", { cx: x, cy: y, r: 6 });
    if (kind === "ar") return makeSvg("rect", { x: x - 5, y: y - 5, width: 10, height: 10 });
    return makeSvg("rect", { x: x - 6, y: y - 6, width: 12, height: 12, transform: `rotate(45 ${x} ${y})` });
  }
  function mark(one, to, plane, value, seed) {
    const [kind, n] = split(one.point),
      xy = to(one.at[plane]),
      node = makeSvg("g", { class: `mark ${kind}`, role: "button", tabindex: -1 });
    const [k, cosine] = one.near[0];
    const label = [nameOfPoint(one.point, seed), `${say(value.drawings[k].label)} ${cosine}`].join(" · ");
    node.setAttribute("aria-label", label);
    node.append(shape(kind, xy));
    node.onfocus = () => point(one.point);
    return { point: one.point, kind, n, xy, node, near: one.near.map(([i]) => to(value.drawings[i].at[plane])) };
  }
  function arrow(kind, from, end) {
    const [dx, dy] = [end[0] - from[0], end[1] - from[1]],
      length = Math.max(1e-6, Math.hypot(dx, dy)),
      [ux, uy] = [dx / length, dy / length],
      node = makeSvg("g", { class: `arrow ${kind}`, role: "img" });
    const at = (back, aside) => `${end[0] - back * ux - aside * uy},${end[1] - back * uy + aside * ux}`;
    node.setAttribute("aria-label", t("prior_plane.arrow", { prior: t(`value.${kind}`) }));
    node.append(
      makeSvg("line", { x1: from[0], y1: from[1], x2: end[0] - 8 * ux, y2: end[1] - 8 * uy }),
      makeSvg("polygon", { points: [at(0, 0), at(11, 5), at(11, -5)].join(" ") }),
    );
    return node;
  }
  // The drawing nearest to each mark, those of many marks first, each where it lies or as near to that as is free
  function thumbnails(value, plane, to) {
    const side = W < NARROW ? 24 : 34,
      counts = new Map();
    for (const one of marks) {
      const [k] = value.marks.find(each => each.point === one.point).near[0];
      if (one.kind !== "text") counts.set(k, (counts.get(k) ?? 0) + 1);
    }
    const taken = marks.map(({ xy: [x, y] }) => ({ x: x - 7, y: y - 7, side: 14 }));
    return [...counts]
      .sort((a, b) => b[1] - a[1])
      .flatMap(([k]) => {
        const { src, label, at } = value.drawings[k],
          place = to(at[plane]),
          free = around(place, side, [W, H], taken);
        const node = makeSvg("g", { class: "thumb", role: "img" });
        node.setAttribute("aria-label", say(label));
        node.append(makeSvg("title", {}, say(label)), makeSvg("circle", { cx: place[0], cy: place[1], r: 2.5 }));
        if (!free) return [node];
        taken.push(free);
        const { x, y } = free;
        node.append(
          makeSvg("line", { x1: place[0], y1: place[1], x2: x + side / 2, y2: y + side / 2 }),
          makeSvg("rect", { x: x - 1, y: y - 1, width: side + 2, height: side + 2, rx: 3 }),
          makeSvg("image", { href: src, x, y, width: side, height: side }),
        );
        return [node];
      });
  }

  function draw(value, plane, hidden, seed) {
    W = Math.max(280, Math.round(svg.clientWidth));
    H = Math.round(W < NARROW ? 0.86 * W : Math.min(520, 0.62 * W));
    svg.setAttribute("viewBox", `0 0 ${W} ${H}`);
    svg.style.aspectRatio = `${W} / ${H}`;
    const dots = plane === "drawings" ? value.dots.split("|").map(one => one.split(" ").map(Number)) : [];
    const firsts = value.marks.flatMap(one => [one.at[plane], value.drawings[one.near[0][0]].at[plane]]);
    const to = evenly([...dots, ...firsts], [W, H], W < NARROW ? 20 : 30);
    marks = value.marks.filter(one => !hidden.has(split(one.point)[0])).map(one => mark(one, to, plane, value, seed));
    layers.dots.replaceChildren(...dots.map(to).map(([cx, cy]) => makeSvg("circle", { cx, cy, r: 1.8 })));
    layers.thumbs.replaceChildren(...thumbnails(value, plane, to));
    const text = to(value.marks[0].at[plane]);
    layers.arrows.replaceChildren(
      ...Object.entries(value.means)
        .filter(([kind]) => !hidden.has(kind))
        .map(([kind, at]) => arrow(kind, text, to(at[plane]))),
    );
    layers.marks.replaceChildren(...marks.map(one => one.node));
    const label = makeSvg("text", { x: text[0], y: text[1] - 13 }, "z_t");
    layers.marks.append(label);
  }
  const find = name => marks.find(one => one.point === name);
  const ring = (one, r, kind) => one && makeSvg("circle", { cx: one.xy[0], cy: one.xy[1], r, class: kind });
  const tie = ({ xy: [x1, y1] }, [x2, y2], kind) => makeSvg("line", { x1, y1, x2, y2, class: kind });
  const twinOf = one => one?.n && marks.find(each => each.n === one.n && each.kind !== one.kind);
  // A mark's neighbours, and what the other prior drew from the same seed
  function tell(name) {
    told = name;
    const one = find(name),
      twin = twinOf(one);
    const ties = [...(one?.near ?? []).map(xy => tie(one, xy, "neighbour")), twin && tie(one, twin.xy, "twin")];
    const rings = [ring(find(painted), 9, "painted"), ring(one, 12, "pointed"), ring(twin, 12, "twin")];
    layers.ties.replaceChildren(...ties.filter(Boolean));
    layers.rings.replaceChildren(...rings.filter(Boolean));
    const stop = one ?? marks[0];
    for (const each of marks) {
      each.node.setAttribute("tabindex", each === stop ? 0 : -1);
      each.node.setAttribute("aria-pressed", each.point === painted);
    }
  }

  const under = e => {
    const { left, top, width } = svg.getBoundingClientRect(),
      s = W / width;
    return onNearest(marks, [(e.clientX - left) * s, (e.clientY - top) * s], REACH);
  };
  // A finger's first tap on a mark tells of it, as a mouse does above it; focus comes between the tap and its click
  svg.onpointerdown = e => (isFirst = e.pointerType === "touch" && told !== under(e)?.point);
  svg.onpointermove = e => {
    if (e.pointerType === "touch") return;
    const one = under(e);
    svg.style.cursor = one ? "pointer" : "";
    if ((one?.point ?? null) !== told) point(one?.point ?? null);
  };
  svg.onpointerleave = e => e.pointerType !== "touch" && !svg.contains(document.activeElement) && point(null);
  // A click that no pointer made, as a screen reader's, is meant for the mark itself
  svg.onclick = e => {
    const one = e.detail === 0 ? marks.find(each => each.node.contains(e.target)) : under(e);
    if (!one) return;
    point(one.point);
    if (!isFirst || e.detail === 0) paint(one.point);
  };
  svg.onkeydown = e => {
    const one = marks.find(each => each.node === document.activeElement);
    if (!one) return;
    if (e.key === "Enter" || e.key === " ") {
      e.preventDefault();
      return paint(one.point);
    }
    const next = beside(one, e.key);
    if (!next) return;
    e.preventDefault();
    next.node.focus();
  };
  // Left and right through the seeds, up and down through what has the same seed
  function beside(one, key) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key],
      other = { ArrowDown: 1, ArrowUp: -1 }[key];
    const among = step
      ? marks.filter(each => each.kind === one.kind)
      : other
        ? marks.filter(each => each.kind === "text" || each.n === (one.n || 1))
        : [];
    return among[(among.indexOf(one) + (step ?? other) + among.length) % among.length];
  }
  return {
    draw,
    point: tell,
    paint: name => {
      painted = name;
      tell(told);
    },
    size: () => ({ width: W, height: H }),
    hasOtherSize: () => Math.abs(svg.clientWidth - W) > 4,
  };
}
