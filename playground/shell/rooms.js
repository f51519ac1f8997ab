// Rooms that come when they are opened: how a recipe's panel is there before its settings are set.
const LATEST = 10000; // ms after which nothing is waited for any more
import { opened } from "./address.js";

const { places } = window.playground;
let opening = 0, // rooms that are being opened
  last = 0; // number of the room that was asked for last

// openRoom({tab, panel}): opens the tabs of a panel, one inside the other, and waits until it stands there -> whether
// no other was asked for meanwhile, which then is the one that opens
export async function openRoom({ tab, panel } = opened) {
  const page = pageOf(tab, panel),
    mine = (last += 1);
  opening += 1;
  await open(document.getElementById(`${tab}-button`));
  if (page && mine === last) await open(document.getElementById(`${tab}-${page}-button`));
  opening -= 1;
  return mine === last;
}

// The inner tab of a panel, "" where its tab has none
export const pageOf = (tab, panel) => places[`${tab} ${panel}`] ?? panel ?? "";

// Where the visitor is, {tab, page}, or null while a room is being opened
export function whereIs() {
  const [tab, ...pages] = [...document.querySelectorAll("[role=tab][id][aria-selected=true]")].map(button =>
    button.id.replace(/-button$/, ""),
  );
  if (opening || !tab) return null;
  return { tab, page: pages.find(name => name.startsWith(`${tab}-`))?.slice(tab.length + 1) ?? "" };
}
// A panel of that page
export function panelOf({ tab, page }) {
  const name = Object.keys(places).find(one => one.startsWith(`${tab} `) && places[one] === page);
  return name?.slice(tab.length + 1) ?? page;
}

async function open(button) {
  if (!button) return;
  if (button.getAttribute("aria-selected") !== "true") button.click();
  button.scrollIntoView({ block: "nearest", inline: "center" }); // on a phone the tabs are a line that scrolls
  const late = performance.now() + LATEST;
  while (!isThere(button) && performance.now() < late) await new Promise(done => setTimeout(done, 20));
}

// Gradio puts another element in the place of an empty room when it comes
const isThere = button =>
  document.getElementById(button.getAttribute("aria-controls"))?.firstElementChild?.firstElementChild != null;
