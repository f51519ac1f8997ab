// Small buttons: one that does something, and a group of which one is pressed.
import { make } from "../../shell/dom.js";
import { t } from "../../shell/language.js";

export function tool(key, run, { values, ...more } = {}) {
  const b = make("button", { type: "button", textContent: t(key, values), ...more });
  b.onclick = () => run(b);
  return b;
}
export const pressOne = (buttons, chosen) => [...buttons].forEach(b => b.setAttribute("aria-pressed", b === chosen));
