// A part of the page that is wider than a phone: a shadow where there is more of it, and keys that move it.
export function scrolls(node, name) {
  node.classList.add("scroll");
  node.tabIndex = 0;
  node.setAttribute("role", "region");
  node.setAttribute("aria-label", name);
  return node;
}
