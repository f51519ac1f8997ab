// The way to a panel of the page.
const button = id => document.getElementById(`${id}-button`);

export function enter(tab, panel) {
  button(tab)?.click();
  const inner = button(`${tab}-${panel}`);
  if (!inner) return; // the room's only panel
  inner.click();
  inner.focus({ preventScroll: true });
  inner.scrollIntoView({ block: "nearest", behavior: "smooth" });
}
