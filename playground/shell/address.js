// The page's address. Its query says which lesson and which language; the place (tab, panel, settings) stands in its
// fragment, which no request carries: so no log of a server or a proxy holds what a visitor types. A link that brings a
// recipe in its query opens too, and is moved to the fragment before anything is asked with it.
import { asked, query, written } from "./recipe.js";

// Whether the address is of this machine alone, where nobody else finds it
export const isHome = /^(localhost|127\.|\[::1\])/.test(location.hostname);

const STAY = /^(lang|lesson|step|present|__\w+)$/; // what the query keeps
const held = new URLSearchParams(location.search),
  fragment = new URLSearchParams(location.hash.slice(1)),
  stays = new URLSearchParams([...held].filter(([name]) => STAY.test(name)));
const isPlace = of => of.has("tab") || of.has("panel");

// What the page is opened with, as texts: {tab, panel, seed, specimen, …}
export const opened = asked(history.state, [fragment, held].find(isPlace));

const at = (search, place) => location.pathname + (String(search) && `?${search}`) + (String(place) && `#${place}`);
// A frame without an origin may keep nothing in its address
function put(state, address, isNew = false) {
  try {
    history[isNew ? "pushState" : "replaceState"](state, "", address);
  } catch {
    /* then the place is lost with the page */
  }
}
if (isPlace(held)) put(history.state, at(stays, isPlace(fragment) ? fragment : query(opened)));

// A recipe as the place: what is too long for an address comes back by the state, which the browser keeps with it.
// `own`: somebody set it; where nobody did, the address holds tab and panel alone
export function keepPlace(recipe, own, isNew) {
  const { tab, panel } = recipe;
  put({ recipe, own }, at(new URLSearchParams(location.search), query(own ? written(recipe) : { tab, panel })), isNew);
}
// The entry of the history that is there, with what it showed at first
export const keepState = (recipe, own) => put({ recipe, own }, location.href);

// Says in the query which lesson runs, {lesson, step}, or that none does, {}; another step is an entry of its own
export function keepLesson(lesson) {
  const told = new URLSearchParams(location.search),
    isNew = ["lesson", "step"].some(name => told.get(name) !== (lesson[name]?.toString() ?? null));
  ["lesson", "step"].forEach(name => told.delete(name));
  const search = new URLSearchParams([...Object.entries(lesson), ...told]);
  put(history.state, at(search, location.hash.slice(1)), isNew);
}

export function keepLanguage(name) {
  const search = new URLSearchParams(location.search);
  search.set("lang", name);
  put(history.state, at(search, location.hash.slice(1)));
}
