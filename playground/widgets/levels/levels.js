import { loadPicture, make } from "../../shell/dom.js";
import { fresh } from "../../shell/events.js";
import { say, t } from "../../shell/language.js";
import { short } from "../lib/axes.js";
import { bench } from "../lib/bench.js";
import { placeOn } from "../lib/brush.js";
import { follow } from "../lib/follow.js";
import { blank, toPng } from "../lib/sheet.js";
import { recipeStrip } from "../lib/strip.js";
import { toCodes } from "../lib/tokens.js";

const S = 320, // pixels of a picture a side
  MAP = 64, // and of a map
  GAP = 4;

export default function levels({ element, props, trigger, watch }) {
  const find = name => element.querySelector(name);
  const [range, at, told, host] = ["input", "output", ".told", ".unet"].map(find);
  const canvases = bench(find(".bench"), "levels.", ["x", "map", "x0"], S);
  range.setAttribute("aria-label", t("film.scrub"));
  let value = null,
    strips = [], // a canvas for each level
    chosen = { level: 0, map: 0 },
    turn = 0;

  const moment = () => Math.min(Number(range.value), value.t.length - 1);
  const sizeOf = ({ side, channels }) => `${side} × ${side} × ${channels}`;
  const wayOf = one => t(`levels.${one.way}`);
  // One map on a canvas; the sprite has a row for each level and, for each moment, all of a level's maps side by side
  function put(pen, level, map, x, y, size) {
    const { side, top } = value.levels[level];
    pen.imageSmoothingEnabled = false;
    pen.drawImage(value.maps, moment() * value.wide + map * side, top, side, side, x, y, size, size);
  }
  function build() {
    strips = value.levels.map((one, level) => {
      const count = one.kept.length,
        canvas = make("canvas", { width: count * (MAP + GAP) - GAP, height: MAP, tabIndex: 0 });
      canvas.setAttribute("role", "img");
      canvas.onpointerdown = e => choose(level, Math.floor(placeOn(canvas, e).x / (MAP + GAP)));
      canvas.onkeydown = e => {
        const by = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
        if (!by) return;
        e.preventDefault();
        choose(level, (chosen.level === level ? chosen.map : 0) + by);
      };
      return canvas;
    });
    host.replaceChildren(
      ...value.levels.map((one, level) => {
        const head = make("figcaption", {}, make("b", { textContent: wayOf(one) }), ` ${sizeOf(one)}`);
        const figure = make("figure", { className: one.way }, head, strips[level]);
        figure.style.setProperty("--row", one.way === "middle" ? value.rows + 1 : value.sides.indexOf(one.side) + 1);
        return figure;
      }),
    );
  }
  function choose(level, map) {
    chosen = { level, map: Math.min(value.levels[level].kept.length - 1, Math.max(0, map)) };
    paint();
  }
  function frame(pen, x) {
    for (const [width, style] of [
      [6, "#fff"],
      [3, "#111"],
    ]) {
      pen.lineWidth = width;
      pen.strokeStyle = style;
      pen.strokeRect(x + 2, 2, MAP - 4, MAP - 4);
    }
  }
  const rangeOf = (level, map) => {
    const first = value.levels.slice(0, level).reduce((sum, one) => sum + one.kept.length, 0),
      all = value.levels.reduce((sum, one) => sum + one.kept.length, 0),
      i = 2 * (moment() * all + first + map);
    const [low, high] = [i, i + 1].map(end => short(value.ends[end]).replace("-", "−"));
    return { low, high };
  };
  function tellMap(level, map) {
    const one = value.levels[level],
      where = { way: wayOf(one), size: sizeOf(one), channel: one.kept[map] + 1, of: one.channels };
    return t("levels.told", { ...where, ...rangeOf(level, map) });
  }
  function paint() {
    if (!value) return;
    const k = moment();
    ["x", "x0"].forEach((name, row) => {
      const pen = canvases[name].getContext("2d");
      pen.imageSmoothingEnabled = false;
      pen.drawImage(value.image, k * value.side, row * value.side, value.side, value.side, 0, 0, S, S);
    });
    put(canvases.map.getContext("2d"), chosen.level, chosen.map, 0, 0, S);
    strips.forEach((canvas, level) => {
      const pen = canvas.getContext("2d");
      pen.clearRect(0, 0, canvas.width, canvas.height);
      value.levels[level].kept.forEach((_, map) => put(pen, level, map, map * (MAP + GAP), 0, MAP));
      if (level === chosen.level) frame(pen, chosen.map * (MAP + GAP));
      const map = level === chosen.level ? chosen.map : 0;
      canvas.setAttribute("aria-label", tellMap(level, map));
    });
    told.textContent = tellMap(chosen.level, chosen.map);
    canvases.map.setAttribute("aria-label", told.textContent);
    at.textContent = t("film.at", { k: value.step[k], n: value.of, t: value.t[k] });
    Object.assign(element.dataset, { moment: k, level: chosen.level, map: chosen.map });
  }
  range.oninput = paint;

  function clear() {
    value = null;
    for (const canvas of Object.values(canvases)) canvas.getContext("2d").clearRect(0, 0, S, S);
    for (const canvas of strips) canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
    told.textContent = at.textContent = "";
  }
  function unpacked(now, image, maps) {
    let top = 0;
    const placed = now.levels.map(one => {
      top += one.side;
      return { ...one, top: top - one.side };
    });
    const sides = [...new Set(now.levels.map(one => one.side))].sort((a, b) => b - a),
      wide = maps.naturalWidth / now.t.length;
    const ends = toCodes(now.ranges);
    return {
      ...now,
      image,
      maps,
      ends,
      levels: placed,
      sides,
      rows: sides.length,
      wide,
      side: image.naturalHeight / 3,
    };
  }
  async function show(now) {
    if (!now) return;
    find(".waiting").textContent = say(now.note);
    const mine = ++turn;
    if (now.live) {
      const image = await loadPicture(now.live);
      if (mine !== turn) return;
      clear(); // of an older run
      const pen = canvases.x0.getContext("2d");
      pen.imageSmoothingEnabled = false;
      pen.drawImage(image, 0, 0, S, S);
      return tell();
    }
    if (!now.sprite) return;
    const [image, maps] = await Promise.all([loadPicture(now.src), loadPicture(now.sprite)]);
    if (mine !== turn) return;
    value = unpacked(now, image, maps);
    if (Number(range.max) !== value.t.length - 1 || !strips.length) {
      range.max = value.t.length - 1;
      range.value = Math.round((value.t.length - 1) * 0.6);
    }
    build();
    chosen.level = Math.min(chosen.level, value.levels.length - 1);
    choose(chosen.level, chosen.map);
    tell();
    element.dataset.shown = mine;
  }
  // All strips under each other, as they are passed through
  function sheet() {
    const { canvas, pen } = blank(8 * (MAP + GAP) + 24, strips.length * (MAP + 30) + 16);
    strips.forEach((strip, level) => {
      const y = 12 + level * (MAP + 30);
      pen.fillText(`${wayOf(value.levels[level])} ${sizeOf(value.levels[level])}`, 12, y + 10);
      pen.drawImage(strip, 12, y + 16);
    });
    return toPng(canvas);
  }
  const tell = recipeStrip(find(".strip"), props, sheet);
  follow({ element, props, watch }, show);
  fresh(element, () => trigger("retry"), false);
}
