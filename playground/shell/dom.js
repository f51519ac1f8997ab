// Nodes, pictures and files of the page.
const SVG = "http://www.w3.org/2000/svg";

export const root = url => (window.gradio_config?.root ?? "") + url;

export function make(name, props = {}, ...children) {
  const node = Object.assign(document.createElement(name), props);
  node.append(...children.filter(c => c != null));
  return node;
}
export function makeSvg(name, values = {}, text = null) {
  const node = document.createElementNS(SVG, name);
  Object.entries(values).forEach(([k, v]) => node.setAttribute(k, v));
  if (text != null) node.textContent = text;
  return node;
}

// Tells whoever watches the element that something else is shown now
export const countShown = element => {
  element.dataset.shown = Number(element.dataset.shown ?? 0) + 1;
};

export async function loadPicture(src) {
  const image = new Image();
  image.src = src;
  await image.decode();
  return image;
}
// A drawing as a picture; it must hold its own colours
export function svgPicture(svg, { width, height }, colour = text => text) {
  const copy = svg.cloneNode(true);
  Object.entries({ xmlns: SVG, width, height }).forEach(([k, v]) => copy.setAttribute(k, v));
  const text = colour(new XMLSerializer().serializeToString(copy));
  return loadPicture("data:image/svg+xml;charset=utf-8," + encodeURIComponent(text));
}

export const dataUrl = blob =>
  new Promise((yes, no) => {
    const reader = new FileReader();
    reader.onload = () => yes(reader.result);
    reader.onerror = no;
    reader.readAsDataURL(blob);
  });
export function saveFile(blob, name) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    /* no permission, or not a secure page */
  }
  const area = make("textarea", { value: text });
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
