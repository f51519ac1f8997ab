// The way to a panel of the page.
import { openRoom } from "../../shell/rooms.js";

export async function enter(tab, panel) {
  await openRoom({ tab, panel });
  const inner = document.getElementById(`${tab}-${panel}-button`);
  inner?.focus({ preventScroll: true }); // a room of one panel has no inner tabs
  inner?.scrollIntoView({ block: "nearest", behavior: "smooth" });
}
