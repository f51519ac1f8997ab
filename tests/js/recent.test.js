// What was seen last: a link stands once, and two recipes tell what differs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { added, differences } from "../../playground/shell/recent.js";

test("the newest comes first, a link stands once, and the oldest go", () => {
  const of = list => list.map(one => one.link).join("");
  const list = ["a", "b", "c"].reduce((all, link) => added(all, { link }, 3), []);
  assert.equal(of(list), "cba");
  assert.equal(of(added(list, { link: "a" }, 3)), "acb");
  assert.equal(of(added(list, { link: "d" }, 3)), "dcb");
});

test("only what differs is told, also where one recipe has no such setting", () => {
  const one = [
      ["Seed", "1"],
      ["Steps", "25"],
    ],
    other = [
      ["Seed", "2"],
      ["Steps", "25"],
      ["Scale", "3"],
    ];
  assert.deepEqual(differences(one, other), [
    ["Seed", "1", "2"],
    ["Scale", "–", "3"],
  ]);
  assert.deepEqual(differences(one, one), []);
});
