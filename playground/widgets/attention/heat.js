// A picture in grey, and heat on the cells of its grid.

const GREY = [0.299, 0.587, 0.114];

// One square of a sprite, in grey and paler, as a small canvas
export function pale(source, column, side) {
  const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side }),
    pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.drawImage(source, column * side, 0, side, side, 0, 0, side, side);
  const pixels = pen.getImageData(0, 0, side, side);
  for (let i = 0; i < pixels.data.length; i += 4) {
    const grey = GREY.reduce((sum, share, k) => sum + share * pixels.data[i + k], 0);
    pixels.data.fill(150 + (grey * 105) / 255, i, i + 3);
  }
  pen.putImageData(pixels, 0, 0);
  return canvas;
}

// Cells of a grid in a colour, as strong as each one's share of the largest
export function heat(canvas, under, values, grid, colour) {
  const pen = canvas.getContext("2d"),
    S = canvas.width,
    w = S / grid,
    most = Math.max(...values, 1e-12);
  pen.imageSmoothingEnabled = false;
  pen.drawImage(under, 0, 0, S, S);
  pen.fillStyle = colour;
  values.forEach((value, i) => {
    pen.globalAlpha = 0.9 * (value / most);
    pen.fillRect((i % grid) * w, Math.floor(i / grid) * w, w, w);
  });
  pen.globalAlpha = 0.35;
  pen.fillStyle = "#fff";
  for (let k = 1; k < grid; k++) {
    pen.fillRect(k * w - 1, 0, 2, S);
    pen.fillRect(0, k * w - 1, S, 2);
  }
  pen.globalAlpha = 1;
}

export function outline(canvas, cell, grid) {
  const pen = canvas.getContext("2d"),
    w = canvas.width / grid;
  for (const [width, style] of [
    [9, "#fff"],
    [4, "#111"],
  ]) {
    pen.lineWidth = width;
    pen.strokeStyle = style;
    pen.strokeRect((cell % grid) * w + 4, Math.floor(cell / grid) * w + 4, w - 8, w - 8);
  }
}
