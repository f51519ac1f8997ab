// What the widgets tell each other: the specimen, a recipe that came, values that are held, scales of guidance.
import { opened } from "./address.js";
import { agrees, fromPng, ofPanel } from "./recipe.js";

const WAIT = 15000; // ms for a recipe of the address; one that never comes holds nobody up, a busy server's comes late
const SETTLED = 5000; // ms after which whatever was made is shown
export const bus = new EventTarget();
const send = (name, detail) => bus.dispatchEvent(new CustomEvent(name, { detail }));

// The specimen: one picture for all rooms. Whoever shows something made from it listens to "stale".
let recipe = opened;
let version = 1,
  recipes = 1,
  awaited = "panel" in recipe || new URLSearchParams(location.search).has("lesson");
export function stale(byRecipe) {
  version += 1;
  if (byRecipe) {
    recipes += 1;
    awaited = false;
    setTimeout(settled, SETTLED);
  }
  send("stale");
}
if (awaited) setTimeout(() => awaited && stale(true), WAIT);
export const setSpecimen = (value, label) => send("specimen", { value, label });
export const openRecipe = one => send("recipe", one); // as if a PNG with it were dropped, see tray.js
export const tell = text => text && send("told", text); // one sentence for the visitor, see tray.js
// What stands in a text field of a panel, before anything is asked with it, see place.js
export const typed = (panel, setting, value) => send("typed", { panel, setting, value });
export const hold = (panel, setting, value) => send("hold", { panel, setting, value }); // see held.js

// The scale of guidance that a slider of a panel stands at
const scales = {};
export function tellScale(name, scale) {
  scales[name] = scale;
  send("scale");
}
export const scaleOf = (name, first = 3) => scales[name] ?? first;

// fresh(element, run): call run() whenever the element is on screen and older than the specimen, or, if it does not
// follow the specimen, than the last recipe that came; a recipe in the address is awaited first
export function fresh(element, run, follows = true) {
  let mine = 0,
    seen = false;
  const now = () => (follows ? version : recipes);
  const look = () => {
    if (seen && !awaited && element.isConnected && mine !== now()) {
      mine = now();
      send("asked", element);
      run();
    }
  };
  new IntersectionObserver(entries => {
    seen = entries.at(-1).isIntersecting;
    look();
  }).observe(element);
  bus.addEventListener("stale", () => setTimeout(look, 40));
}

// A value that a widget shows now, and whether it is the last one of its run
export const tellValue = (value, last) => send("value", { value, last });

// A link's settings reach the controls one after the other, and each may start a run, whose results come in any
// order: what was made of half of them is not shown, until some seconds later or until the visitor does something
let half = awaited;
const settled = () => {
  if (half) {
    half = false;
    send("whole");
  }
};
for (const what of ["pointerdown", "keydown"]) addEventListener(what, settled, { capture: true, once: true });
export const isWhole = made => !half || agrees(made, recipe);

// A recipe that came by the address or in a PNG. Python sets tabs and plain controls; our widgets ask here, and hear
// "restored"
export const restored = panel => ofPanel(recipe, panel);
// Whether the last one was of another panel, which may be on its way still
export const isOfAnother = panel => "panel" in recipe && recipe.panel !== panel;
export function restoreRecipe(one) {
  recipe = fromPng(one);
  send("restored", one);
}
// restoring(props, set): set(value) now and with every recipe that says something of this widget's setting
export function restoring(props, set) {
  const look = () => {
    const value = restored(props.panel)[props.setting];
    if (value != null) set(value);
  };
  bus.addEventListener("restored", look);
  look();
}

// A visitor's Stop, by its button's id, and a panel's run that failed: whoever shows that run hears of it
export const fail = panel => send("failed", panel);
addEventListener("click", e => e.target.id?.startsWith("stop-") && send("stopped", e.target.id), true);
