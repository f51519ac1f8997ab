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
addEventListener("keydown", e => {
  const { target, key } = e;
  if (e.defaultPrevented || e.isComposing || e.ctrlKey || e.metaKey || e.altKey) return;
  if (target.closest?.(TYPES) || document.querySelector("dialog[open]")) return;
  if (key === KEY) present(!root.hasAttribute("data-present"));
  else if (!root.hasAttribute("data-present")) return;
  else if (key === "Escape") present(false);
  else if (key in turns && !target.closest?.(MOVES)) {
    e.preventDefault();
    bus.dispatchEvent(new CustomEvent("turn", { detail: turns[key] }));
  }
});
document.body.append(hint);
present(new URLSearchParams(location.search).has("present"));
