import { make } from "../../shell/dom.js";
import { fresh, hold } from "../../shell/events.js";
import { say, t } from "../../shell/language.js";
import { follow } from "../lib/follow.js";
import { tellNear } from "../lib/near.js";
import { tellNearby } from "../lib/nearby.js";
import { showPainted } from "../lib/painted.js";
import { plotPicture } from "../lib/plane.js";
import { radios } from "../lib/radios.js";
import { tellRemarks } from "../lib/remarks.js";
import { blank, toPng } from "../lib/sheet.js";
import { recipeStrip } from "../lib/strip.js";
import { takeButton } from "../lib/take.js";
import { nameOfPoint, priorPlot } from "./plot.js";

const SHEET = 256; // pixels of the picture beside the plot in a saved one

export default function priorplane({ element, props, trigger, watch }) {
  const part = name => element.querySelector(name);
  const image = part(".picture img"),
    paintButton = part(".paint");
  let value = null,
    pointed = null; // the mark that is told of, or null for the one that is painted
  const hidden = new Set();
  part(".planes").setAttribute("aria-label", t("prior_plane.planes"));
  part(".picture").append(takeButton(() => ({ src: image.src, label: value?.recipe?.settings?.prompt ?? "" })));

  const plot = priorPlot(part("svg"), {
    point: tellMark,
    paint: point => point !== value.painted && hold(props.panel, "point", point),
  });
  const seedOf = () => value.recipe.settings.seed;
  const current = () => value.marks.find(one => one.point === (pointed ?? value.painted)) ?? value.marks[0];
  function tellMark(point) {
    pointed = point;
    const mark = current();
    part(".name").replaceChildren(
      nameOfPoint(mark.point, seedOf()),
      make("span", {
        textContent: mark.point === "text" ? "" : t("prior_plane.fits", { n: mark.cosine }),
      }),
    );
    tellNearby(
      part(".nearby"),
      mark.near.map(([k, cosine]) => ({ ...value.drawings[k], cosine })),
    );
    paintButton.textContent = t("prior_plane.paint");
    paintButton.style.visibility = mark.point === value.painted ? "hidden" : "visible";
    plot.point(mark.point);
  }
  paintButton.onclick = () => hold(props.panel, "point", current().point);

  const glyphs = { diffusion: "●", ar: "■", text: "◆", drawings: "•" };
  const glyph = kind => make("i", { className: kind, textContent: glyphs[kind], ariaHidden: "true" });
  function entry(kind) {
    const button = make("button", { type: "button" }, glyph(kind), t(`value.${kind}`));
    button.setAttribute("aria-pressed", !hidden.has(kind));
    button.onclick = () => {
      if (!hidden.delete(kind)) hidden.add(kind);
      button.setAttribute("aria-pressed", !hidden.has(kind));
      draw();
    };
    const facts = value.facts[kind];
    return make("tr", {}, make("th", { scope: "row" }, button), ...facts.map(n => make("td", { textContent: n })));
  }
  function legend() {
    const heads = ["", "prior_plane.to_text", "prior_plane.alike"].map(key =>
      key ? make("th", { scope: "col", textContent: t(key) }) : make("td"),
    );
    const others = ["text", ...(plane === "drawings" ? ["drawings"] : [])].map(kind =>
      make("span", {}, glyph(kind), t(`prior_plane.${kind}`)),
    );
    part(".legend").replaceChildren(
      make("table", {}, make("tr", {}, ...heads), ...props.kinds.filter(kind => value.facts[kind]).map(entry)),
      make("p", {}, ...others),
    );
  }
  let plane = props.planes[0];
  radios(
    part(".planes"),
    props.planes.map(name => [name, t(`prior_plane.on_${name}`)]),
    plane,
    name => {
      plane = name;
      draw();
    },
  );
  function draw() {
    if (!value) return;
    part(".kept").textContent = t(`prior_plane.told_${plane}`, { share: value.kept[plane] });
    legend();
    plot.draw(value, plane, hidden, seedOf());
    plot.point(current().point);
  }
  new ResizeObserver(() => plot.hasOtherSize() && draw()).observe(part(".plot"));

  const isSame = (a, b) => JSON.stringify([a?.marks, a?.facts]) === JSON.stringify([b.marks, b.facts]);
  const hasFocus = () => part("svg").contains(document.activeElement);
  // The plot stays as it is while one mark after the other is painted
  function place(next) {
    const stays = isSame(value, next),
      isOther = value?.painted !== next.painted;
    value = next;
    if (!stays || (isOther && !hasFocus())) pointed = null;
    if (!stays) draw();
    plot.paint(value.painted);
    tellMark(pointed);
  }
  let turn = 0;
  async function show(next) {
    part(".waiting").textContent = say(next?.note);
    if (!next?.marks) return;
    const mine = ++turn,
      { prompt, seed } = next.recipe.settings,
      name = nameOfPoint(next.painted, seed);
    place(next);
    part(".of").textContent = t("prior_plane.of", { name });
    image.alt = `${prompt} · ${name}`;
    tellNear(part(".near"), value.nearest);
    tellRemarks(part(".remarks"), value.remarks);
    await showPainted(image, value.picture);
    if (mine !== turn) return;
    tell();
    element.dataset[value.done ? "shown" : "live"] = mine;
  }
  async function sheet() {
    const { width, height } = plot.size(),
      colour = getComputedStyle(document.body).backgroundColor,
      { canvas, pen } = blank(width + SHEET + 16, Math.max(height, SHEET), colour);
    pen.drawImage(await plotPicture(part("svg"), { width, height }), 0, 0);
    if (image.src) pen.drawImage(image, width + 16, 0, SHEET, SHEET);
    return toPng(canvas);
  }
  const tell = recipeStrip(part(".strip"), props, sheet);
  follow({ element, props, watch }, show);
  fresh(element, () => trigger("retry"), false);
}
