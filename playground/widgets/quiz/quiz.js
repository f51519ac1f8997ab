import { countShown, loadPicture, make } from "../../shell/dom.js";
import { fresh } from "../../shell/events.js";
import { say, t } from "../../shell/language.js";
import { follow } from "../lib/follow.js";
import { tool } from "../lib/press.js";
import { blank, toPng } from "../lib/sheet.js";
import { recipeStrip } from "../lib/strip.js";

export default function quiz({ element, props, trigger, watch }) {
  const find = name => element.querySelector(name),
    pair = find(".pair"),
    told = find(".told"),
    tally = find(".tally");
  let pairs = [],
    at = 0,
    mine = [],
    its = [];
  const right = one => one.real.score > one.drawn.score;

  function side(name) {
    const image = make("img", { width: 64, height: 64, alt: "" }),
      b = make("button", { type: "button", disabled: true }, image),
      words = make("small");
    b.setAttribute("aria-label", t(name === "left" ? "quiz.left" : "quiz.right_one"));
    b.onclick = () => choose(name === "left");
    return { b, image, words, node: make("div", {}, b, words) };
  }
  const sides = [side("left"), side("right")];
  pair.append(...sides.map(one => one.node));
  const next = tool(
    "quiz.next",
    () => {
      at += 1;
      show();
      sides[0].b.focus();
    },
    { hidden: true },
  );

  async function show() {
    const one = pairs[at],
      order = one.left ? ["real", "drawn"] : ["drawn", "real"];
    try {
      await Promise.all(order.map(kind => loadPicture(one[kind].src)));
    } catch {
      return;
    }
    if (one !== pairs[at]) return;
    sides.forEach((place, k) => {
      place.image.src = one[order[k]].src;
      place.b.disabled = false;
      place.b.className = "";
      place.words.textContent = "";
    });
    told.replaceChildren(t("quiz.which", { n: at + 1, of: pairs.length }));
    count();
    countShown(element);
  }
  function choose(left) {
    const one = pairs[at],
      order = one.left ? ["real", "drawn"] : ["drawn", "real"];
    mine.push(left === one.left);
    its.push(right(one));
    sides.forEach((place, k) => {
      const kind = order[k],
        { label, score } = one[kind];
      place.b.disabled = true;
      place.b.className = kind;
      place.words.textContent = `${t(`quiz.${kind}`)} · ${say(label)} · D ${score >= 0 ? "+" : ""}${score.toFixed(1)}`;
    });
    const last = at + 1 >= pairs.length;
    told.replaceChildren(
      t(mine.at(-1) ? "quiz.right" : "quiz.wrong"),
      " ",
      t(its.at(-1) ? "quiz.d_right" : "quiz.d_wrong"),
      ...(last ? [" ", t("quiz.over")] : [next]),
    );
    next.hidden = last;
    if (!last) next.focus();
    count();
  }
  function count() {
    const line = (key, list) =>
      make(
        "span",
        {},
        t(key, { n: list.filter(Boolean).length, of: list.length }),
        " ",
        make("i", { textContent: list.map(v => (v ? "●" : "○")).join("") }),
      );
    tally.replaceChildren(line("quiz.you", mine), line("quiz.d", its));
  }
  async function sheet() {
    const { canvas, pen } = blank(pairs.length * 104 + 8, 240);
    for (const [k, one] of pairs.entries())
      for (const [j, kind] of ["real", "drawn"].entries())
        pen.drawImage(await loadPicture(one[kind].src), 8 + k * 104, 8 + j * 112, 96, 96);
    return toPng(canvas);
  }
  const tell = recipeStrip(find(".strip"), props, sheet);
  function update() {
    find(".waiting").textContent = say(props.value?.note);
    if (!props.value?.pairs?.length) return;
    pairs = props.value.pairs;
    at = 0;
    mine = [];
    its = [];
    show();
    tell();
  }
  follow({ element, props, watch }, update);
  fresh(element, () => trigger("retry"), false);
}
