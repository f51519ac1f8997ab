// Pixels of a picture as numbers from -1 to 1, three a pixel, and back.

// RGBA bytes -> numbers
export const toNumbers = bytes =>
  Float32Array.from({ length: (3 * bytes.length) / 4 }, (_, i) => bytes[4 * Math.floor(i / 3) + (i % 3)] / 127.5 - 1);

// f(i), the i-th number -> RGBA bytes
export function toBytes(count, f) {
  const bytes = new Uint8ClampedArray(4 * count).fill(255);
  for (let i = 0; i < 3 * count; i++) bytes[4 * Math.floor(i / 3) + (i % 3)] = Math.round(127.5 * (f(i) + 1));
  return bytes;
}
export function putNumbers(canvas, f) {
  const side = canvas.width;
  canvas.getContext("2d").putImageData(new ImageData(toBytes(side * side, f), side, side), 0, 0);
}
