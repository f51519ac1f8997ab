// Tokens of a picture: grids of cells, and the texts in which codes travel.

export const toCodes = text => (text ? text.split(" ").map(Number) : []);

// The cell under a point of a grid; x and y are shares of its width and height
export function cellAt(x, y, side) {
  const at = v => Math.min(side - 1, Math.max(0, Math.floor(v * side)));
  return at(y) * side + at(x);
}
export const countedFromOne = (cell, side) => ({ row: Math.floor(cell / side) + 1, column: (cell % side) + 1 });

// How far an arrow key moves on a grid; 0 for other keys
export const arrowStep = (key, side) => ({ ArrowLeft: -1, ArrowRight: 1, ArrowUp: -side, ArrowDown: side })[key] ?? 0;

// "MODEL CELL=CODE …" -> the model and its edits, and back
export function readEdits(text) {
  const [model, ...pairs] = String(text ?? "").split(" ");
  const read = pairs.map(pair => pair.split("=").map(Number));
  return { model, edits: new Map(read.filter(pair => pair.length === 2 && pair.every(Number.isInteger))) };
}
export const writeEdits = (model, edits) =>
  edits.size ? `${model}${[...edits].map(([cell, code]) => ` ${cell}=${code}`).join("")}` : "";

// "CODE:PROBABILITY …|CODE:PROBABILITY …" -> of each cell the likeliest [[code, probability]]
export const readCandidates = text =>
  text ? text.split("|").map(one => one.split(" ").map(pair => pair.split(":").map(Number))) : [];
