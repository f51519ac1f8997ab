import { loadPicture, make } from "../../shell/dom.js";
import { fresh } from "../../shell/events.js";
import { say, t } from "../../shell/language.js";
import { follow } from "../lib/follow.js";
import { tellNear } from "../lib/near.js";
import { tellRemarks } from "../lib/remarks.js";
import { blank, toPng } from "../lib/sheet.js";
import { recipeStrip } from "../lib/strip.js";
import { takeButton } from "../lib/take.js";

export default function faceoff({ element, props, trigger, watch }) {
  const find = name => element.querySelector(name);
  const board = find(".board"),
    range = find(".transport input"),
    told = find("output"),
    waiting = find(".waiting");
  find(".transport span").textContent = t("faceoff.step");
  find(".key").textContent = t("faceoff.key");

  function meter(name) {
    const bar = make("div", { className: "bar" }, make("i"), make("s")),
      number = make("em"),
      label = make("span");
    return { bar, number, label, row: make("div", { className: `meter ${name}` }, label, bar, number) };
  }
  const rows = Object.fromEntries(
    props.kinds.map(kind => {
      const image = make("img", { width: 32, height: 32, alt: "" }),
        heat = make("canvas", { width: 32, height: 32 }),
        note = make("p", { className: "note" }),
        near = make("div", { className: "near" });
      const take = takeButton(() => ({ src: image.src, label: t(`guide.${kind}`) }));
      heat.setAttribute("role", "img");
      heat.setAttribute("aria-label", t("faceoff.heat", { name: t(`guide.${kind}`) }));
      const own = meter("own"),
        judge = meter("judge"),
        scale = make("span", { className: "scale" });
      const facts = make(
        "div",
        { className: "facts" },
        make("h4", {}, t(`guide.${kind}`), " ", scale),
        make("p", { className: "about", textContent: t(`guide.${kind}.about`) }),
        own.row,
        judge.row,
        near,
        note,
      );
      const node = make("section", {}, make("div", { className: "picture" }, image, take), heat, facts);
      board.append(node);
      return [kind, { node, image, heat, note, near, own, judge, scale, sprite: null, t: [] }];
    }),
  );

  const written = (value, unit) =>
    unit === "cosine"
      ? value.toFixed(2)
      : value < 0.001
        ? "<0.1%"
        : value < 0.1
          ? `${(100 * value).toFixed(1)}%`
          : `${Math.round(100 * value)}%`;
  function fillMeter(one, who, pair, unit) {
    one.label.textContent = t(`faceoff.${who}`);
    one.row.classList.toggle("none", !pair);
    const [now, before] = (pair ?? [0, 0]).map(v => 100 * Math.min(1, Math.max(0, v)));
    one.bar.children[0].style.width = `${now}%`;
    one.bar.children[1].style.left = `${before}%`;
    one.number.textContent = pair ? written(pair[0], unit) : "–";
    one.row.title = pair ? t("faceoff.before", { now: written(pair[0], unit), before: written(pair[1], unit) }) : "";
    one.bar.setAttribute("role", "img");
    one.bar.setAttribute("aria-label", one.row.title);
  }
  function heats() {
    let shown = null;
    Object.values(rows).forEach(({ heat, sprite, t: moments }) => {
      if (!sprite) return;
      const k = Math.min(moments.length - 1, Number(range.value)),
        S = sprite.naturalHeight;
      heat.width = heat.height = S;
      heat.getContext("2d").drawImage(sprite, k * S, 0, S, S, 0, 0, S, S);
      shown = moments[k];
    });
    told.textContent = shown === null ? "" : `t = ${shown}`;
    element.dataset.at = range.value;
  }
  let turn = 0;
  async function fill(data) {
    const one = rows[data.kind];
    if (!one) return;
    if (data.src) {
      try {
        await loadPicture(data.src);
      } catch {
        return;
      }
      one.image.src = data.src;
    } else one.image.removeAttribute("src");
    one.image.alt = t(`guide.${data.kind}`);
    one.note.textContent = say(data.note);
    one.node.classList.toggle("empty", !data.src);
    one.scale.textContent = data.scale ? t("guidance.at_scale", { s: Number(data.scale.toFixed(2)) }) : "";
    fillMeter(one.own, "own", data.own, data.unit);
    fillMeter(one.judge, "judge", data.judge, data.kind === "feature" ? "cosine" : "share");
    tellNear(one.near, data.near);
    if (data.heats) {
      one.sprite = await loadPicture(data.heats);
      one.t = data.t;
    }
  }
  async function update(value) {
    waiting.textContent = say(value?.note);
    if (!value?.rows) return;
    const mine = ++turn;
    tellRemarks(find(".remarks"), value.remarks);
    await Promise.all(value.rows.map(fill));
    if (mine !== turn) return;
    const most = Math.max(...Object.values(rows).map(one => one.t.length));
    if (most > 0) range.max = most - 1;
    heats();
    tell();
    element.dataset.live = mine;
    if (value.rows.every(row => row.heats || !row.src)) element.dataset.shown = mine;
  }
  function sheet() {
    const S = 96,
      list = Object.entries(rows),
      { canvas, pen: c } = blank(560, list.length * (S + 10));
    list.forEach(([kind, one], i) => {
      const y = i * (S + 10);
      if (one.image.src) c.drawImage(one.image, 0, y, S, S);
      if (one.sprite) c.drawImage(one.heat, S + 8, y, S, S);
      c.font = "bold 14px 'IBM Plex Sans', sans-serif";
      c.fillText(t(`guide.${kind}`), 2 * S + 24, y + 20);
      c.font = "13px 'IBM Plex Sans', sans-serif";
      [one.own, one.judge].forEach((m, k) =>
        c.fillText(`${m.label.textContent} ${m.number.textContent}`, 2 * S + 24, y + 44 + 20 * k),
      );
    });
    return toPng(canvas);
  }
  Object.values(rows).forEach(one => {
    fillMeter(one.own, "own", null);
    fillMeter(one.judge, "judge", null);
  });
  const tell = recipeStrip(find(".strip"), props, sheet);
  range.oninput = heats;
  follow({ element, props, watch }, update);
  fresh(element, () => trigger("retry"));
}
