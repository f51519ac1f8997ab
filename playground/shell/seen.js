// The pictures that a visitor has seen, with their recipes, newest first: as long as the browser's tab is open.
import { make } from "./dom.js";
import { bus } from "./events.js";
import { added } from "./recent.js";

const SIDE = 640; // pixels of the longer side that is kept
const KEY = "seen";

let list = [];
try {
  list = JSON.parse(sessionStorage.getItem(KEY)) ?? [];
} catch {
  /* storage may be blocked in a frame, and holds what anybody wrote */
}
if (!Array.isArray(list)) list = [];

export const seen = () => list;

export async function remember(blob, recipe, link) {
  if (blob) keep(added(list, { src: await smaller(blob), recipe, link }));
}
export const forget = () => keep([]);

function keep(next) {
  list = next;
  for (let n = list.length; n >= 0; n -= 6) {
    try {
      sessionStorage.setItem(KEY, JSON.stringify(list.slice(0, n)));
      break;
    } catch {
      /* there is no room for so many, or none at all */
    }
  }
  bus.dispatchEvent(new Event("seen"));
}

async function smaller(blob) {
  const picture = await createImageBitmap(blob);
  const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
  const [width, height] = [picture.width, picture.height].map(side => Math.max(1, Math.round(side * scale)));
  const canvas = make("canvas", { width, height });
  canvas.getContext("2d").drawImage(picture, 0, 0, width, height);
  return canvas.toDataURL("image/webp", 0.9);
}
