import { loadPicture, make } from "../../shell/dom.js";
import { fresh } from "../../shell/events.js";
import { say, t } from "../../shell/language.js";
import { bench } from "../lib/bench.js";
import { placeOn } from "../lib/brush.js";
import { chart } from "../lib/chart.js";
import { follow } from "../lib/follow.js";
import { pressOne } from "../lib/press.js";
import { tellRemarks } from "../lib/remarks.js";
import { onSheet } from "../lib/sheet.js";
import { recipeStrip } from "../lib/strip.js";
import { arrowStep, cellAt, countedFromOne } from "../lib/tokens.js";
import { heat, outline, pale } from "./heat.js";
import { linesOf, tellBars } from "./parts.js";
import { evenShare, mean, percent, shareOf, sum, unpackShares } from "./shares.js";

const S = 384, // pixels of a canvas a side
  LITTLE = 1 / 4, // of an even share: less is told as little
  ALIKE = 1.5; // times the least share: the most, where places hardly differ

export default function attention({ element, props, trigger, watch }) {
  const find = name => element.querySelector(name);
  const [words, range, at, layers, told, sums, host] = [
    ".words",
    "input",
    "output",
    ".layers",
    ".told",
    ".sums",
    ".chart",
  ].map(find);
  const canvases = bench(find(".bench"), "attention.", ["drawn", "who", "where"], S);
  const notes = Object.fromEntries(
    Object.entries(canvases).map(([name, canvas]) => {
      const note = make("small");
      canvas.closest("figure").append(note);
      return [name, note];
    }),
  );
  range.setAttribute("aria-label", t("film.scrub"));
  words.setAttribute("aria-label", t("attention.words"));
  layers.setAttribute("aria-label", t("attention.layers"));
  let value = null,
    chosen = 0, // the column that is looked at
    peek = null, // the one under the pointer
    place = 0,
    layer = -1,
    mark = () => {},
    turn = 0;

  const moment = () => (value.at ? Math.min(Number(range.value), value.moments - 1) : 0);
  const rows = () => value.shares(moment(), layer);
  const count = () => value.columns.length;
  const nameOf = c => (c < count() ? say(value.columns[c].name) : t("attention.itself"));
  const everyone = c => rows().map(row => shareOf(row, c, count()));
  const isWord = c => value.columns[c]?.kind === "word";

  // Chosen at first: of the words and what is made of them the one that is looked at most, and the middle place
  function first() {
    const told = value.columns.map((one, c) => (["word", "embedding"].includes(one.kind) ? mean(everyone(c)) : -1));
    chosen = told.indexOf(Math.max(...told));
    place = Math.floor(value.grid / 2) * (value.grid + 1);
  }
  function chips() {
    words.replaceChildren(
      ...[...value.columns.keys(), count()].map(c => {
        const b = make(
          "button",
          { type: "button", className: value.columns[c]?.kind ?? "itself" },
          make("b", { textContent: nameOf(c), dir: "auto" }),
          make("span"),
        );
        b.onclick = () => {
          chosen = c;
          peek = null;
          paint();
        };
        b.onpointerenter = e => e.pointerType === "mouse" && look(c);
        b.onfocus = () => b.matches(":focus-visible") && look(c);
        b.onpointerleave = b.onblur = () => look(null);
        return b;
      }),
    );
    layers.replaceChildren(
      ...Array.from({ length: value.layers + 1 }, (_, i) => {
        const text = i ? t("attention.layer", { n: i }) : t("attention.all_layers"),
          b = make("button", { type: "button", textContent: text });
        b.onclick = () => {
          layer = i - 1;
          paint();
          plot();
        };
        return b;
      }),
    );
    layers.hidden = value.layers < 2;
  }
  function look(c) {
    if (peek === c) return;
    peek = c;
    paint();
  }

  function paint() {
    if (!value) return;
    const c = peek ?? chosen,
      shares = everyone(c),
      k = moment(),
      seen = rows()[place].slice(count()),
      colour = getComputedStyle(element).getPropertyValue("--heat") || "#1d5fbf";
    const under = pale(value.image, k, value.side),
      pen = canvases.drawn.getContext("2d");
    pen.imageSmoothingEnabled = false;
    pen.drawImage(value.image, k * value.side, 0, value.side, value.side, 0, 0, S, S);
    find(".drawn figcaption").textContent = t(value.at ? "film.x0" : "attention.drawn");
    heat(canvases.who, under, shares, value.grid, colour);
    heat(canvases.where, under, [...seen], value.grid, colour);
    for (const name of ["who", "where"]) outline(canvases[name], place, value.grid);
    const here = t("attention.place", countedFromOne(place, value.grid));
    notes.who.textContent = t("attention.who_scale", { name: nameOf(c), max: percent(Math.max(...shares)) });
    notes.where.textContent = t("attention.where_scale", { place: here, max: percent(Math.max(...seen)) });
    for (const name of ["who", "where"])
      canvases[name].setAttribute("aria-label", `${t(`attention.${name}`)}. ${notes[name].textContent}`);
    [...words.children].forEach((b, i) => {
      b.lastChild.textContent = percent(mean(everyone(i)));
    });
    pressOne(words.children, words.children[c]);
    pressOne(layers.children, layers.children[layer + 1]);
    tellStep(k);
    tellMuch(c, shares);
    bars(here);
    mark(value.at ? value.at.step[k] : place + 1);
    Object.assign(element.dataset, { chosen: c, place, moment: k, layer });
  }
  function tellStep(k) {
    find(".transport").hidden = !value.at;
    at.textContent = value.at ? t("film.at", { k: value.at.step[k], n: value.at.of, t: value.at.t[k] }) : "";
  }
  // In words: how much it is, and whether it says anything
  function tellMuch(c, shares) {
    const all = [...value.columns.keys()].filter(isWord),
      got = mean(rows().map(row => sum(all.map(i => row[i])))),
      even = evenShare(sum(all.map(i => value.columns[i].tokens)), value),
      [least, most] = [Math.min(...shares), Math.max(...shares)];
    const said = [t("attention.range", { name: nameOf(c), min: percent(least), max: percent(most) })];
    if (most < ALIKE * least) said.push(t("attention.alike"));
    if (all.length) said.push(t("attention.sum", { words: percent(got), even: percent(even) }));
    if (all.length && got < LITTLE * even) said.push(t("attention.little"));
    told.replaceChildren(...said.map(text => make("span", { textContent: text })));
  }
  function bars(here) {
    const kinds = [...value.columns.keys(), count()],
      named = shares =>
        kinds.map(c => ({ kind: value.columns[c]?.kind ?? "itself", name: nameOf(c), share: shares(c) }));
    tellBars(sums, peek ?? chosen, [
      [t("attention.everyone"), named(c => mean(everyone(c)))],
      [here, named(c => shareOf(rows()[place], c, count()))],
    ]);
  }
  function plot() {
    mark = chart(host, linesOf(value, layer));
    mark(value.at ? value.at.step[moment()] : place + 1);
  }

  for (const name of ["who", "where"]) {
    const canvas = canvases[name];
    canvas.tabIndex = 0;
    const move = to => {
      place = to;
      paint();
    };
    canvas.onpointerdown = e => {
      if (!value) return;
      const { x, y } = placeOn(canvas, e);
      move(cellAt(x / S, y / S, value.grid));
    };
    canvas.onkeydown = e => {
      const by = value && arrowStep(e.key, value.grid);
      if (!by) return;
      e.preventDefault();
      if (place + by >= 0 && place + by < value.grid ** 2) move(place + by);
    };
  }
  range.oninput = paint;

  function clear() {
    value = null;
    for (const canvas of Object.values(canvases)) canvas.getContext("2d").clearRect(0, 0, S, S);
    for (const part of [words, told, sums, layers, host, ...Object.values(notes)]) part.replaceChildren();
    at.textContent = "";
  }
  function unpacked(now, image) {
    const moments = now.at?.t.length ?? 1,
      places = now.grid ** 2,
      size = { layers: now.layers, places, columns: now.columns.length + places };
    return {
      ...now,
      image,
      moments,
      places,
      side: image.naturalHeight,
      known: sum(now.columns.map(one => one.tokens)),
      shares: unpackShares(now.shares, size),
    };
  }
  async function show(now) {
    if (!now) return;
    find(".waiting").textContent = say(now.note);
    tellRemarks(find(".remarks"), now.remarks);
    const mine = ++turn,
      src = now.live ?? now.src;
    if (!src) return;
    const image = await loadPicture(src);
    if (mine !== turn) return;
    if (now.live) {
      clear(); // of an older run
      const pen = canvases.drawn.getContext("2d");
      pen.imageSmoothingEnabled = false;
      pen.drawImage(image, 0, 0, S, S);
      return tell();
    }
    value = unpacked(now, image);
    layer = Math.min(layer, value.layers - 1);
    if (Number(range.max) !== value.moments - 1) {
      range.max = value.moments - 1;
      range.value = Math.round((value.moments - 1) * 0.4);
    }
    chips();
    first();
    paint();
    plot();
    tell();
    element.dataset.shown = mine;
  }
  const sheet = () => onSheet(Object.values(canvases));
  const tell = recipeStrip(find(".strip"), props, sheet);
  follow({ element, props, watch }, show);
  fresh(element, () => trigger("retry"), false);
}
