// The mathematics of a chart's axis: {log, ticks, min, max}.

// [low, high] of the values, of an axis without width half a unit to each side
export function span(axis, values) {
  const all = axis.log ? values.filter(v => v > 0) : values;
  const low = axis.min ?? Math.min(...all),
    high = axis.max ?? Math.max(...all);
  return high > low ? [low, high] : [low - 0.5, high + 0.5];
}

// A value -> its place between two pixels
export function scale(axis, [low, high], from, to) {
  const f = axis.log ? Math.log : v => v;
  return v => from + ((f(v) - f(low)) / (f(high) - f(low))) * (to - from);
}

// Where an axis bears a number: where it was told, at powers of ten, or at round steps
export function ticks(axis, [low, high]) {
  if (axis.ticks) return axis.ticks.filter(v => v >= low && v <= high);
  const powers = axis.log ? powersOfTen(low, high) : [];
  return powers.length > 1 ? powers : roundSteps(low, high);
}
function powersOfTen(low, high) {
  const found = [];
  for (let v = 10 ** Math.floor(Math.log10(low)); v <= high * 1.0001; v *= 10) if (v >= low * 0.9999) found.push(v);
  return found;
}
function roundSteps(low, high) {
  const rough = (high - low) / 5,
    unit = 10 ** Math.floor(Math.log10(rough)),
    step = [1, 2, 5, 10].map(k => k * unit).find(v => v >= rough);
  const found = [];
  for (let v = Math.ceil(low / step) * step; v <= high + step / 1e6; v += step)
    found.push(Math.abs(v) < step / 1e6 ? 0 : v);
  return found;
}

export const short = v =>
  Math.abs(v) >= 1e4 || (v !== 0 && Math.abs(v) < 1e-2)
    ? v.toExponential(0).replace("e+", "e")
    : String(Number(v.toPrecision(3)));

// Where a line {points, scales} stands at a scale between those measured; null beyond them
export function between({ points, scales }, s) {
  const k = scales.findIndex((one, i) => i + 1 < scales.length && one <= s && s <= scales[i + 1]);
  if (k < 0) return scales.length === 1 && scales[0] === s ? points[0] : null;
  const share = (s - scales[k]) / (scales[k + 1] - scales[k]);
  return [0, 1].map(i => points[k][i] + share * (points[k + 1][i] - points[k][i]));
}
