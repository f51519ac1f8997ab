import { make } from "../../shell/dom.js";
import { bus, openRecipe } from "../../shell/events.js";
import { known, t } from "../../shell/language.js";
import { differences, NONE } from "../../shell/recent.js";
import { forget, seen } from "../../shell/seen.js";
import { titled } from "../lib/dialog.js";
import { tool } from "../lib/press.js";
import { inWords } from "../lib/strip.js";

export default function gallery({ element }) {
  const find = name => element.querySelector(name),
    dialog = find("dialog"),
    pair = find(".pair"),
    differs = find(".differs"),
    all = find(".all"),
    clear = find(".clear");
  let pinned = []; // links of at most two pictures
  titled(dialog, "gallery.title");
  Object.assign(clear, { textContent: t("gallery.clear"), onclick: forget });

  const room = ({ tab, panel }) => [known(`tab.${tab}`), known(`panel.${panel}`)].filter(Boolean).join(" · ");
  const words = recipe => inWords(recipe).map(pair => pair.join(" "));
  function open(one) {
    dialog.close();
    openRecipe(one.recipe);
  }
  function pin(one) {
    pinned = pinned.includes(one.link) ? pinned.filter(link => link !== one.link) : [...pinned, one.link].slice(-2);
    draw();
    all.querySelector(`[data-link="${CSS.escape(one.link)}"]`)?.focus();
  }
  function card(one) {
    const picture = make("img", { src: one.src, alt: words(one.recipe).join(", ") });
    const back = make("button", { type: "button", className: "back", title: t("gallery.open") }, picture);
    back.onclick = () => open(one);
    const hold = tool("gallery.pin", () => pin(one), { className: "pin" });
    hold.setAttribute("aria-pressed", pinned.includes(one.link));
    hold.dataset.link = one.link;
    const said = make("figcaption", {}, make("b", { textContent: room(one.recipe) }), words(one.recipe).join(" · "));
    return make("figure", {}, back, said, hold);
  }
  function draw() {
    const list = seen();
    pinned = pinned.filter(link => list.some(one => one.link === link));
    const two = pinned.map(link => list.find(one => one.link === link));
    find(".lead").textContent = t(list.length ? "gallery.lead" : "gallery.empty");
    clear.hidden = !list.length;
    all.replaceChildren(...list.map(card));
    pair.replaceChildren(
      ...two.map(one => make("figure", {}, make("img", { src: one.src, alt: words(one.recipe).join(", ") }))),
    );
    differs.replaceChildren(...(two.length === 2 ? told(...two.map(one => one.recipe)) : []));
  }
  function told(one, other) {
    const elsewhere = room(one) !== room(other);
    const found = differences(inWords(one), inWords(other)).filter(pair => !elsewhere || !pair.includes(NONE));
    if (elsewhere) found.unshift([t("gallery.room"), room(one), room(other)]);
    if (!found.length) return [t("gallery.alike")];
    return found.map(([k, a, b]) => make("p", {}, make("b", { textContent: k }), ` ${a} → ${b}`));
  }
  bus.addEventListener("seen", () => dialog.open && draw());
  bus.addEventListener("gallery", () => {
    draw();
    dialog.showModal();
  });
}
