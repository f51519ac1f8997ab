// The drawings to choose from: search by word in both languages, one page of tiles per style, nothing asked of the
// server.
import { loadPicture, make, root } from "../../shell/dom.js";
import { lang, nameOf, t } from "../../shell/language.js";
import { rank } from "./search.js";

export function picker(dialog, props, chosen) {
  const search = make("input", { type: "search", placeholder: t("picker.search"), autocomplete: "off" });
  search.setAttribute("aria-label", t("picker.search"));
  const styles = make("div", { className: "chips" }),
    grid = make("div", { className: "grid" });
  const count = make("span", { className: "count" }),
    more = make("button", { type: "button", className: "more", textContent: t("picker.more") });
  const close = make("button", { type: "button", className: "close", textContent: "×" });
  close.setAttribute("aria-label", t("picker.close"));
  count.setAttribute("aria-live", "polite");
  dialog.append(
    make("div", { className: "bar" }, search, close),
    styles,
    grid,
    make("div", { className: "foot" }, count, more),
  );
  let table = null,
    style = null,
    shown = 160;

  // Pictures with a skin tone follow in the list and stand on a page of their own
  function place(tile) {
    const file = table.styles[style].file ?? style,
      plain = ((table.plain ??= {})[style] ??= table.pictures[style].filter(p => !p[1]).length);
    const at = tile < plain ? tile : tile - plain;
    return {
      page: root(`${props.folder}/${file}${tile < plain ? "" : "-tones"}.webp`),
      x: at % table.columns,
      y: Math.floor(at / table.columns),
    };
  }
  function found() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const { unseen } = table.styles[style];
    const tiles = table.pictures[style].map(([concept, tone, held], tile) => ({
      concept: table.concepts[concept],
      tone,
      held: held || unseen,
      tile,
      ...place(tile),
      rank: 1,
    }));
    for (const one of tiles) one.rank = rank(one.concept, words);
    return tiles.filter(x => x.rank).sort((x, y) => y.rank - x.rank || !!x.tone - !!y.tone || x.tile - y.tile);
  }
  function paint() {
    const all = found(),
      columns = table.columns,
      size = 48;
    grid.replaceChildren(
      ...all.slice(0, shown).map(x => {
        const name = lang === "zh" ? x.concept[2] || x.concept[1] : x.concept[1];
        const button = make("button", {
          type: "button",
          title: name + (x.held ? ` · ${t("picker.held_out")}` : ""),
          className: x.held ? "tile held" : "tile",
        });
        button.setAttribute("aria-label", button.title);
        button.style.backgroundImage = `url("${x.page}")`;
        button.style.backgroundSize = `${columns * size}px auto`;
        button.style.backgroundPosition = `-${x.x * size}px -${x.y * size}px`;
        button.onclick = () => {
          dialog.close();
          choose(x, name);
        };
        return button;
      }),
    );
    count.textContent = t(all.length ? "picker.count" : "picker.none", { n: all.length });
    more.hidden = all.length <= shown;
  }
  async function choose(x, name) {
    const page = await loadPicture(x.page),
      T = table.tile,
      canvas = make("canvas", { width: T, height: T });
    canvas.getContext("2d").drawImage(page, x.x * T, x.y * T, T, T, 0, 0, T, T);
    chosen({ kind: "atlas", style, tile: x.tile }, canvas, `${name} · ${nameOf("style.", style)}`, x.held);
  }
  search.oninput = () => {
    shown = 160;
    paint();
  };
  more.onclick = () => {
    shown += 320;
    paint();
  };
  close.onclick = () => dialog.close();
  dialog.onclick = e => {
    if (e.target === dialog) dialog.close();
  };
  return async () => {
    dialog.showModal();
    if (table) return;
    try {
      table = await (await fetch(root(`${props.folder}/table.json`))).json();
    } catch {
      count.textContent = t("picker.missing");
      return;
    }
    style = Object.keys(table.pictures)[0];
    styles.append(
      ...Object.keys(table.pictures).map(name => {
        const label = make("button", { type: "button", textContent: table.styles[name]?.title ?? name });
        label.setAttribute("aria-pressed", name === style);
        label.onclick = () => {
          style = name;
          for (const other of styles.children) other.setAttribute("aria-pressed", other === label);
          paint();
        };
        return label;
      }),
    );
    paint();
    search.focus();
  };
}
