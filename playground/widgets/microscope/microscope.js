import { countShown, loadPicture, make } from "../../shell/dom.js";
import { bus, fresh, scaleOf } from "../../shell/events.js";
import { say, t } from "../../shell/language.js";
import { follow } from "../lib/follow.js";
import { putNumbers, toNumbers } from "../lib/pixels.js";
import { tellRemarks } from "../lib/remarks.js";
import { inRow } from "../lib/sheet.js";
import { recipeStrip } from "../lib/strip.js";

export default function microscope({ element, props, trigger, watch }) {
  const find = name => element.querySelector(name);
  const host = find(".panes"),
    range = find("input"),
    told = find("output"),
    waiting = find(".waiting");
  const NAMES = ["x", "nothing", "words", "change", "guess", "picture"];
  const panes = Object.fromEntries(
    NAMES.map(name => {
      const canvas = make("canvas", { width: 32, height: 32 }),
        told = make("span");
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", t(`microscope.${name}`));
      host.append(
        make(
          "figure",
          { className: name },
          canvas,
          make("figcaption", {}, make("b", { textContent: t(`microscope.${name}`) }), told),
        ),
      );
      return [name, { canvas, told }];
    }),
  );
  range.setAttribute("aria-label", t("film.scrub"));
  let moments = null,
    scale = scaleOf("microscope"),
    drawn = null;

  // The sprite's pixels, one array per moment and row: 3 numbers a pixel, from -1 to 1
  function cut(image, count) {
    const S = image.naturalHeight / 3,
      canvas = make("canvas", { width: image.naturalWidth, height: image.naturalHeight });
    const c = canvas.getContext("2d", { willReadFrequently: true });
    c.drawImage(image, 0, 0);
    return Array.from({ length: count }, (_, k) =>
      [0, 1, 2].map(row => toNumbers(c.getImageData(k * S, row * S, S, S).data)),
    );
  }
  function show() {
    if (!moments) return;
    const began = performance.now(),
      k = Math.min(moments.length - 1, Number(range.value)),
      {
        t: at,
        kept,
        spread,
        rows: [eps, nothing, change],
      } = moments[k];
    const [wide, range0] = props.largest,
      signal = Math.sqrt(kept),
      noise = Math.sqrt(1 - kept),
      ratio = signal / noise;
    const loud = 1 / Math.max(1e-6, ratio * spread); // what makes the largest difference of ε fill the range
    putNumbers(panes.x.canvas, i => (signal * range0 * nothing[i] + noise * wide * eps[i]) / 2);
    putNumbers(panes.nothing.canvas, i => (wide * eps[i]) / 3);
    putNumbers(panes.words.canvas, i => (wide * eps[i] - ratio * spread * change[i]) / 3);
    putNumbers(panes.change.canvas, i => -change[i]);
    putNumbers(panes.guess.canvas, i => range0 * nothing[i] + scale * spread * change[i]);
    panes.change.told.textContent = t("microscope.loud", { n: loud < 10 ? loud.toFixed(1) : Math.round(loud) });
    panes.guess.told.textContent = t("guidance.at_scale", { s: scale });
    told.textContent = t("film.at", { k: k + 1, n: moments.length, t: at });
    element.dataset.at = k;
    element.dataset.scale = scale;
    element.dataset.took = (performance.now() - began).toFixed(1);
  }
  function blank() {
    moments = null;
    for (const name of NAMES.slice(0, 5)) {
      const { canvas, told } = panes[name];
      canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
      told.textContent = "";
    }
    panes.picture.told.textContent = told.textContent = "";
  }
  async function picture(src) {
    const image = await loadPicture(src),
      { canvas } = panes.picture;
    canvas.width = canvas.height = image.naturalWidth;
    canvas.getContext("2d").drawImage(image, 0, 0);
  }
  let turn = 0;
  async function update(value) {
    if (!value) return;
    waiting.textContent = say(value.note);
    tellRemarks(find(".remarks"), value.remarks);
    const mine = ++turn;
    if (value.live) {
      blank(); // of an older run
      await picture(value.live);
      tell();
    }
    if (!value.sprite) return;
    const image = await loadPicture(value.sprite);
    if (mine !== turn) return;
    const S = image.naturalHeight / 3,
      rows = cut(image, value.moments.length);
    NAMES.slice(0, 5).forEach(name => {
      panes[name].canvas.width = panes[name].canvas.height = S;
    });
    moments = value.moments.map((one, k) => ({ ...one, rows: rows[k] }));
    if (drawn === null) range.value = Math.round(moments.length * 0.45);
    range.max = moments.length - 1;
    drawn = value.scale;
    panes.picture.told.textContent = t("guidance.at_scale", { s: drawn });
    await picture(value.src);
    show();
    tell();
    countShown(element);
  }
  const sheet = () =>
    inRow(
      NAMES.map(name => panes[name].canvas),
      128,
    );
  const tell = recipeStrip(find(".strip"), props, sheet);
  range.oninput = show;
  bus.addEventListener("scale", () => {
    if (scaleOf("microscope") === scale) return;
    scale = scaleOf("microscope");
    show();
  });
  follow({ element, props, watch }, update);
  fresh(element, () => trigger("retry"), false);
}
