// Shares of attention: what Python packs is read, and sums, means and words of them.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { evenShare, mean, percent, shareOf, sum, unpackShares } from "../../playground/widgets/attention/shares.js";

// As playground/images/attention.py packs them
function pack(shares) {
  const numbers = Uint16Array.from(shares, v => Math.round(Math.sqrt(v) * 65535));
  return Buffer.from(numbers.buffer).toString("base64");
}
const near = (a, b) => assert.ok(Math.abs(a - b) < 1e-4, `${a} is not ${b}`);

test("shares are read by moment and layer, the smallest too, and layers have a mean", () => {
  const rows = [0.5, 0.5, 0.00001, 0.99999, 0.25, 0.75, 0, 1]; // 1 moment, 2 layers, 2 places, 2 columns
  const at = unpackShares(pack(rows), { layers: 2, places: 2, columns: 2 });
  near(at(0, 0)[0][1], 0.5);
  assert.ok(Math.abs(at(0, 0)[1][0] - 0.00001) < 1e-7);
  near(at(0, 1)[1][1], 1);
  near(at(0, -1)[0][0], 0.375);
  for (const row of at(0, -1)) near(sum(row), 1);
});

test("what is behind the columns is the picture itself", () => {
  assert.equal(shareOf([0.5, 0.25, 0.25], 0, 1), 0.5);
  assert.equal(shareOf([0.5, 0.25, 0.25], 1, 1), 0.5);
  assert.equal(mean([]), 0);
});

test("an even share counts what a place sees, and before it alone where it must", () => {
  assert.equal(evenShare(2, { known: 4, places: 4, causal: false }), 0.25);
  near(evenShare(2, { known: 4, places: 2, causal: true }), (2 / 4 + 2 / 5) / 2);
});

test("a share is told in as many digits as one reads", () => {
  assert.deepEqual([0, 0.00001, 0.0004, 0.0123, 0.456, 1].map(percent), [
    "0%",
    "<0.01%",
    "0.04%",
    "1.2%",
    "46%",
    "100%",
  ]);
});
