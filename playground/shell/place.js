// The address keeps the place: it follows the visitor through tabs and panels, which makes entries of the browser's
// history, and through the settings of the panel that is open, which changes the entry. Back and forward open what
// an entry holds; a panel that stands as the entry says is asked for nothing.
import { keepLesson, keepPlace, keepState, opened } from "./address.js";
import { bus, isOfAnother, isWhole, openRecipe } from "./events.js";
import { agrees, fromPng, fromTexts, written } from "./recipe.js";
import { openRoom, pageOf, panelOf, whereIs } from "./rooms.js";

const PAUSE = 250; // ms: browsers refuse an address that changes too often
const shown = new Map(); // "tab page" -> {recipe, own}: what was asked last there, and whether somebody set it
const known = new Map(); // "tab panel" -> the texts of its last recipe
let at = null, // {tab, page}
  wanted = null, // the recipe whose room stays open, whatever answers come late, until the visitor does something
  chosen = false, // whether somebody chose a specimen
  timer = null;

const key = ({ tab, page }) => `${tab} ${page}`;
const home = () => document.querySelector("[role=tab][id]").id.replace(/-button$/, "");
const texts = recipe => JSON.stringify(written(recipe));
const placeOf = ({ tab, panel }) => ({ tab, page: pageOf(tab, panel) });
const here = where => shown.get(key(where)) ?? { recipe: { tab: where.tab, panel: panelOf(where) }, own: false };
function keep(recipe, own) {
  shown.set(key(placeOf(recipe)), { recipe, own });
  soon();
}
function soon() {
  clearTimeout(timer);
  timer = setTimeout(settle, PAUSE);
}

// Writes down where the visitor is
export function settle() {
  clearTimeout(timer);
  const where = whereIs();
  if (!where) return soon();
  if (wanted && key(where) !== key(placeOf(wanted))) return openRoom(wanted).then(soon);
  const before = at,
    { recipe, own } = here(where);
  at = where;
  if (before && key(before) !== key(where)) keepPlace(recipe, own, before.tab !== where.tab || before.page !== "");
  else if (own || where.tab !== home()) keepPlace(recipe, own);
  else keepState(recipe, own);
}
// Names of what somebody set in the panel that is open and this fragment does not hold, for it is too long
export function lostIn(fragment) {
  const kept = new URLSearchParams(fragment.slice(1)),
    where = whereIs(),
    { recipe, own } = where ? here(where) : {};
  return own ? Object.keys(written(recipe)).filter(name => !kept.has(name)) : [];
}
new MutationObserver(soon).observe(document, { subtree: true, attributeFilter: ["aria-selected"] });

// The first recipe of a panel is what it opens with, unless a specimen was chosen before; it may be late for what was
// typed since
bus.addEventListener("value", ({ detail: { value } }) => {
  const { recipe } = value,
    name = `${recipe.tab} ${recipe.panel}`,
    before = known.get(name),
    now = texts(recipe);
  if (before === now || !isWhole(recipe)) return;
  known.set(name, now);
  const stands = shown.get(key(placeOf(recipe)));
  if (before || !stands) keep(recipe, !!before || chosen);
  else if (stands.recipe.panel === recipe.panel && agrees(recipe, fromPng(stands.recipe))) keep(recipe, stands.own);
});
bus.addEventListener("typed", ({ detail: { panel, setting, value } }) => {
  const { tab, page } = whereIs() ?? at ?? {},
    stands = here({ tab, page }).recipe;
  const settings = stands.panel === panel ? stands.settings : {};
  if (tab) keep({ ...stands, panel, settings: { ...settings, [setting]: value } }, true);
});
bus.addEventListener("restored", ({ detail }) => {
  wanted = detail;
  keep(detail, true);
});
for (const what of ["pointerdown", "keydown"]) addEventListener(what, () => (wanted = null), { capture: true });
bus.addEventListener("stale", () => (chosen = true));

// A lesson's step is an entry of its own, with the place of its recipe
export function enter(lesson, recipe) {
  settle();
  keepLesson(lesson);
  if (!recipe) return;
  at = placeOf(recipe);
  keep(recipe, true);
  keepPlace(recipe, true);
}

addEventListener("popstate", ({ state }) => {
  if (!state?.recipe) return location.reload(); // an address that was typed
  clearTimeout(timer);
  wanted = state.recipe;
  at = placeOf(wanted);
  const moved = texts(here(at).recipe) !== texts(state.recipe) || isOfAnother(state.recipe.panel);
  if (state.recipe.settings && moved) openRecipe(state.recipe);
  else openRoom(state.recipe);
  bus.dispatchEvent(new Event("returned"));
});

// The recipe that the page is opened with, once its room is there: what the server sets of it
export async function arrive() {
  if (Object.keys(opened).length > 2) keep(fromTexts(opened), true);
  await openRoom();
  at ??= whereIs();
  soon();
  return String(new URLSearchParams(opened));
}
