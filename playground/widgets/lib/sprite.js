// The codes of a codebook, each a small patch of one sprite
const COLUMNS = 32;
async function codeSprite(book) {
  const image = await window.playground.picture(book.sprite),
    cell = book.cell;
  return (pen, code, x, y, side) => {
    pen.imageSmoothingEnabled = false;
    pen.drawImage(image, (code % COLUMNS) * cell, Math.floor(code / COLUMNS) * cell, cell, cell, x, y, side, side);
  };
}
