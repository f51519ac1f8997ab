import { countShown, svgPicture } from "../../shell/dom.js";
import { bus, fresh, scaleOf } from "../../shell/events.js";
import { say, t } from "../../shell/language.js";
import { between } from "../lib/axes.js";
import { chart } from "../lib/chart.js";
import { follow } from "../lib/follow.js";
import { blank, toPng } from "../lib/sheet.js";
import { recipeStrip } from "../lib/strip.js";

export default function tradeoff({ element, props, trigger, watch }) {
  const find = name => element.querySelector(name);
  const host = find(".chart"),
    told = find(".told");

  function show() {
    const value = props.value;
    if (!value?.lines) return;
    const s = scaleOf("prompt"),
      line = value.lines.find(one => one.kind === value.live),
      point = line && between(line, s);
    const lines = value.lines.map(({ kind, label, points, scales }) => ({
      label,
      points,
      names: scales.map((one, i) => (kind === value.live || i === 0 || i === scales.length - 1 ? one : "")),
    }));
    chart(
      host,
      {
        lines: point ? [...lines, { label: ["curve.live", { s }], points: [point], live: true }] : lines,
        x: { label: value.x },
        y: { label: value.y, log: value.y === "curve.frechet" },
        note: value.x === "curve.scale" ? null : "curve.points",
      },
      360,
    );
    told.textContent = point
      ? t("curve.told", {
          s,
          x: t(value.x),
          y: t(value.y),
          a: Number(point[0].toPrecision(3)),
          b: Number(point[1].toPrecision(3)),
        })
      : line
        ? t("curve.beyond", { s })
        : "";
    element.dataset.scale = s;
  }
  function update() {
    told.textContent = say(props.value?.note);
    host.hidden = !props.value?.lines;
    if (!props.value?.recipe) return;
    show();
    tell();
    countShown(element);
  }
  async function sheet() {
    const svg = host.querySelector("svg"),
      [width, height] = [svg?.clientWidth ?? 300, svg?.clientHeight ?? 100],
      { canvas, pen } = blank(width, height),
      style = getComputedStyle(element);
    const plain = text => text.replace(/var\((--\w+)\)/g, (_, name) => style.getPropertyValue(name).trim() || "#222");
    if (svg) pen.drawImage(await svgPicture(svg, { width, height }, plain), 0, 0);
    return toPng(canvas);
  }
  const tell = recipeStrip(find(".strip"), props, sheet, { live: false });
  bus.addEventListener("scale", show);
  follow({ element, props, watch }, update);
  fresh(element, () => trigger("retry"), false);
}
