// A recipe inside a PNG, read back by Node's own zlib and by the format's rules.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import zlib from "node:zlib";
import { crc, withRecipe } from "../../playground/shell/png.js";

const RECIPE = {
  tab: "road",
  panel: "draw",
  settings: { prompt: "一只红狐狸 “a=b” 🦊", seed: 7, scale: 2.5 },
  specimen: { kind: "atlas", style: "noto", tile: 12 },
};
const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
  "base64",
);

// [{type, data}] of a PNG; checks signature, lengths and checksums
function chunks(png) {
  assert.deepEqual([...png.subarray(0, 8)], [137, 80, 78, 71, 13, 10, 26, 10]);
  const found = [];
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at),
      body = png.subarray(at + 4, at + 8 + length);
    assert.equal(png.readUInt32BE(at + 8 + length), zlib.crc32(body));
    found.push({ type: body.toString("latin1", 0, 4), data: body.subarray(4) });
    at += 12 + length;
  }
  return found;
}
// The text of an iTXt chunk: keyword, flag, method, language, translated keyword, text
function textOf(data) {
  const end = data.indexOf(0);
  assert.deepEqual([...data.subarray(end, end + 5)], [0, 0, 0, 0, 0]);
  return { keyword: data.toString("latin1", 0, end), text: data.toString("utf8", end + 5) };
}

test("the checksum is the one of the format", () => {
  for (const text of ["", "IEND", "123456789", "狐狸"])
    assert.equal(crc(new TextEncoder().encode(text)), zlib.crc32(text));
  assert.equal(crc(new TextEncoder().encode("IEND")), 0xae426082);
});

test("a PNG with a recipe is the same PNG with one more chunk, behind its header", async () => {
  const made = Buffer.from(await (await withRecipe(new Blob([PIXEL]), RECIPE)).arrayBuffer());
  const [before, after] = [chunks(PIXEL), chunks(made)];
  assert.deepEqual(
    after.map(one => one.type),
    ["IHDR", "iTXt", ...before.slice(1).map(one => one.type)],
  );
  assert.deepEqual(after.toSpliced(1, 1), before);
  const { keyword, text } = textOf(after[1].data);
  assert.equal(keyword, "recipe");
  assert.deepEqual(JSON.parse(text), RECIPE);
});

test("it is a PNG to the browser", async () => {
  assert.equal((await withRecipe(new Blob([PIXEL]), RECIPE)).type, "image/png");
});

test("a picture that an earlier page saved holds its recipe in the same way", () => {
  const held = readFileSync(new URL("../unit/playground/recipes/dalle2_stages.png", import.meta.url)),
    { keyword, text } = textOf(chunks(held)[1].data);
  assert.equal(keyword, "recipe");
  assert.equal(JSON.parse(text).panel, "stages");
});
