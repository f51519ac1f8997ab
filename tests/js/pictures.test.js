// Columns of a film, grids of tokens, pixels, colours, planes: what the widgets reckon with.
import assert from "node:assert/strict";
import { test } from "node:test";
import { writePoints } from "../../playground/widgets/lab/points.js";
import { distinct, hue, PAINTS } from "../../playground/widgets/lib/colours.js";
import { toBytes, toNumbers } from "../../playground/widgets/lib/pixels.js";
import { frameOf, placer } from "../../playground/widgets/lib/plane.js";
import { columnAt, longest } from "../../playground/widgets/film/reel.js";
import { rank, score } from "../../playground/widgets/lib/search.js";
import { percent, softmax } from "../../playground/widgets/lib/softmax.js";
import {
  arrowStep,
  cellAt,
  countedFromOne,
  readCandidates,
  readEdits,
  toCodes,
  writeEdits,
} from "../../playground/widgets/lib/tokens.js";

test("beside the longest film another shows the moment that is nearest in t, and its picture at the end", () => {
  const long = { t: [980, 700, 400, 100, 0] },
    brief = { t: [950, 120] };
  assert.equal(longest([brief, long]), long);
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5].map(k => columnAt(long, long, k)),
    [0, 1, 2, 3, 4, 5],
  );
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5].map(k => columnAt(brief, long, k)),
    [0, 0, 1, 1, 1, 2],
  );
});

test("a cell is found from a point and counted from one", () => {
  assert.equal(cellAt(0, 0, 8), 0);
  assert.equal(cellAt(0.999, 0, 8), 7);
  assert.equal(cellAt(1, 1, 8), 63); // the very edge
  assert.equal(cellAt(-0.2, 0.5, 8), 32);
  assert.deepEqual(countedFromOne(cellAt(0.3, 0.8, 8), 8), { row: 7, column: 3 });
});

test("arrow keys move by a cell or by a row", () => {
  const moved = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "a"].map(key => arrowStep(key, 16));
  assert.deepEqual(moved, [-1, 1, -16, 16, 0]);
});

test("edits come back from their text, in their order; nonsense in it is passed over", () => {
  const edits = new Map([
    [12, 7],
    [3, 500],
  ]);
  const text = writeEdits("vqvae_8", edits);
  assert.equal(text, "vqvae_8 12=7 3=500");
  assert.deepEqual(readEdits(text), { model: "vqvae_8", edits });
  assert.equal(writeEdits("vqvae_8", new Map()), "");
  for (const empty of ["", undefined, null]) assert.deepEqual(readEdits(empty), { model: "", edits: new Map() });
  assert.deepEqual(readEdits("vqvae x=1 2 3=4=5 6=7.5 8=9").edits, new Map([[8, 9]]));
});

test("codes and candidates are read from their texts", () => {
  assert.deepEqual(toCodes("5 0 511"), [5, 0, 511]);
  assert.deepEqual(toCodes(""), []);
  assert.deepEqual(readCandidates("5:0.5 7:0.25|1:1"), [
    [
      [5, 0.5],
      [7, 0.25],
    ],
    [[1, 1]],
  ]);
  assert.deepEqual(readCandidates(""), []);
});

test("pixels survive the way to numbers and back, without alpha", () => {
  const bytes = Uint8ClampedArray.from({ length: 4 * 256 }, (_, i) => (i % 4 === 3 ? 255 : (i * 7) % 256));
  const numbers = toNumbers(bytes);
  assert.equal(numbers.length, 3 * 256);
  assert.ok(numbers.every(v => v >= -1 && v <= 1));
  assert.deepEqual(
    toBytes(256, i => numbers[i]),
    bytes,
  );
  assert.deepEqual([...toBytes(1, () => 9)], [255, 255, 255, 255]);
  assert.deepEqual([...toBytes(1, () => -9)], [0, 0, 0, 255]);
});

test("hues go round from red over green and blue, greys before them from dark to light", () => {
  const order = [
    [20, 20, 20],
    [240, 240, 240],
    [220, 30, 30],
    [200, 200, 0],
    [0, 200, 0],
    [0, 200, 200],
    [0, 0, 200],
    [200, 0, 200],
  ];
  const shuffled = order.toReversed().toSorted((a, b) => hue(a) - hue(b));
  assert.deepEqual(shuffled, order);
});

test("distinct colours are the first that differ enough from those before", () => {
  const colours = [
    [0, 0, 0],
    [10, 10, 10],
    [90, 0, 0],
    [0, 90, 0],
    [0, 95, 0],
  ];
  assert.deepEqual(distinct([1, 0, 2, 3, 4], colours, 8, 60), [1, 2, 3]);
  assert.deepEqual(distinct([1, 0, 2, 3, 4], colours, 2, 60), [1, 2]);
});

test("the paints are colours, each once, and the last one is the paper's", () => {
  assert.ok(PAINTS.every(paint => /^#[0-9a-f]{6}$/.test(paint)));
  assert.equal(new Set(PAINTS).size, PAINTS.length);
  assert.equal(PAINTS.at(-1), "#ffffff");
});

test("a point stands in its frame, upwards is up, and one far outside stands at the edge", () => {
  const points = [
      [0, 0],
      [10, 4],
    ],
    place = placer(frameOf(points), [200, 100], 20, 8);
  assert.deepEqual(points.map(place), [
    [20, 80],
    [180, 20],
  ]);
  assert.deepEqual(place([5, 2]), [100, 50]);
  assert.deepEqual(place([1e6, -1e6]), [192, 92]);
  assert.ok(
    placer(frameOf([[3, 3]]), [200, 100], 20, 8)([3, 3]).every(Number.isFinite), // all points in one place
  );
});

test("a softmax is a distribution, whatever the size of its values", () => {
  const shares = softmax([1, 2, 3], 1);
  assert.ok(Math.abs(shares.reduce((a, b) => a + b) - 1) < 1e-12);
  shares.forEach((share, i) => assert.ok(Math.abs(share - Math.exp(i) / (1 + Math.E + Math.E ** 2)) < 1e-12));
  assert.deepEqual(softmax([1000, 0], 100), [1, 0]);
  assert.deepEqual(softmax([0.2, 0.9], 0), [0.5, 0.5]);
  assert.deepEqual([0, 0.004, 0.006, 0.5, 1].map(percent), ["0%", "<1%", "1%", "50%", "100%"]);
});

test("a drawing is found by its name before its words, in both languages, and by all words that are asked for", () => {
  const fox = ["🦊", "Fox", "狐狸", 2, ["animal", "orange"], ["动物"], true, [], []];
  assert.deepEqual(
    ["fox", "狐狸", "fo", "狐", "ox", "animal", "动物", "oran", "car"].map(word => score(fox, word)),
    [5, 5, 4, 4, 3, 2, 2, 1, 0],
  );
  assert.equal(rank(fox, []), 1);
  assert.ok(rank(fox, ["fox", "orange"]) > rank(fox, ["animal", "orange"]));
  assert.equal(rank(fox, ["fox", "car"]), 0);
});

test("drawn points are two letters each, from the lower left corner", () => {
  assert.equal(writePoints([]), "p");
  assert.equal(
    writePoints([
      [0, 1],
      [1, 0],
      [0.5, 0.5],
    ]),
    "pAA__gg",
  );
  assert.equal(writePoints([[-3, 9]]), "pAA");
});
