// The shares of a softmax, and how they are written.
export function softmax(values, scale) {
  const top = Math.max(...values),
    parts = values.map(v => Math.exp(scale * (v - top))),
    sum = parts.reduce((a, b) => a + b, 0);
  return parts.map(v => v / sum);
}
export const percent = p => (p > 0 && p < 0.005 ? "<1%" : `${Math.round(100 * p)}%`);
