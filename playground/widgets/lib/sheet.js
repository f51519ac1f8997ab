// A panel's picture to save: canvases, and a canvas as a PNG.
import { make } from "../../shell/dom.js";

const FONT = "13px 'IBM Plex Sans', sans-serif";

// A canvas of one colour, and its pen; small pictures on it stay sharp
export function blank(width, height, colour = "#fff") {
  const canvas = make("canvas", { width, height }),
    pen = canvas.getContext("2d");
  pen.fillStyle = colour;
  pen.fillRect(0, 0, width, height);
  pen.imageSmoothingEnabled = false;
  pen.fillStyle = "#222";
  pen.font = FONT;
  return { canvas, pen };
}
export const toPng = canvas => new Promise(done => canvas.toBlob(done, "image/png"));

// Pictures in one row, `side` pixels each; those that are not there leave their place empty
export function inRow(pictures, side, { gap = 8, frame = 0, colour = "transparent" } = {}) {
  const { canvas, pen } = blank(pictures.length * (side + gap) - gap + 2 * frame, side + 2 * frame, colour);
  pictures.forEach((one, i) => one.src !== "" && pen.drawImage(one, frame + i * (side + gap), frame, side, side));
  return toPng(canvas);
}
// The same on a white sheet with a margin
export const onSheet = pictures => inRow(pictures, 256, { gap: 16, frame: 16, colour: "#fff" });
