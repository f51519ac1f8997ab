// The mathematics of places on a plot.

const overlap = (a, b) => a.x < b.x + b.side && b.x < a.x + a.side && a.y < b.y + b.side && b.y < a.y + a.side;

// around([x, y], side, [width, height], taken) -> {x, y, side}: the free square nearest to that middle, inside the plot
// and beside all that are taken; null where none is near
export function around([x, y], side, [width, height], taken) {
  for (const far of [0, 0.8, 1.2, 1.7, 2.3, 3])
    for (let k = 0; k < (far ? 12 : 1); k++) {
      const angle = (Math.PI * k) / 6,
        square = {
          x: x + far * side * Math.cos(angle) - side / 2,
          y: y + far * side * Math.sin(angle) - side / 2,
          side,
        };
      const isInside = square.x >= 2 && square.y >= 2 && square.x + side <= width - 2 && square.y + side <= height - 2;
      if (isInside && !taken.some(one => overlap(one, square))) return square;
    }
  return null;
}

// The one of several {xy: [x, y]} that is nearest to a place, if it is within reach
export function onNearest(all, [x, y], reach) {
  let best = null,
    least = reach;
  for (const one of all) {
    const far = Math.hypot(one.xy[0] - x, one.xy[1] - y);
    if (far <= least) [best, least] = [one, far];
  }
  return best;
}
