import { countShown, loadPicture, make } from "../../shell/dom.js";
import { bus, fresh, hold, restored } from "../../shell/events.js";
import { say, t } from "../../shell/language.js";
import { bench } from "../lib/bench.js";
import { placeOn } from "../lib/brush.js";
import { distinct, MARK } from "../lib/colours.js";
import { follow } from "../lib/follow.js";
import { tool } from "../lib/press.js";
import { tellRemarks } from "../lib/remarks.js";
import { onSheet } from "../lib/sheet.js";
import { codebooks } from "../lib/sprite.js";
import { recipeStrip } from "../lib/strip.js";
import { takeButton } from "../lib/take.js";
import { arrowStep, cellAt, countedFromOne, readEdits, toCodes, writeEdits } from "../lib/tokens.js";

export default function mosaic({ element, props, trigger, watch, server }) {
  const find = name => element.querySelector(name),
    S = 512,
    FEW = 8,
    APART = 90; // APART: between colours that count as different
  const bookOf = codebooks(model => server.offered(model));
  let value = null,
    book = null,
    cell = 0,
    edits = new Map(),
    of = "",
    turn = 0;

  const canvases = bench(find(".bench"), "mosaic.", ["specimen", "tokens", "back", "drawn"], S);
  for (const name of ["tokens", "back", "drawn"])
    canvases[name].after(takeButton(() => value && { src: source(name), label: t(`mosaic.${name}`) }));
  const source = name => (name === "tokens" ? canvases.tokens.toDataURL("image/png") : value[name]);
  const side = () => Math.round(Math.sqrt(value.now.length));
  async function picture(name, src) {
    const image = await loadPicture(src),
      pen = canvases[name].getContext("2d");
    return () => {
      pen.imageSmoothingEnabled = false;
      pen.drawImage(image, 0, 0, S, S);
    };
  }
  function outline(name, place, width, style) {
    const pen = canvases[name].getContext("2d"),
      w = S / side();
    pen.lineWidth = width;
    pen.strokeStyle = style;
    pen.strokeRect((place % side()) * w + width / 2, Math.floor(place / side()) * w + width / 2, w - width, w - width);
  }

  async function show() {
    const mine = ++turn,
      now = value;
    const [known, ...draw] = await Promise.all([
      bookOf(now.model),
      picture("specimen", now.src),
      picture("back", now.back),
      picture("drawn", now.drawn),
    ]);
    if (mine !== turn) return;
    book = known;
    draw.forEach(run => run());
    paint();
    tellRemarks(find(".remarks"), now.numbers);
    tell();
    countShown(element);
  }
  function paint() {
    if (!book) return;
    const pen = canvases.tokens.getContext("2d"),
      w = S / side();
    value.now.forEach((code, i) => book.put(pen, code, (i % side()) * w, Math.floor(i / side()) * w, w));
    pen.lineWidth = 1;
    pen.strokeStyle = "rgb(128 128 128 / .45)";
    pen.beginPath();
    for (let k = 1; k < side(); k++) {
      pen.moveTo(k * w, 0);
      pen.lineTo(k * w, S);
      pen.moveTo(0, k * w);
      pen.lineTo(S, k * w);
    }
    pen.stroke();
    value.now.forEach((code, i) => {
      if (code !== value.was[i]) outline("tokens", i, 2, MARK);
    });
    cell = Math.min(cell, value.now.length - 1);
    outline("tokens", cell, 6, "#fff");
    outline("tokens", cell, 3, "#111");
    canvases.tokens.setAttribute(
      "aria-label",
      t("mosaic.cell", {
        ...countedFromOne(cell, side()),
        code: value.now[cell],
      }),
    );
    offer();
  }
  function offer() {
    const code = value.now[cell],
      common = distinct(
        [...book.shares.keys()].sort((a, b) => book.shares[b] - book.shares[a]),
        book.colours,
        FEW,
        APART,
      );
    const share = t("mosaic.share", { n: (100 * book.shares[code]).toFixed(2) });
    find(".cell").textContent = `${canvases.tokens.getAttribute("aria-label")} · ${share}`;
    for (const [name, list] of [
      ["near", book.near[code]],
      ["common", common],
    ])
      find(`.${name}`).replaceChildren(
        make("span", { textContent: t(`mosaic.${name}`) }),
        ...list.map(k => patch(k, code)),
      );
    undo.disabled = reset.disabled = !edits.size;
  }
  function patch(code, current) {
    const canvas = make("canvas", { width: 40, height: 40 }),
      b = make("button", { type: "button", title: code }, canvas);
    book.put(canvas.getContext("2d"), code, 0, 0, 40);
    b.setAttribute("aria-label", t("mosaic.code", { code }));
    b.setAttribute("aria-pressed", code === current);
    b.onclick = () => {
      edits.delete(cell);
      edits.set(cell, code);
      send();
    };
    return b;
  }
  const send = () => hold(props.panel, "edits", writeEdits(of, edits));
  const add = (key, run) => {
    const b = tool(key, run, { disabled: true });
    find(".tools").append(b);
    return b;
  };
  const undo = add("mosaic.undo", () => {
    edits.delete([...edits.keys()].at(-1));
    send();
  });
  const reset = add("mosaic.reset", () => {
    edits.clear();
    send();
  });

  for (const name of ["tokens", "back", "drawn"])
    canvases[name].onpointerdown = e => {
      if (!value?.now) return;
      const { x, y } = placeOn(e.target, e);
      cell = cellAt(x / S, y / S, side());
      paint();
    };
  canvases.tokens.tabIndex = 0;
  canvases.tokens.onkeydown = e => {
    const move = arrowStep(e.key, side());
    if (!move) return;
    e.preventDefault();
    if (cell + move >= 0 && cell + move < value.now.length) {
      cell += move;
      paint();
    }
  };

  // The changes of a recipe; those of another model are forgotten
  function restore() {
    ({ model: of, edits } = readEdits(restored(props.panel).edits));
  }
  bus.addEventListener("restored", restore);
  restore();
  const sheet = () => onSheet(Object.values(canvases));
  const tell = recipeStrip(find(".strip"), props, sheet);
  function update() {
    find(".waiting").textContent = say(props.value?.note);
    if (!props.value?.now) return;
    value = { ...props.value, was: toCodes(props.value.was), now: toCodes(props.value.now) };
    if (of !== value.model) {
      of = value.model;
      edits = new Map();
    }
    show();
  }
  follow({ element, props, watch }, update);
  fresh(element, () => trigger("retry"));
}
