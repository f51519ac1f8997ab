// What a recipe says: from the address, or from a PNG as the server read it.

// "?tab=…&panel=…&seed=7&specimen=noto.12" -> {tab, panel, seed, specimen, …}, all of them texts
export const fromAddress = search => Object.fromEntries(new URLSearchParams(search));

const LONGEST = 6000; // characters of one value in an address, as in share.py
const LONGEST_ADDRESS = 16000; // characters

// A setting, or a specimen, as an address says it
const text = value =>
  typeof value !== "object" ? String(value) : value.kind === "atlas" ? `${value.style}.${value.tile}` : value.src;
// {tab, panel, settings, specimen} -> all of it as texts
export const written = ({ tab, panel, settings, specimen }) =>
  Object.fromEntries(
    Object.entries({ tab, panel, ...settings, specimen })
      .filter(([, value]) => value != null)
      .map(([name, value]) => [name, text(value)]),
  );
// … and back; a specimen among the settings stays a text
export function fromTexts({ tab, panel, specimen, ...told }) {
  const settings = Object.fromEntries(Object.entries(told).map(([name, value]) => [name, valueOf(value)]));
  return { tab, panel, settings, specimen: asSpecimen(specimen) };
}
function valueOf(text) {
  try {
    const value = JSON.parse(text);
    return ["number", "boolean"].includes(typeof value) ? value : text;
  } catch {
    return text;
  }
}
// Texts -> what stands in an address: without values that are too long, or with tab and panel alone
export function query(texts) {
  const told = new URLSearchParams(Object.entries(texts).filter(([, value]) => value.length <= LONGEST));
  const { tab, panel } = texts;
  return String(told).length <= LONGEST_ADDRESS ? told : new URLSearchParams({ tab, ...(panel && { panel }) });
}
// What a page is opened with: what its entry of the history holds, or its address
export function asked(state, place = new URLSearchParams()) {
  if (!state?.recipe) return Object.fromEntries(place);
  const { tab, panel } = state.recipe;
  return written(state.own ? state.recipe : { tab, panel });
}

// {tab, panel, settings, specimen} -> the same form
export const fromPng = one => ({ ...one.settings, panel: one.panel, specimen: one.specimen });

// What a recipe says of a panel: all of it, or nothing if it is of another panel. Without a name: of any panel
export const ofPanel = (recipe, panel) => (panel == null || recipe.panel === panel ? recipe : {});

// "noto.12", a data URL, or a specimen already -> a specimen, or null
export function asSpecimen(x) {
  if (x && typeof x === "object") return x;
  const atlas = /^(.+)\.(\d{1,6})$/.exec(x ?? "");
  if (atlas) return { kind: "atlas", style: atlas[1], tile: Number(atlas[2]) };
  return /^data:image\//.test(x ?? "") ? { kind: "png", src: x } : null;
}

// Whether what a panel made follows the recipe in all that both of them name; what another panel made always does
export const agrees = (made, recipe) =>
  !made ||
  made.panel !== recipe.panel ||
  Object.entries(made.settings).every(
    ([name, value]) =>
      // eslint-disable-next-line eqeqeq -- a link has numbers as texts: "2.0" is 2
      typeof value === "object" || !(name in recipe) || value == recipe[name] || String(value) === recipe[name],
  );
