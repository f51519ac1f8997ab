// The codes of a codebook, each a small patch of one sprite.
import { loadPicture } from "../../shell/dom.js";

export const COLUMNS = 32;

// -> put(pen, code, x, y, side)
export async function codeSprite(book) {
  const image = await loadPicture(book.sprite),
    cell = book.cell;
  return (pen, code, x, y, side) => {
    pen.imageSmoothingEnabled = false;
    pen.drawImage(image, (code % COLUMNS) * cell, Math.floor(code / COLUMNS) * cell, cell, cell, x, y, side, side);
  };
}

// Codebooks by model, each asked for once: offered(model) -> the book with its `put`, or null
export function codebooks(offered) {
  const books = {};
  return model => (books[model] ??= offered(model).then(async b => b && { ...b, put: await codeSprite(b) }));
}
