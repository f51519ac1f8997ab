// The columns of a sheet of pictures, one after the other: player(host) -> show(rows), rows of {src, label}.
import { make } from "../../shell/dom.js";
import { say, t } from "../../shell/language.js";
import { plays } from "../lib/playing.js";

const PAUSE = 700; // ms of a column

export function player(host) {
  const stage = make("div", { className: "stage" }),
    play = make("button", { type: "button", className: "play" }),
    range = make("input", { type: "range", min: 0, max: 0, value: 0 }),
    told = make("output");
  range.setAttribute("aria-label", t("film.scrub"));
  host.append(stage, make("div", { className: "playing" }, play, range, told));
  let rows = [];
  function look() {
    const at = Number(range.value);
    stage.replaceChildren(...rows.map(row => make("img", { src: row[at].src, alt: say(row[at].label) })));
    told.textContent = say(rows[0]?.[at].label);
    host.dataset.at = at;
  }
  const isLast = () => range.value === range.max;
  function begin() {
    if (isLast()) range.value = 0;
    look();
  }
  function step() {
    range.value = Number(range.value) + 1;
    look();
    return !isLast();
  }
  const { stop, isPlaying } = plays(play, PAUSE, begin, step);
  range.oninput = () => {
    stop();
    look();
  };
  return found => {
    rows = found.filter(row => row.every(one => one.src));
    range.max = Math.max(0, (rows[0]?.length ?? 1) - 1);
    if (!isPlaying()) range.value = range.max;
    look();
  };
}
