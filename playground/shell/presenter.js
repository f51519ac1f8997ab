// Presenter mode: picture, control and caption alone, in large type, with ?present or by a key. Arrows step through the
// lesson, Escape leaves. No key is taken from a field, or from what arrows move.
import { make } from "./dom.js";
import { bus } from "./events.js";
import { t } from "./language.js";

const KEY = "p";
const TYPES = "input:not([type=range]), textarea, select, [contenteditable]";
const MOVES = "input, [role=tab], [role=radio], [role=slider], [role=listbox], [tabindex]:not([tabindex='-1'])";
const root = document.documentElement;
const hint = make("p", { className: "presenter", textContent: t("present.keys") });

function present(on) {
  root.toggleAttribute("data-present", on);
  hint.hidden = !on;
}
const turns = { ArrowRight: 1, ArrowLeft: -1 };
const belongsToOthers = ({ target, defaultPrevented, isComposing, ctrlKey, metaKey, altKey }) =>
  [defaultPrevented, isComposing, ctrlKey, metaKey, altKey].some(Boolean) ||
  target.closest?.(TYPES) ||
  document.querySelector("dialog[open]");

function turn(e) {
  if (e.target.closest?.(MOVES)) return;
  e.preventDefault();
  bus.dispatchEvent(new CustomEvent("turn", { detail: turns[e.key] }));
}
addEventListener("keydown", e => {
  if (belongsToOthers(e)) return;
  const presents = root.hasAttribute("data-present");
  if (e.key === KEY) present(!presents);
  else if (presents && e.key === "Escape") present(false);
  else if (presents && e.key in turns) turn(e);
});
document.body.append(hint);
present(new URLSearchParams(location.search).has("present"));
