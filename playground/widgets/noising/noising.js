import { countShown, loadPicture, make } from "../../shell/dom.js";
import { fresh } from "../../shell/events.js";
import { t } from "../../shell/language.js";
import { chart } from "../lib/chart.js";
import { follow } from "../lib/follow.js";
import { putNumbers, toNumbers } from "../lib/pixels.js";
import { inRow } from "../lib/sheet.js";
import { recipeStrip } from "../lib/strip.js";

export default function noising({ element, props, trigger, watch }) {
  const S = props.side,
    names = Object.keys(props.tables);
  const host = element.querySelector(".panes"),
    range = element.querySelector("input"),
    told = element.querySelector("output");
  const canvases = [["clean", "forward.clean"], ...names.map(n => [n, `forward.${n}`]), ["noise", "forward.noise"]].map(
    ([name, key]) => {
      const canvas = make("canvas", { width: S, height: S }),
        caption = make("figcaption");
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", t(key));
      caption.append(make("b", { textContent: t(key) }), make("span"));
      host.append(make("figure", {}, canvas, caption));
      return { name, canvas, told: caption.lastChild };
    },
  );
  range.setAttribute("aria-label", t("forward.slider"));
  let x0 = null,
    noise = null;

  const decibel = a => `${(10 * Math.log10(a / (1 - a))).toFixed(1)} dB`;
  function show() {
    const at = Number(range.value);
    told.textContent = `t = ${at}`;
    marks.forEach(mark => mark(at));
    if (!x0) return;
    canvases.forEach(({ name, canvas, told }) => {
      const table = props.tables[name];
      if (!table) return putNumbers(canvas, name === "clean" ? i => x0[i] : i => noise[i] / 3);
      const a = Math.sqrt(table[at]),
        b = Math.sqrt(1 - table[at]);
      putNumbers(canvas, i => a * x0[i] + b * noise[i]);
      told.textContent = `${t("forward.snr")} ${decibel(table[at])}`;
    });
    element.dataset.at = at;
  }
  async function update(value) {
    if (!value?.src) return;
    const image = await loadPicture(value.src),
      canvas = make("canvas", { width: S, height: S }),
      c = canvas.getContext("2d");
    c.drawImage(image, 0, 0, S, S);
    const pixels = c.getImageData(0, 0, S, S).data,
      bytes = Uint8Array.from(atob(value.noise), b => b.charCodeAt(0));
    noise = Float32Array.from(new Int16Array(bytes.buffer), v => v / 8192);
    x0 = toNumbers(pixels);
    show();
    tell();
    countShown(element);
  }
  const every = (table, f) => table.map((a, i) => [i, f(a)]).filter((_, i) => i % 9 === 0);
  const x = { label: "forward.t", min: 0, max: 999 };
  const [signal, snr] = element.querySelectorAll(".chart");
  const marks = [
    chart(signal, {
      x,
      y: { label: "forward.signal", min: 0, max: 1 },
      lines: names.map(n => ({ label: `forward.${n}`, points: every(props.tables[n], Math.sqrt) })),
    }),
    chart(snr, {
      x,
      y: { label: "forward.log_snr", min: -60, max: 45 },
      lines: names.map(n => ({
        label: `forward.${n}`,
        points: every(props.tables[n], a => 10 * Math.log10(a / (1 - a))),
      })),
    }),
  ];
  const sheet = () =>
    inRow(
      canvases.map(one => one.canvas),
      128,
    );
  const tell = recipeStrip(element.querySelector(".strip"), props, sheet);
  range.oninput = show;
  follow({ element, props, watch }, update);
  show();
  fresh(element, () => trigger("retry"));
}
