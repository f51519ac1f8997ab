import { fresh } from "../../shell/events.js";
import { say, t } from "../../shell/language.js";
import { placeOn } from "../lib/brush.js";
import { hue, MARK } from "../lib/colours.js";
import { follow } from "../lib/follow.js";
import { radios } from "../lib/radios.js";
import { tellRemarks } from "../lib/remarks.js";
import { toPng } from "../lib/sheet.js";
import { codeSprite, COLUMNS } from "../lib/sprite.js";
import { recipeStrip } from "../lib/strip.js";
import { arrowStep } from "../lib/tokens.js";

export default function codes({ element, props, trigger, watch }) {
  const find = name => element.querySelector(name);
  const board = find(".board"),
    bars = find(".shares"),
    W = 1024,
    H = 512,
    ORDERS = ["number", "colour", "use", "plane"];
  let book = null,
    put = null,
    order = "number",
    spots = [],
    at = -1,
    turn = 0;

  function places() {
    if (order === "plane") return book.places.map(([x, y]) => [(x * 0.47 + 0.5) * W - 9, (0.5 - y * 0.46) * H - 9, 18]);
    const ranked = [...book.shares.keys()];
    if (order === "colour") ranked.sort((a, b) => hue(book.colours[a]) - hue(book.colours[b]));
    if (order === "use") ranked.sort((a, b) => book.shares[b] - book.shares[a]);
    const side = Math.min(W / COLUMNS, H / Math.ceil(book.codes / COLUMNS)),
      found = [];
    ranked.forEach((code, i) => {
      found[code] = [(i % COLUMNS) * side, Math.floor(i / COLUMNS) * side, side];
    });
    return found;
  }
  function paint() {
    if (!book) return;
    const pen = board.getContext("2d");
    pen.clearRect(0, 0, W, H);
    spots = places();
    spots.forEach(([x, y, side], code) => put(pen, code, x + 1, y + 1, side - 2));
    pen.strokeStyle = MARK;
    pen.lineWidth = 3;
    spots.forEach(([x, y, side], code) => {
      if (book.mine[code]) pen.strokeRect(x + 1.5, y + 1.5, side - 3, side - 3);
    });
    if (at >= 0) {
      const [x, y, side] = spots[at];
      pen.strokeStyle = "#111";
      pen.lineWidth = 4;
      pen.strokeRect(x, y, side, side);
    }
    find(".at").textContent =
      at < 0
        ? t("codes.hint")
        : t("codes.one", { code: at, share: (100 * book.shares[at]).toFixed(2), mine: book.mine[at] });
    histogram();
  }
  function histogram() {
    const pen = bars.getContext("2d"),
      sorted = [...book.shares].sort((a, b) => b - a),
      w = W / sorted.length;
    pen.clearRect(0, 0, W, 120);
    pen.fillStyle = getComputedStyle(element).getPropertyValue("--family") || "#7b4fc9";
    sorted.forEach((share, i) =>
      pen.fillRect(i * w, 120 - (118 * share) / sorted[0], Math.max(1, w - 0.5), (118 * share) / sorted[0]),
    );
  }
  const point = e => {
    if (!book) return;
    const { x, y } = placeOn(board, e);
    at = spots.findLastIndex(([u, v, side]) => x >= u && x < u + side && y >= v && y < v + side);
    paint();
  };
  board.onpointermove = board.onpointerdown = point;
  board.onkeydown = e => {
    const move = arrowStep(e.key, COLUMNS);
    if (!move || !book) return;
    e.preventDefault();
    at = Math.min(book.codes - 1, Math.max(0, at + move));
    paint();
  };
  find(".modes").setAttribute("aria-label", t("codes.order"));
  bars.setAttribute("aria-label", t("codes.histogram"));
  radios(
    find(".modes"),
    ORDERS.map(name => [name, t(`codes.by_${name}`)]),
    order,
    name => {
      order = name;
      paint();
    },
  );

  const tell = recipeStrip(find(".strip"), props, () => toPng(board));
  async function update() {
    const mine = ++turn;
    find(".waiting").textContent = say(props.value?.note);
    if (!props.value?.sprite) return;
    const now = props.value,
      drawn = await codeSprite(now);
    if (mine !== turn) return;
    [book, put, at] = [now, drawn, -1];
    board.setAttribute("role", "img");
    board.setAttribute("aria-label", t("codes.board", { k: book.codes }));
    paint();
    tell();
    tellRemarks(find(".remarks"), book.numbers);
    element.dataset.shown = mine;
  }
  follow({ element, props, watch }, update);
  fresh(element, () => trigger("retry"));
}
