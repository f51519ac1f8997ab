import { make, makeSvg } from "../../shell/dom.js";
import { bus } from "../../shell/events.js";
import { t } from "../../shell/language.js";
import { running } from "../../shell/running.js";
import { enter } from "../lib/rooms.js";

const HEIGHT = 34,
  GAP = 22, // px between rows
  MARGIN = 12,
  NARROW = { width: 104, gap: 18 },
  WIDE = { width: 108, gap: 24 };

export default function diagram({ element, props }) {
  const svg = element.querySelector("svg"),
    details = element.querySelector("details"),
    boxes = Object.values(props.boxes),
    columns = 1 + Math.max(...boxes.map(box => box.column)),
    { tab } = props;
  const placed = box => (box.panel.includes("/") ? box.panel : `${tab}/${box.panel}`).split("/");

  element
    .querySelector(".says")
    .append(...["in", "does", "look"].map(part => make("span", { textContent: t(`${props.texts}.${part}`) })));
  element.querySelector("summary").textContent = t("room.diagram");
  svg.setAttribute("aria-label", t("room.diagram"));
  details.style.setProperty("--wide", `${columns * (WIDE.width + WIDE.gap)}px`);
  details.open = !matchMedia("(max-width: 860px)").matches;

  const nodes = Object.fromEntries(Object.entries(props.boxes).map(([name, box]) => [name, boxNode(box)]));
  function boxNode(box) {
    const [room, panel] = placed(box);
    const link = makeSvg("a", { href: `?tab=${room}&panel=${panel}`, class: box.network ? "network" : "data" });
    link.onclick = event => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      enter(room, panel);
    };
    link.append(makeSvg("rect", { height: HEIGHT, rx: box.network ? 4 : HEIGHT / 2 }));
    link.append(makeSvg("text", { y: HEIGHT / 2 + 4.5, "text-anchor": "middle" }, t(box.label)));
    return link;
  }

  // Columns that do not fit go on below, as lines of a text do
  function layout() {
    const space = details.clientWidth;
    if (!space) return;
    const isWide = space >= columns * (WIDE.width + WIDE.gap) - WIDE.gap,
      across = isWide ? columns : 3,
      { width, gap } = isWide ? WIDE : NARROW;
    const lineOf = box => Math.floor(box.column / across);
    const tops = [0]; // the first row of each line
    for (let line = 0; line * across < columns; line++)
      tops.push(tops[line] + 1 + Math.max(...boxes.filter(box => lineOf(box) === line).map(box => box.row)));
    const place = box => ({
      x: (box.column % across) * (width + gap),
      y: (tops[lineOf(box)] + box.row) * (HEIGHT + GAP),
      line: lineOf(box),
    });
    const size = [across * (width + gap) - gap, tops.at(-1) * (HEIGHT + GAP) - GAP];
    const margin = isWide ? 1 : MARGIN; // which arrows to other lines pass through
    svg.setAttribute("viewBox", `${-margin} ${-margin} ${size[0] + 2 * margin} ${size[1] + 2 * margin}`);
    svg.setAttribute("width", size[0] + 2 * margin);
    for (const [name, node] of Object.entries(nodes)) {
      const { x, y } = place(props.boxes[name]);
      node.setAttribute("transform", `translate(${x} ${y})`);
      node.firstChild.setAttribute("width", width);
      node.lastChild.setAttribute("x", width / 2);
    }
    const arrows = props.links.map(([from, to]) => arrow(place(props.boxes[from]), place(props.boxes[to]), width, gap));
    svg.replaceChildren(...arrows, ...Object.values(nodes));
  }

  function arrow(a, b, width, gap) {
    const [middle, target] = [a.y + HEIGHT / 2, b.y + HEIGHT / 2],
      end = b.x + width / 2;
    if (a.line !== b.line) {
      const [start, x] = a.line < b.line ? [a.x + width, a.x + width + MARGIN - 2] : [a.x, a.x - MARGIN + 2],
        turn = b.y - GAP / 2;
      return path([start, middle], [x, middle], [x, turn], [end, turn], [end, b.y]);
    }
    if (a.x === b.x) return a.y < b.y ? path([end, a.y + HEIGHT], [end, b.y]) : path([end, a.y], [end, b.y + HEIGHT]);
    if (a.x > b.x)
      return path(
        [a.x, middle],
        [b.x + width + gap / 2, middle],
        [b.x + width + gap / 2, target + 9],
        [b.x + width, target + 9],
      );
    return path([a.x + width, middle], [b.x - gap / 2, middle], [b.x - gap / 2, target], [b.x, target]);
  }
  function path(...points) {
    const [[x, y], [u, v]] = points.slice(-2).reverse(),
      length = Math.hypot(x - u, y - v),
      [dx, dy] = [((x - u) / length) * 6, ((y - v) / length) * 6];
    const head = `M${x - dx - dy} ${y - dy - dx}L${x} ${y}L${x - dx + dy} ${y - dy + dx}`;
    return makeSvg("path", { d: `M${points.map(p => p.join(" ")).join("L")}${head}` });
  }

  function light() {
    const mine = [...running].filter(([panel]) => panel.startsWith(`${tab}/`));
    for (const [name, box] of Object.entries(props.boxes)) {
      const runs = mine.some(
        ([panel, stages]) =>
          (!box.runs.length || box.runs.includes(panel.split("/")[1])) &&
          (box.stage == null || stages.includes(box.stage)),
      );
      nodes[name].classList.toggle("lit", box.network && runs);
    }
  }
  new ResizeObserver(layout).observe(details);
  bus.addEventListener("running", light);
  light();
}
