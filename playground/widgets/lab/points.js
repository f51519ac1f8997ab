// Points drawn by hand as a text that a link can hold: "p", then two letters a point, x to the right and y upwards.
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const letter = share => LETTERS[Math.min(63, Math.max(0, Math.round(share * 63)))];

// [[x, y]] as shares of the canvas, from its upper left corner
export const writePoints = points => `p${points.map(([x, y]) => letter(x) + letter(1 - y)).join("")}`;
