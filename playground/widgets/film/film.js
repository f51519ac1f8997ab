import { loadPicture, make, saveFile } from "../../shell/dom.js";
import { fresh, setSpecimen } from "../../shell/events.js";
import { say, t } from "../../shell/language.js";
import { brush } from "../lib/brush.js";
import { chart } from "../lib/chart.js";
import { PAINTS } from "../lib/colours.js";
import { BEGINS, follow } from "../lib/follow.js";
import { tellNear } from "../lib/near.js";
import { plays } from "../lib/playing.js";
import { tool } from "../lib/press.js";
import { columnAt, longest } from "./reel.js";
import { tellRemarks } from "../lib/remarks.js";
import { blank, inRow, toPng } from "../lib/sheet.js";
import { recipeStrip } from "../lib/strip.js";

const PAUSE = 90; // ms of a step

export default function film({ element, props, trigger, watch, server }) {
  const find = name => element.querySelector(name);
  const [films, play, range, told, actions, tools, host, strip] = [
    ".films",
    ".play",
    "input",
    "output",
    ".actions",
    ".tools",
    ".chart",
    ".strip",
  ].map(find);
  const LABELS = { x: "film.x", x0: "film.x0", eps: "film.eps" };
  let reels = [],
    at = 0,
    mark = () => {},
    painting = null,
    shown = null; // the value whose picture is shown

  const panes = props.titles.map(title => {
    const figures = props.rows.map(name => {
      const canvas = make("canvas", { width: 32, height: 32 });
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", t(LABELS[name]));
      return { name, canvas, figure: make("figure", {}, canvas, make("figcaption", { textContent: t(LABELS[name]) })) };
    });
    const heading = make("h4", { textContent: say(title) });
    films.append(make("section", {}, heading, make("div", { className: "panes" }, ...figures.map(f => f.figure))));
    return { heading, figures };
  });
  const near = make("p", { className: "near" }),
    note = make("p", { className: "note" });
  const remarks = make("p", { className: "remarks", hidden: !props.remarks });
  note.setAttribute("role", "status");
  films.append(note, near, remarks);
  films.style.setProperty("--panes", props.rows.length);
  films.classList.toggle("pair", props.titles.length > 1);
  films.classList.toggle("with-near", props.near);
  range.setAttribute("aria-label", t("film.scrub"));
  host.hidden = !props.titles[1];

  const paint = (canvas, image, column, row, side) => {
    if (canvas.width !== side) canvas.width = canvas.height = side;
    canvas.getContext("2d").drawImage(image, column * side, row * side, side, side, 0, 0, side, side);
  };
  const main = () => longest(reels);

  function show(k) {
    if (!reels.length) return;
    const first = main(),
      last = first.t.length;
    at = Math.min(last, Math.max(0, k));
    range.value = at;
    reels.forEach((reel, r) =>
      panes[r]?.figures.forEach(({ name, canvas }) => {
        const c = columnAt(reel, first, at);
        paint(canvas, reel.image, c, props.order.indexOf(name), reel.side);
        canvas.setAttribute("aria-label", `${t(LABELS[name])} ${reel.step[c] ?? ""}`);
      }),
    );
    told.textContent =
      at < last
        ? t("film.at", { k: first.step[at], n: first.of, t: first.t[at] })
        : t(first.stopped ? "film.stopped" : "film.picture");
    mark(at === last ? 0 : first.t[at]);
    element.dataset.at = at;
  }

  function fromStart() {
    if (!reels.length) return false;
    leave();
    if (at >= main().t.length) show(0);
  }
  function onward() {
    const goesOn = at < main().t.length;
    if (goesOn) show(at + 1);
    return goesOn;
  }
  const { stop } = plays(play, PAUSE, fromStart, onward);
  range.oninput = () => {
    stop();
    leave();
    show(Number(range.value));
  };

  let turn = 0,
    seen = []; // of each film that runs, the previews that came
  async function preview(list) {
    const mine = ++turn;
    list.forEach((one, r) => one && (seen[r] ??= []).push(one));
    const images = await Promise.all(
      list.map(one => one && Promise.all(props.rows.map(name => loadPicture(one[name])))),
    );
    if (mine !== turn) return;
    images.forEach((row, r) =>
      row?.forEach((image, i) => paint(panes[r].figures[i].canvas, image, 0, 0, image.naturalWidth)),
    );
    const one = list.find(Boolean);
    if (one) told.textContent = t("film.at", { k: one.step, n: one.of, t: one.t });
    reels = [];
    shown = props.value;
    tellNear(near);
    tell();
    element.dataset.live = Number(element.dataset.live ?? 0) + 1;
  }

  // The previews of a run that was stopped as a film whose last moment stands for the picture
  async function filmOf(previews, title) {
    const columns = await Promise.all(
      [...previews, previews.at(-1)].map(one => Promise.all(props.order.map(name => loadPicture(one[name])))),
    );
    const side = columns[0][0].naturalWidth,
      { canvas, pen } = blank(columns.length * side, props.order.length * side);
    columns.forEach((rows, k) => rows.forEach((image, i) => pen.drawImage(image, k * side, i * side)));
    const [times, step] = ["t", "step"].map(name => previews.map(one => one[name]));
    return { title, src: canvas.toDataURL(), t: times, step, of: previews[0].of, stopped: true };
  }
  async function stopped() {
    const runs = seen.filter(Boolean);
    if (!runs.length) return;
    load({ ...shown, films: await Promise.all(runs.map((one, r) => filmOf(one, panes[r].heading.textContent))) });
    usable(true);
  }

  async function load(value) {
    const mine = ++turn;
    const loaded = await Promise.all(value.films.map(async reel => ({ ...reel, image: await loadPicture(reel.src) })));
    if (mine !== turn) return;
    reels = loaded.map(reel => ({ ...reel, side: reel.image.naturalHeight / props.order.length }));
    reels.forEach((reel, r) => {
      panes[r].heading.textContent = say(reel.title);
    });
    range.max = main().t.length;
    tellNear(near, value.near);
    if (value.curve) {
      mark = chart(host, value.curve);
      host.hidden = false;
    }
    shown = value;
    show(main().t.length);
    tell();
    element.dataset.shown = mine;
  }

  function usable(whole) {
    for (const b of [...actions.children, play, range]) b.disabled = !whole;
  }
  function update(value) {
    if (!value) return;
    stop();
    leave();
    note.textContent = say(value.note);
    tellRemarks(remarks, value.remarks);
    usable(value.films);
    if (value.doing === BEGINS) seen = [];
    if (value.films) load(value);
    else if (value.live) preview(value.live);
  }

  // Fork and paint
  const action = (key, run) => {
    const b = tool(key, run, { disabled: true });
    actions.append(b);
    return b;
  };
  const step = () => {
    const reel = main(),
      k = Math.min(at, reel.t.length - 1);
    return { k, t: reel.t[k] };
  };
  const branch = src =>
    trigger("branch", { at: step().t, painted: src ? { kind: "png", src } : null, stamp: props.value?.stamp ?? "" });
  const COLOURS = [0, 2, 3, 4, 5, 7, 8, 11].map(k => PAINTS[k]);

  function leave() {
    if (!painting) return;
    painting = null;
    tools.hidden = true;
    element.classList.remove("painting");
    show(at);
  }
  function begin() {
    stop();
    const { k } = step();
    show(k);
    const { canvas } = panes[0].figures.find(f => f.name === "x0"),
      c = canvas.getContext("2d");
    painting = { canvas, colour: COLOURS[1], size: 4 };
    tools.hidden = false;
    element.classList.add("painting");
    canvas.tabIndex = 0;
    canvas.focus();
    const dab = (x, y) => {
      c.fillStyle = painting.colour;
      c.fillRect(Math.round(x - painting.size / 2), Math.round(y - painting.size / 2), painting.size, painting.size);
    };
    brush(canvas, { stroke: (from, to) => dab(to.x, to.y), active: () => painting });
  }
  if (props.branches) {
    action("film.fork", () => {
      leave();
      branch(null);
    });
    action("film.paint", () => (painting ? leave() : begin()));
    tools.append(
      make("span", { textContent: t("film.hint") }),
      ...COLOURS.map((colour, i) => {
        const b = make("button", { type: "button", className: "paint" });
        b.style.background = colour;
        b.setAttribute("aria-label", t("easel.colour", { n: i + 1 }));
        b.onclick = () => {
          painting.colour = colour;
        };
        return b;
      }),
      ...[2, 4, 8].map(size => {
        const b = make("button", { type: "button", textContent: size });
        b.setAttribute("aria-label", t("easel.size", { n: size }));
        b.onclick = () => {
          painting.size = size;
        };
        return b;
      }),
      tool(
        "film.finish",
        () => {
          branch(painting.canvas.toDataURL("image/png"));
          painting = null;
          tools.hidden = true;
          element.classList.remove("painting");
        },
        { className: "chief" },
      ),
    );
  }
  action("film.take", () => {
    const reel = reels[0],
      canvas = make("canvas", { width: reel.side, height: reel.side });
    paint(canvas, reel.image, columnAt(reel, main(), at), 1, reel.side);
    setSpecimen({ kind: "png", src: canvas.toDataURL("image/png") }, t("film.taken"));
  });
  action("film.gif", async () => {
    const src = await server.gif({ src: reels[0].src, rows: props.rows });
    if (src) saveFile(await (await fetch(src)).blob(), "film.gif");
  });

  function sheet() {
    if (!reels.length)
      return inRow(
        panes.flatMap(pane => pane.figures.map(f => f.canvas)),
        96,
      );
    const reel = reels[0],
      side = reel.side * 3,
      count = reel.t.length + 1;
    const { canvas, pen: c } = blank(count * side, reels.length * props.rows.length * side, "transparent");
    reels.forEach((one, r) =>
      props.rows.forEach((name, i) => {
        for (let k = 0; k <= one.t.length; k++)
          c.drawImage(
            one.image,
            k * one.side,
            props.order.indexOf(name) * one.side,
            one.side,
            one.side,
            k * side,
            (r * props.rows.length + i) * side,
            side,
            side,
          );
      }),
    );
    return toPng(canvas);
  }
  const tell = recipeStrip(strip, props, sheet, { made: () => shown });
  stop();
  follow({ element, props, watch }, update, stopped);
  fresh(element, () => trigger("retry"), false);
}
