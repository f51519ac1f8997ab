// What an address or a PNG says, and of which panel.
import assert from "node:assert/strict";
import { test } from "node:test";
import { agrees, asSpecimen, fromAddress, fromPng, ofPanel } from "../../playground/shell/recipe.js";

const ADDRESS = "?tab=road&panel=draw&prompt=a+red+fox%2C+%E7%8B%90%0Atwo&seed=7&specimen=fluent+flat.12";

test("an address says each setting as a text, whatever stands in it", () => {
  const recipe = fromAddress(ADDRESS);
  assert.equal(recipe.prompt, "a red fox, 狐\ntwo");
  assert.equal(recipe.seed, "7");
  assert.deepEqual(asSpecimen(recipe.specimen), { kind: "atlas", style: "fluent flat", tile: 12 });
  assert.equal(fromAddress("?prompt=").prompt, "");
});

test("a recipe is that of its panel and of no other", () => {
  const recipe = fromAddress(ADDRESS);
  assert.equal(ofPanel(recipe, "draw").prompt, recipe.prompt);
  assert.deepEqual(ofPanel(recipe, "road"), {});
  assert.equal(ofPanel(recipe).specimen, recipe.specimen); // the tray asks for any panel's
});

test("a recipe in a PNG says the same as its address", () => {
  const settings = { prompt: "a red fox, 狐\ntwo", seed: 7 },
    specimen = { kind: "atlas", style: "fluent flat", tile: 12 };
  const recipe = fromPng({ tab: "road", panel: "draw", settings, specimen });
  assert.equal(ofPanel(recipe, "draw").prompt, fromAddress(ADDRESS).prompt);
  assert.deepEqual(asSpecimen(recipe.specimen), asSpecimen(fromAddress(ADDRESS).specimen));
});

test("what is no specimen is none", () => {
  assert.deepEqual(asSpecimen("data:image/png;base64,AAAA"), { kind: "png", src: "data:image/png;base64,AAAA" });
  for (const foreign of ["", null, undefined, "noto", "noto.x", "javascript:alert(1)", "data:text/html,x", 7])
    assert.equal(asSpecimen(foreign), null);
});

test("what is made agrees with a link whose numbers are texts", () => {
  const recipe = { panel: "draw", seed: "7", scale: "2.0", prompt: "a=b", on: "true" };
  const made = settings => ({ panel: "draw", settings });
  assert.ok(agrees(made({ seed: 7, scale: 2, prompt: "a=b", on: true }), recipe));
  assert.ok(!agrees(made({ seed: 8, scale: 2 }), recipe));
  assert.ok(!agrees(made({ prompt: "a" }), recipe));
  assert.ok(agrees(made({ eta: 0.5, specimen: { kind: "atlas" } }), recipe)); // of which the link says nothing
});

test("what another panel makes, or nothing, always agrees", () => {
  assert.ok(agrees({ panel: "map", settings: { seed: 1 } }, { panel: "draw", seed: "7" }));
  assert.ok(agrees(undefined, { panel: "draw", seed: "7" }));
});
