// Rooms that come when they are opened: how a recipe's panel is there before its settings are set.
const LATEST = 10000; // ms after which nothing is waited for any more
const { places } = window.playground;

// openRoom({tab, panel}): opens the tabs of a panel, one inside the other, and waits until it stands there
export async function openRoom({ tab, panel } = Object.fromEntries(new URLSearchParams(location.search))) {
  const page = places[`${tab} ${panel}`] ?? panel;
  await open(document.getElementById(`${tab}-button`));
  if (page) await open(document.getElementById(`${tab}-${page}-button`));
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
