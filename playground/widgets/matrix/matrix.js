import { countShown, loadPicture, make } from "../../shell/dom.js";
import { fresh } from "../../shell/events.js";
import { say, t } from "../../shell/language.js";
import { follow } from "../lib/follow.js";
import { tellRemarks } from "../lib/remarks.js";
import { scaleSlider } from "../lib/scale.js";
import { blank, toPng } from "../lib/sheet.js";
import { percent, softmax } from "../lib/softmax.js";
import { recipeStrip } from "../lib/strip.js";

export default function matrix({ element, props, trigger, watch }) {
  const blocks = element.querySelector(".blocks"),
    waiting = element.querySelector(".waiting");
  const MODES = ["cosine", "per_picture", "per_caption"];
  let shown = null,
    cells = [];

  function layout(value) {
    cells = MODES.map(() => []);
    blocks.replaceChildren(
      ...MODES.map((mode, m) => {
        const head = make(
          "tr",
          {},
          make("td"),
          ...value.pictures.map(one => {
            const image = make("img", { width: 64, height: 64, alt: say(one.label), title: say(one.label) });
            if (one.src) image.src = one.src;
            return make("th", { scope: "col" }, image);
          }),
        );
        const rows = value.captions.map(text => {
          const own = value.pictures.map(() => make("td"));
          cells[m].push(own);
          return make(
            "tr",
            {},
            make("th", { scope: "row", dir: "auto" }, make("span", { textContent: text, title: text })),
            ...own,
          );
        });
        return make(
          "figure",
          { className: mode },
          make(
            "figcaption",
            {},
            make("b", { textContent: t(`matrix.${mode}`) }),
            make("span", { textContent: t(`matrix.${mode}_sum`) }),
          ),
          make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows)),
        );
      }),
    );
    blocks.style.setProperty("--columns", value.pictures.length);
  }
  const column = (table, i) => table.map(row => row[i]);
  function tables(scale) {
    const { cosine } = shown,
      across = cosine.map(row => softmax(row, scale));
    const down = cosine[0].map((_, i) => softmax(column(cosine, i), scale));
    return [cosine, cosine.map((row, j) => row.map((_, i) => down[i][j])), across];
  }
  function paint(scale) {
    if (!shown) return;
    const all = tables(scale),
      flat = all[0].flat(),
      low = Math.min(0, ...flat),
      high = Math.max(...flat, 1e-6);
    all.forEach((table, m) =>
      table.forEach((row, j) =>
        row.forEach((v, i) => {
          const cell = cells[m][j][i],
            heat = m ? v : (v - low) / (high - low),
            rivals = m === 1 ? column(table, i) : row;
          cell.textContent = m ? percent(v) : v.toFixed(2);
          cell.style.setProperty("--heat", heat.toFixed(3));
          cell.classList.toggle("best", m > 0 && v === Math.max(...rivals));
        }),
      ),
    );
  }
  const own = scaleSlider(element.querySelector(".transport"), scale => paint(scale));
  async function show(value) {
    waiting.textContent = say(value?.note);
    if (!value?.cosine) return;
    try {
      await Promise.all(value.pictures.map(one => loadPicture(one.src)));
    } catch {
      return;
    }
    if (value !== props.value) return;
    shown = value;
    layout(value);
    own(value.scale);
    tellRemarks(element.querySelector(".remarks"), value.remarks);
    tell();
    countShown(element);
  }

  function sheet() {
    const S = 56,
      L = 200,
      n = shown.pictures.length,
      rows = shown.captions.length,
      W = L + 3 * (n * S + 24),
      H = 40 + S + rows * 40;
    const { canvas, pen: c } = blank(W, H),
      images = [...blocks.querySelectorAll("figure:first-child img")];
    c.textBaseline = "middle";
    shown.captions.forEach((text, j) => {
      c.fillStyle = "#222";
      c.fillText(text, 8, 40 + S + j * 40 + 20, L - 16);
    });
    cells.forEach((table, m) => {
      const left = L + m * (n * S + 24);
      c.fillStyle = "#222";
      c.fillText(t(`matrix.${MODES[m]}`), left, 18, n * S);
      images.forEach((image, i) => c.drawImage(image, left + i * S + 2, 36, S - 4, S - 4));
      table.forEach((row, j) =>
        row.forEach((cell, i) => {
          const x = left + i * S,
            y = 40 + S + j * 40;
          c.fillStyle = `rgb(47 122 44 / ${0.66 * cell.style.getPropertyValue("--heat")})`;
          c.fillRect(x + 1, y + 1, S - 2, 38);
          c.fillStyle = "#14161a";
          c.fillText(cell.textContent, x + 12, y + 20, S - 14);
        }),
      );
    });
    return toPng(canvas);
  }
  const tell = recipeStrip(element.querySelector(".strip"), props, sheet);
  layout({
    pictures: Array.from({ length: props.shape[0] }, () => ({ label: "" })),
    captions: Array.from({ length: props.shape[1] }, () => " "),
  });
  follow({ element, props, watch }, show);
  fresh(element, () => trigger("retry"));
}
