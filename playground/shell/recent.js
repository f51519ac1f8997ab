// A list of what was seen last, and what differs between two of its recipes.
const MOST = 24; // pictures
export const NONE = "–"; // in place of a value that a recipe does not have

// The list with one more in front; a link that is in it already moves there
export const added = (list, one, most = MOST) => [one, ...list.filter(old => old.link !== one.link)].slice(0, most);

// Settings in words, [[setting, value]], of two recipes -> [[setting, one's value, the other's]] of those that differ
export function differences(one, other) {
  const [a, b] = [new Map(one), new Map(other)];
  const settings = [...new Set([...a.keys(), ...b.keys()])];
  return settings.filter(k => a.get(k) !== b.get(k)).map(k => [k, a.get(k) ?? NONE, b.get(k) ?? NONE]);
}
