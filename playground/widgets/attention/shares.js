// Shares of attention: tables of numbers as Python packs them, and sums and means of them.

// Base64 of two-byte square roots -> at(moment, layer) = one row of shares per place; layer -1 is the mean of all
export function unpackShares(text, { layers, places, columns }) {
  const bytes = Uint8Array.from(atob(text), c => c.charCodeAt(0)),
    numbers = new DataView(bytes.buffer),
    size = places * columns;
  const cell = (m, l, i) => (numbers.getUint16(2 * ((m * layers + l) * size + i), true) / 65535) ** 2;
  const all = Array.from({ length: layers }, (_, l) => l);
  const kept = new Map();
  return (moment, layer) => {
    const key = `${moment} ${layer}`,
      which = layer < 0 ? all : [layer];
    if (!kept.has(key)) {
      const mean = i => which.reduce((sum, l) => sum + cell(moment, l, i), 0) / which.length;
      kept.set(
        key,
        Array.from({ length: places }, (_, p) =>
          Float64Array.from({ length: columns }, (_, c) => mean(p * columns + c)),
        ),
      );
    }
    return kept.get(key);
  };
}

export const sum = values => values.reduce((a, b) => a + b, 0);
export const mean = values => (values.length ? sum(values) / values.length : 0);

// The share of a row that goes to a column; to all places together, if it is the one behind the columns
export const shareOf = (row, column, columns) => (column < columns ? row[column] : sum(row.slice(columns)));

// What so many tokens would get if a place shared its attention out evenly over all that it sees
export function evenShare(tokens, { known, places, causal }) {
  return mean(Array.from({ length: places }, (_, i) => tokens / (known + (causal ? i : places))));
}

// A share as people read it
export function percent(share) {
  const p = 100 * share;
  if (p === 0) return "0%";
  return p < 0.01 ? "<0.01%" : `${p < 1 ? p.toPrecision(1) : p < 10 ? p.toFixed(1) : Math.round(p)}%`;
}
