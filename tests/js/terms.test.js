import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { finder } from "../../playground/shell/terms.js";

const glossary = language =>
  JSON.parse(readFileSync(new URL(`../../playground/locales/glossary/${language}.json`, import.meta.url), "utf8"));
const [en, zh] = ["en", "zh"].map(language => finder(glossary(language)));
const named = (find, text, known) => find(text, known).map(({ term, at, end }) => [term, text.slice(at, end)]);

test("a term is found where it stands, at the head of a sentence and of several things", () => {
  assert.deepEqual(named(en, "Entropy falls; the embeddings are told to a decoder."), [
    ["entropy", "Entropy"],
    ["embedding", "embeddings"],
    ["decoder", "decoder"],
  ]);
});
test("each term is marked once, and not where it is known already", () => {
  assert.deepEqual(named(en, "PSNR, PSNR and KL"), [
    ["psnr", "PSNR"],
    ["kl", "KL"],
  ]);
  assert.deepEqual(named(en, "PSNR and KL", new Set(["psnr"])), [["kl", "KL"]]);
});
test("a part of another word is no term", () => {
  assert.deepEqual(named(en, "priority, encoded, judged, KLM, R12, xz_i, v1, ganglion"), []);
});
test("the longer word goes before the shorter one that it holds", () => {
  assert.deepEqual(named(en, "classifier-free guidance and guidance; DALL·E 2 after DALL·E; β-VAE"), [
    ["classifier_free", "classifier-free guidance"],
    ["guidance", "guidance"],
    ["unclip", "DALL·E 2"],
    ["dalle", "DALL·E"],
    ["beta_vae", "β-VAE"],
  ]);
});
test("letters of the papers with hats and indices are told apart", () => {
  assert.deepEqual(
    named(en, "x̂₀ from xₜ and ε̂, z_i from z_t, η, ᾱ, x_T").map(([term]) => term),
    ["x0_hat", "x_t", "eps_hat", "z_i", "z_t", "eta", "alpha_bar", "x_big_t"],
  );
});
test("a Chinese term stands between other characters without a space", () => {
  assert.deepEqual(named(zh, "先验选出图片的嵌入，无分类器引导和余弦调度；VAE的编码器"), [
    ["prior", "先验"],
    ["embedding", "嵌入"],
    ["classifier_free", "无分类器引导"],
    ["cosine_schedule", "余弦调度"],
    ["vae", "VAE"],
    ["encoder", "编码器"],
  ]);
});
test("a visitor's own words can hold anything", () => {
  assert.deepEqual(en(""), []);
  assert.deepEqual(en("<b>$& (.*)</b> \ud800"), []);
});
test("every word of the glossary is found as its own term", () => {
  for (const [language, find] of Object.entries({ en, zh }))
    for (const [term, { words }] of Object.entries(glossary(language)))
      for (const word of words) assert.deepEqual(named(find, `(${word})`), [[term, word]]);
});
