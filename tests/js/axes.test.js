// Axes of the charts: what numbers they bear, and where a value stands.
import assert from "node:assert/strict";
import { test } from "node:test";
import { between, scale, short, span, ticks } from "../../playground/widgets/lib/axes.js";

test("an axis spans its values, or what it is told", () => {
  assert.deepEqual(span({}, [3, -1, 2]), [-1, 3]);
  assert.deepEqual(span({ min: 0, max: 999 }, [5, 7]), [0, 999]);
  assert.deepEqual(span({}, [4, 4]), [3.5, 4.5]);
});

test("a logarithmic axis passes over what has no logarithm", () => {
  assert.deepEqual(span({ log: true }, [0, -3, 10, 1000]), [10, 1000]);
});

test("the ends of an axis stand at its pixels, in both kinds, upwards and downwards", () => {
  for (const axis of [{}, { log: true }]) {
    const place = scale(axis, [1, 100], 200, 20);
    assert.equal(place(1), 200);
    assert.ok(Math.abs(place(100) - 20) < 1e-9);
  }
  assert.equal(scale({}, [0, 10], 0, 100)(2.5), 25);
  assert.ok(Math.abs(scale({ log: true }, [1, 10000], 0, 100)(100) - 50) < 1e-9);
});

test("round steps lie inside and apart by 1, 2 or 5 times a power of ten", () => {
  for (const [low, high] of [
    [0, 1],
    [-60, 45],
    [0, 999],
    [0.013, 0.0187],
    [-3e6, 8e6],
  ]) {
    const found = ticks({}, [low, high]),
      step = found[1] - found[0],
      mantissa = step / 10 ** Math.floor(Math.log10(step) + 1e-9);
    assert.ok(found.length >= 2 && found.length <= 7, `${found}`);
    assert.ok(
      [1, 2, 5].some(k => Math.abs(mantissa - k) < 1e-6),
      `${step}`,
    );
    assert.ok(found.every(v => v >= low - 1e-9 && v <= high + step / 1e5));
  }
});

test("nought is nought, and not what rounding leaves of it", () => {
  assert.ok(ticks({}, [-0.3, 0.3]).includes(0));
});

test("a logarithmic axis bears powers of ten; one of less than two of them bears round steps", () => {
  assert.deepEqual(ticks({ log: true }, [8, 1200]), [10, 100, 1000]);
  assert.deepEqual(ticks({ log: true }, [12, 70]), [20, 40, 60]);
});

test("numbers that an axis is told are borne where it reaches them", () => {
  assert.deepEqual(ticks({ ticks: [10, 50, 250, 1000] }, [20, 300]), [50, 250]);
});

test("a number is written in three digits", () => {
  assert.deepEqual([0, 1234, 0.5, 0.125, -7, 12345, 0.00123].map(short), [
    "0",
    "1230",
    "0.5",
    "0.125",
    "-7",
    "1e4",
    "1e-3",
  ]);
});

test("between two scales a line is straight, beyond them it is nowhere", () => {
  const line = {
    scales: [1, 2, 4],
    points: [
      [0, 10],
      [1, 20],
      [5, 0],
    ],
  };
  assert.deepEqual(between(line, 1), [0, 10]);
  assert.deepEqual(between(line, 3), [3, 10]);
  assert.deepEqual(between(line, 4), [5, 0]);
  assert.equal(between(line, 0.5), null);
  assert.equal(between(line, 4.5), null);
  assert.deepEqual(between({ scales: [3], points: [[1, 2]] }, 3), [1, 2]);
});
