import { loadPicture, make } from "../../shell/dom.js";
import { bus, fresh, isWhole } from "../../shell/events.js";
import { say, t } from "../../shell/language.js";
import { follow } from "../lib/follow.js";
import { tellNear } from "../lib/near.js";
import { player } from "./player.js";
import { tellRemarks } from "../lib/remarks.js";
import { blank, toPng } from "../lib/sheet.js";
import { recipeStrip, words } from "../lib/strip.js";
import { takeButton } from "../lib/take.js";

export default function exhibit({ element, props, trigger, watch }) {
  const rows = element.querySelector(".rows"),
    strip = element.querySelector(".strip");

  function frame() {
    const image = make("img", { width: 64, height: 64, alt: "", draggable: false }),
      note = make("p", { className: "note" });
    const caption = make(
      "figcaption",
      {},
      make("b"),
      make("span", { className: "numbers" }),
      make("span", { className: "near" }),
    );
    const take = takeButton(() => ({ src: image.src, label: image.alt }));
    return make("figure", {}, make("div", { className: "picture" }, image, note, take), caption);
  }

  function layout(shape) {
    rows.replaceChildren(
      ...shape.map((count, i) => {
        const line = make("div", { className: "row" }, ...Array.from({ length: count }, frame));
        line.style.setProperty("--count", count);
        line.style.setProperty("--across", count === 4 ? 2 : 3); // on a phone
        line.style.setProperty("--few", count === 5 ? 5 : 4); // the same of small pictures
        return make(
          "section",
          { className: `size-${props.size[i] ?? props.size[0]}` },
          make("h4", { textContent: say(props.titles[i]) }),
          line,
        );
      }),
    );
  }

  async function fill(node, data) {
    const image = node.querySelector("img"),
      note = node.querySelector(".note");
    if (data.src) {
      try {
        await loadPicture(data.src);
      } catch {
        return;
      }
      image.src = data.src;
    } else image.removeAttribute("src");
    image.alt = say(data.alt);
    note.textContent = say(data.note);
    node.classList.toggle("empty", !data.src);
    node.querySelector("b").textContent = say(data.label);
    node
      .querySelector(".numbers")
      .replaceChildren(
        ...data.numbers.map(([name, value]) =>
          make("span", {}, make("i", { textContent: say(name) }), " ", make("em", { textContent: words(value) })),
        ),
      );
    tellNear(node.querySelector(".near"), data.near);
  }

  let turn = 0;
  async function show(value) {
    waiting.textContent = say(value?.note);
    if (!value?.rows) return;
    tellRemarks(remarks, value.remarks);
    const mine = ++turn,
      shape = value.rows.map(r => r.figures.length);
    const now = [...rows.children].map(s => s.querySelectorAll("figure").length);
    if (String(now) !== String(shape)) layout(shape);
    const nodes = [...rows.children];
    await Promise.all(
      value.rows.flatMap((row, i) => {
        nodes[i].querySelector("h4").textContent = say(row.title);
        return [...nodes[i].querySelectorAll("figure")].map((node, k) => fill(node, row.figures[k]));
      }),
    );
    if (mine === turn) {
      playColumns(value.rows.map(row => row.figures));
      tell();
      element.dataset.shown = mine;
    }
  }

  async function sheet() {
    const lines = [...rows.querySelectorAll(".row")].map(r => [...r.querySelectorAll("figure")]);
    const S = 128,
      G = 16,
      H = S + 40,
      across = Math.max(...lines.map(l => l.length));
    const { canvas, pen: c } = blank(across * (S + G) + G, lines.length * (H + G) + G);
    lines.forEach((line, j) =>
      line.forEach((node, i) => {
        const x = G + i * (S + G),
          y = G + j * (H + G),
          image = node.querySelector("img");
        if (image.src) c.drawImage(image, x, y, S, S);
        c.fillText(node.querySelector("b").textContent, x, y + S + 16, S);
        c.fillText(node.querySelector(".numbers").textContent, x, y + S + 33, S);
      }),
    );
    return toPng(canvas);
  }

  const waiting = make("p", { className: "waiting" });
  waiting.setAttribute("role", "status");
  rows.before(waiting);
  const stage = make("div", { className: "player" });
  const playColumns = props.plays ? player(stage) : () => {};
  if (props.plays) rows.before(stage);
  const remarks = make("p", { className: "remarks", hidden: !props.remarks });
  remarks.setAttribute("role", "status");
  rows.after(remarks);
  let told = null,
    withheld = false;
  const tell = recipeStrip(strip, props, sheet, { made: () => told });
  rows.style.setProperty("--lines", props.lines);
  rows.classList.toggle("with-near", props.near);
  layout(props.shape);
  const update = () => {
    withheld = !isWhole(props.value?.recipe);
    if (!withheld) show((told = props.value));
  };
  bus.addEventListener("whole", () => withheld && update());
  bus.addEventListener("begun", e => {
    if (e.detail !== props.of || !told) return;
    told = null;
    layout(props.shape);
    rows.querySelector("h4").textContent = t("exhibit.older");
    tell();
  });
  follow({ element, props, watch }, update);
  fresh(element, () => trigger("retry"), props.follows);
}
