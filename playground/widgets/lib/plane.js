// Points of a plane in a drawing: their frame is theirs, and what lies far outside stands at the edge.
import { svgPicture } from "../../shell/dom.js";

export function frameOf(points) {
  return [0, 1].map(k => {
    const v = points.map(p => p[k]),
      low = Math.min(...v);
    return [low, Math.max(Math.max(...v) - low, 1e-6)];
  });
}
// A point -> [x, y] in a drawing of such a size, `margin` pixels from its edge, or `edge` where it lies outside
export function placer([across, up], [width, height], margin, edge) {
  const inside = (v, side) => Math.min(side - edge, Math.max(edge, v));
  return ([x, y]) => [
    inside(margin + ((width - 2 * margin) * (x - across[0])) / across[1], width),
    inside(height - margin - ((height - 2 * margin) * (y - up[0])) / up[1], height),
  ];
}
// The same with one scale for both directions, so that distances can be compared; all points are inside
export function evenly(points, [width, height], margin) {
  const [[left, across], [bottom, up]] = frameOf(points),
    scale = Math.min((width - 2 * margin) / across, (height - 2 * margin) / up);
  return ([x, y]) => [width / 2 + (x - left - across / 2) * scale, height / 2 - (y - bottom - up / 2) * scale];
}

// A plot as a picture, in the colours that it has on the page
const SHAPES = "circle, rect, line, polygon, text";
const STYLES = ["fill", "stroke", "fill-opacity", "stroke-width", "stroke-dasharray", "font"];
export function plotPicture(svg, size) {
  const copy = svg.cloneNode(true),
    originals = svg.querySelectorAll(SHAPES);
  copy.querySelectorAll(SHAPES).forEach((one, i) => {
    const style = getComputedStyle(originals[i]);
    one.setAttribute("style", STYLES.map(name => `${name}:${style.getPropertyValue(name)}`).join(";"));
  });
  return svgPicture(copy, size);
}
