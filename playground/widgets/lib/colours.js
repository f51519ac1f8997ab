// Colours: paints to draw with, and the order of colours.
export const PAINTS = [
  "#1b1b1b",
  "#7a4a21",
  "#e2352b",
  "#f58a1f",
  "#ffd028",
  "#4faa3c",
  "#1f7a8c",
  "#3f7fe0",
  "#7b4fc9",
  "#f08fb3",
  "#f7d7b0",
  "#ffffff",
];
export const MARK = "#b44bd6"; // what stands out on any picture

// A place in the order of hues, 0 to 6, of [r, g, b] from 0 to 255; greys come first, from dark to light
export function hue([r, g, b]) {
  const most = Math.max(r, g, b),
    spread = most - Math.min(r, g, b);
  if (spread < 24) return -10 + most / 256;
  const turned = most === r ? (g - b) / spread : most === g ? 2 + (b - r) / spread : 4 + (r - g) / spread;
  return ((turned + 6) % 6) + (r + g + b) / 1e5;
}

export const difference = (a, b) => a.reduce((sum, v, i) => sum + Math.abs(v - b[i]), 0);

// The first `most` codes, by use, of which any two differ by more than `apart`
export function distinct(codes, colours, most, apart) {
  const found = [];
  for (const k of codes)
    if (found.length < most && found.every(one => difference(colours[one], colours[k]) > apart)) found.push(k);
  return found;
}
