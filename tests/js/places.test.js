import assert from "node:assert/strict";
import { test } from "node:test";
import { around, onNearest } from "../../playground/widgets/priorplane/places.js";

const overlaps = (a, b) => Math.abs(a.x - b.x) < (a.side + b.side) / 2 && Math.abs(a.y - b.y) < (a.side + b.side) / 2;

test("a thumbnail stands on its place where that is free", () => {
  assert.deepEqual(around([50, 40], 20, [100, 100], []), { x: 40, y: 30, side: 20 });
});
test("thumbnails of one place stand beside each other and inside the plot", () => {
  const taken = [];
  for (let k = 0; k < 6; k++) {
    const free = around([30, 170], 20, [200, 200], taken);
    assert.ok(free.x >= 2 && free.y >= 2 && free.x + 20 <= 198 && free.y + 20 <= 198);
    assert.ok(!taken.some(one => overlaps(one, free)));
    taken.push(free);
  }
});
test("where nothing is free there is no thumbnail", () => {
  assert.equal(around([50, 50], 20, [100, 100], [{ x: 0, y: 0, side: 100 }]), null);
});
test("the nearest mark is meant, within reach", () => {
  const marks = [{ xy: [0, 0] }, { xy: [10, 0] }];
  assert.equal(onNearest(marks, [7, 0], 26), marks[1]);
  assert.equal(onNearest(marks, [60, 0], 26), null);
});
