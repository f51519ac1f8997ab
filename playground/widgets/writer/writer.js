import { loadPicture, make } from "../../shell/dom.js";
import { fresh, hold } from "../../shell/events.js";
import { say, t } from "../../shell/language.js";
import { bench } from "../lib/bench.js";
import { placeOn } from "../lib/brush.js";
import { MARK } from "../lib/colours.js";
import { follow } from "../lib/follow.js";
import { tellNear } from "../lib/near.js";
import { tellRemarks } from "../lib/remarks.js";
import { onSheet } from "../lib/sheet.js";
import { codebooks } from "../lib/sprite.js";
import { recipeStrip } from "../lib/strip.js";
import { takeButton } from "../lib/take.js";
import { arrowStep, cellAt, countedFromOne, readCandidates, toCodes } from "../lib/tokens.js";

export default function writer({ element, props, trigger, watch, server }) {
  const find = name => element.querySelector(name),
    S = 512;
  const bookOf = codebooks(model => server.offered(model)),
    range = find("input");
  let value = null,
    book = null,
    cell = -1,
    turn = 0;
  range.setAttribute("aria-label", t("writer.merges"));

  const canvases = bench(find(".bench"), "writer.", ["tokens", "whole", "unsure"], S);
  canvases.whole.after(takeButton(() => value?.done && { src: value.picture, label: value.prompt }));
  for (const canvas of Object.values(canvases))
    canvas.onpointerdown = e => {
      if (!value?.codes) return;
      const { x, y } = placeOn(canvas, e);
      cell = cellAt(x / S, y / S, value.grid);
      paint();
    };
  canvases.tokens.tabIndex = 0;
  canvases.tokens.onkeydown = e => {
    const move = value?.codes && arrowStep(e.key, value.grid);
    if (!move) return;
    e.preventDefault();
    cell = Math.min(value.codes.length - 1, Math.max(0, Math.max(cell, 0) + move));
    paint();
  };

  function pieces() {
    const state = value.merges[Number(range.value)] ?? [];
    find(".pieces").replaceChildren(
      ...state.map(one => make("span", { textContent: one, dir: "auto" })),
      make("b", { textContent: t("writer.then", { n: value.codes.length, of: value.grid ** 2 }) }),
    );
  }
  range.oninput = () => value && pieces();
  const where = (i, w) => [(i % value.grid) * w, Math.floor(i / value.grid) * w];
  function paint(image) {
    if (!book || !value?.codes) return;
    const w = S / value.grid,
      pens = Object.fromEntries(Object.entries(canvases).map(([name, canvas]) => [name, canvas.getContext("2d")]));
    for (const name of ["tokens", "unsure"]) pens[name].clearRect(0, 0, S, S);
    value.codes.forEach((code, i) => {
      book.put(pens.tokens, code, ...where(i, w), w);
    });
    if (image) {
      pens.whole.clearRect(0, 0, S, S);
      pens.whole.imageSmoothingEnabled = false;
      pens.whole.drawImage(image, 0, 0, S, S);
      for (let i = value.codes.length; i < value.grid ** 2; i++) pens.whole.clearRect(...where(i, w), w, w);
    }
    const most = Math.log(book.codes),
      heat = getComputedStyle(element).getPropertyValue("--family") || "#7b4fc9";
    value.entropy.forEach((nats, i) => {
      pens.unsure.globalAlpha = Math.min(1, (nats / most) * 1.4);
      pens.unsure.fillStyle = heat;
      pens.unsure.fillRect(...where(i, w), w - 1, w - 1);
      pens.unsure.globalAlpha = 1;
    });
    frame(pens, w);
    offer();
  }
  // The cells that are kept, and the one that is chosen
  function frame(pens, w) {
    for (let i = 0; i < value.kept; i++) {
      pens.tokens.strokeStyle = MARK;
      pens.tokens.lineWidth = 2;
      pens.tokens.strokeRect(where(i, w)[0] + 1, where(i, w)[1] + 1, w - 2, w - 2);
    }
    if (cell >= 0 && cell < value.codes.length)
      for (const [width, style] of [
        [7, "#fff"],
        [3, "#111"],
      ])
        for (const name of ["tokens", "unsure"]) {
          pens[name].lineWidth = width;
          pens[name].strokeStyle = style;
          pens[name].strokeRect(where(cell, w)[0] + 3, where(cell, w)[1] + 3, w - 6, w - 6);
        }
  }
  function offer() {
    const known = cell >= 0 && cell < value.codes.length;
    const told = !known
      ? t("writer.hint")
      : t("writer.cell", {
          ...countedFromOne(cell, value.grid),
          code: value.codes[cell],
          nats: value.entropy[cell].toFixed(2),
        });
    find(".cell").textContent = told;
    canvases.tokens.setAttribute("aria-label", told);
    find(".best").replaceChildren(
      ...(known ? value.best[cell] : []).map(([code, p]) => {
        const canvas = make("canvas", { width: 48, height: 48 }),
          b = make(
            "button",
            { type: "button" },
            canvas,
            make("span", { textContent: p < 0.001 ? "<0.1%" : `${(100 * p).toFixed(1)}%` }),
          );
        book.put(canvas.getContext("2d"), code, 0, 0, 48);
        b.setAttribute("aria-label", t("writer.instead", { code, p: (100 * p).toFixed(1) }));
        b.setAttribute("aria-pressed", code === value.codes[cell]);
        b.onclick = () =>
          hold(props.panel, "prefix", `${[...value.codes.slice(0, cell), code].join(" ")}|${value.prompt}`);
        return b;
      }),
    );
  }

  async function show() {
    find(".waiting").textContent = say(props.value?.note);
    if (!props.value?.codes) return;
    const { codes, best, entropy, ...rest } = props.value;
    const mine = ++turn,
      now = {
        ...rest,
        codes: toCodes(codes),
        entropy: toCodes(entropy),
        best: readCandidates(best),
      };
    const [known, image] = await Promise.all([bookOf(now.model), loadPicture(now.picture)]);
    if (mine !== turn) return;
    if (now.prompt !== value?.prompt) {
      range.max = now.merges.length - 1;
      range.value = range.max;
      cell = -1;
    }
    [value, book] = [now, known];
    pieces();
    paint(image);
    tellNear(find(".near"), now.nearest);
    tellRemarks(find(".remarks"), now.remarks);
    element.dataset.written = now.codes.length;
    tell();
    if (now.done) element.dataset.shown = mine;
  }
  const sheet = () => onSheet([canvases.tokens, canvases.whole]);
  const tell = recipeStrip(find(".strip"), props, sheet);
  follow({ element, props, watch }, show);
  fresh(element, () => trigger("retry"), false);
}
