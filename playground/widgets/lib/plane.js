// Points of a plane in a drawing: their frame is theirs, and what lies far outside stands at the edge.
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
