// What a recipe says: from the address, or from a PNG as the server read it.

// "?tab=…&panel=…&seed=7&specimen=noto.12" -> {tab, panel, seed, specimen, …}, all of them texts
export const fromAddress = search => Object.fromEntries(new URLSearchParams(search));

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
