import { countShown, make, makeSvg } from "../../shell/dom.js";
import { fresh } from "../../shell/events.js";
import { say, t } from "../../shell/language.js";
import { follow } from "../lib/follow.js";
import { frameOf, placer, plotPicture } from "../lib/plane.js";
import { blank, toPng } from "../lib/sheet.js";
import { recipeStrip } from "../lib/strip.js";

export default function cloud({ element, props, trigger, watch }) {
  const svg = element.querySelector("svg"),
    told = element.querySelector(".told"),
    waiting = element.querySelector(".waiting");
  const W = 720,
    H = 440,
    R = 18; // pixels of the margin
  let shown = null,
    frame = null,
    at = -1,
    ties = null;
  svg.setAttribute("viewBox", `0 0 ${W} ${H}`);
  svg.setAttribute("aria-label", t("gap.plot"));
  element
    .querySelector(".legend")
    .append(
      ...[...props.kinds, "specimen"].map(kind => make("span", {}, make("i", { className: kind }), t(`gap.${kind}`))),
    );

  // The frame is kept while one style is shown, so that points move and not the picture
  function place(value) {
    const style = value.recipe?.settings?.style;
    if (frame?.style !== style) frame = { style, axes: frameOf(Object.values(value.points).flat()) };
    return placer(frame.axes, [W, H], R, 8); // a picture of the visitor may lie far out
  }
  function show(value) {
    waiting.textContent = say(value?.note);
    if (!value?.points) return;
    shown = value;
    const to = place(value),
      star = to(value.specimen),
      number = value.numbers;
    ties = makeSvg("g", { class: "ties" });
    svg.replaceChildren(
      ties,
      ...props.kinds.flatMap(kind =>
        value.points[kind].map((p, i) => {
          const [cx, cy] = to(p),
            dot = makeSvg("circle", { cx, cy, r: 4, class: kind });
          dot.onpointerenter = () => point(i);
          return dot;
        }),
      ),
      makeSvg("rect", {
        x: star[0] - 6,
        y: star[1] - 6,
        width: 12,
        height: 12,
        class: "specimen",
        transform: `rotate(45 ${star[0]} ${star[1]})`,
      }),
    );
    element
      .querySelector("dl")
      .replaceChildren(
        ...number.map(([key, text]) =>
          make("div", {}, make("dt", { textContent: t(key) }), make("dd", { textContent: text })),
        ),
      );
    point(at);
    tell();
    countShown(element);
  }
  function point(i) {
    at = Math.min(i, (shown?.names.length ?? 0) - 1);
    if (!ties) return;
    ties.replaceChildren();
    told.textContent = at < 0 ? t("gap.hint") : `${shown.names[at].en} · ${shown.names[at].zh}`;
    if (at < 0) return;
    const to = place(shown),
      [p, ...names] = props.kinds.map(kind => to(shown.points[kind][at]));
    ties.append(
      ...names.map(n => makeSvg("line", { x1: p[0], y1: p[1], x2: n[0], y2: n[1] })),
      ...[p, ...names].map(c => makeSvg("circle", { cx: c[0], cy: c[1], r: 9 })),
    );
  }
  svg.onkeydown = e => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key];
    if (!step || !shown) return;
    e.preventDefault();
    point((at + step + shown.names.length) % shown.names.length);
  };
  async function sheet() {
    const image = await plotPicture(svg, { width: W, height: H }),
      { canvas, pen } = blank(W, H, getComputedStyle(document.body).backgroundColor);
    pen.drawImage(image, 0, 0);
    return toPng(canvas);
  }
  const tell = recipeStrip(element.querySelector(".strip"), props, sheet);
  told.textContent = t("gap.hint");
  follow({ element, props, watch }, show);
  fresh(element, () => trigger("retry"));
}
