// What attention adds up to: bars of all of it, and lines over the steps or the tokens of a run.
import { make } from "../../shell/dom.js";
import { say } from "../../shell/language.js";
import { mean, percent } from "./shares.js";

const LINES = 4; // words that have a line of the chart

// A bar for each [label, parts {kind, name, share}], which fill it; part number `chosen` is marked
export function tellBars(host, chosen, bars) {
  const bar = ([label, parts]) => {
    const pieces = parts.map(({ kind, name, share }, c) => {
      const piece = make("i", { className: kind, title: `${name} ${percent(share)}` });
      piece.style.flexGrow = share;
      piece.toggleAttribute("data-chosen", c === chosen);
      return piece;
    });
    const line = make("div", { className: "bar" }, ...pieces);
    line.setAttribute("role", "img");
    line.setAttribute("aria-label", `${label}: ${pieces.map(piece => piece.title).join(", ")}`);
    return [make("span", { textContent: label }), line];
  };
  host.replaceChildren(...bars.flatMap(bar));
}

// A chart of what words, padding and the like get: over the steps, or over the tokens as they are written
export function linesOf({ at, columns, shares }, layer) {
  const every = at
    ? at.step.map((step, m) => [step, shares(m, layer)])
    : shares(0, layer).map((row, i) => [i + 1, [row]]);
  const all = [...columns.keys()],
    points = all.map(c => every.map(([x, rows]) => [x, 100 * mean(rows.map(row => row[c]))])),
    most = c => mean(points[c].map(([, y]) => y));
  const words = all.filter(c => columns[c].kind === "word").sort((a, b) => most(b) - most(a)),
    others = all.filter(c => ["padding", "embedding"].includes(columns[c].kind));
  return {
    lines: [...words.slice(0, LINES), ...others].map(c => ({
      label: say(columns[c].name),
      points: points[c],
      dash: columns[c].kind === "padding",
    })),
    x: { label: at ? "attention.step_axis" : "attention.token_axis" },
    y: { label: "attention.share_axis", min: 0 },
    note: "attention.rest",
  };
}
