// A small canvas to draw on: pointer, touch, or keys (arrows move, space puts the pen down).
import { make } from "../../shell/dom.js";
import { t } from "../../shell/language.js";
import { brush } from "../lib/brush.js";
import { PAINTS } from "../lib/colours.js";
import { pressOne, tool } from "../lib/press.js";

const SIDE = 256; // pixels
const SIZES = [8, 22, 48]; // pixels of the pen

export function easel(dialog, done) {
  const canvas = make("canvas", { width: SIDE, height: SIDE, tabIndex: 0 }),
    c = canvas.getContext("2d");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", t("easel.canvas"));
  let colour = PAINTS[2],
    size = SIZES[1],
    past = [];
  const clear = () => {
    c.fillStyle = "#fff";
    c.fillRect(0, 0, SIDE, SIDE);
  };
  const keep = () => {
    past.push(c.getImageData(0, 0, SIDE, SIDE));
    past = past.slice(-20);
  };
  function line(a, b) {
    c.strokeStyle = colour;
    c.lineWidth = size;
    c.lineCap = c.lineJoin = "round";
    c.beginPath();
    c.moveTo(a.x, a.y);
    c.lineTo(b.x + 0.01, b.y);
    c.stroke();
  }
  brush(canvas, { stroke: line, begin: keep, step: 8, toggles: true });
  const paints = make(
    "div",
    { className: "paints" },
    ...PAINTS.map((value, i) => {
      const b = make("button", { type: "button", className: "paint" });
      b.style.background = value;
      b.setAttribute("aria-label", i === PAINTS.length - 1 ? t("easel.eraser") : t("easel.colour", { n: i + 1 }));
      b.title = b.getAttribute("aria-label");
      b.onclick = () => {
        colour = value;
        pressOne(paints.children, b);
      };
      return b;
    }),
  );
  const sizes = make(
    "div",
    { className: "sizes" },
    ...SIZES.map(value => {
      const b = make("button", { type: "button", className: "size" }, make("span"));
      b.firstChild.style.cssText = `width:${value / 2}px;height:${value / 2}px`;
      b.setAttribute("aria-label", t("easel.size", { n: value / 4 }));
      b.onclick = () => {
        size = value;
        pressOne(sizes.children, b);
      };
      return b;
    }),
  );
  pressOne(paints.children, paints.children[2]);
  pressOne(sizes.children, sizes.children[1]);
  clear();
  dialog.append(
    canvas,
    paints,
    make(
      "div",
      { className: "tools" },
      sizes,
      tool("easel.undo", () => past.length && c.putImageData(past.pop(), 0, 0), { className: "tool" }),
      tool(
        "easel.clear",
        () => {
          keep();
          clear();
        },
        { className: "tool" },
      ),
    ),
    make(
      "div",
      { className: "foot" },
      tool("easel.cancel", () => dialog.close(), { className: "tool" }),
      tool(
        "easel.use",
        () => {
          dialog.close();
          done(canvas.toDataURL("image/png"));
        },
        { className: "tool chief" },
      ),
    ),
  );
  dialog.onclick = e => {
    if (e.target === dialog) dialog.close();
  };
  return () => dialog.showModal();
}
