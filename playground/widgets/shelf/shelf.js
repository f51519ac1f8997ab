import { make } from "../../shell/dom.js";
import { restoring } from "../../shell/events.js";
import { lang, say, t } from "../../shell/language.js";
import { asSpecimen } from "../../shell/recipe.js";
import { picker } from "../lib/picker.js";

export default function shelf({ element, props, server }) {
  const host = element.querySelector(".shelf");
  element.querySelector(".name").textContent = t("shelf.name", { n: props.most });
  const opening = props.value ? props.value.split(",") : [];
  let items = opening.map((id, i) => ({ id, src: props.opening[i].src, label: say(props.opening[i].label) }));
  const open = picker(element.querySelector(".picker"), props, (value, canvas, label) => {
    items.push({ id: `${value.style}.${value.tile}`, src: canvas.toDataURL(), label });
    tell();
  });
  function paint() {
    const cards = items.map((one, i) => {
      const b = make(
        "button",
        { type: "button", className: "card", title: t("shelf.remove", { name: one.label }) },
        make("img", { src: one.src, width: 64, height: 64, alt: one.label }),
        make("i", { textContent: "×", ariaHidden: "true" }),
      );
      b.setAttribute("aria-label", b.title);
      b.onclick = () => {
        items.splice(i, 1);
        tell();
      };
      return b;
    });
    const add = make("button", { type: "button", className: "card add", textContent: "+", title: t("shelf.add") });
    add.setAttribute("aria-label", t("shelf.add"));
    add.onclick = open;
    host.replaceChildren(...cards, ...(items.length < props.most ? [add] : []));
  }
  function tell() {
    paint();
    props.value = items.map(one => one.id).join(",");
  }
  async function restore(text) {
    if (typeof text !== "string" || text === props.value) return;
    const values = text
      .split(",")
      .map(asSpecimen)
      .filter(one => one?.kind === "atlas")
      .slice(0, props.most);
    const seen = await Promise.all(values.map(one => server.look(one)));
    items = values.flatMap((one, i) =>
      seen[i] ? [{ id: `${one.style}.${one.tile}`, src: seen[i].seen, label: seen[i].label?.[lang] ?? "" }] : [],
    );
    tell();
  }
  paint();
  restoring(props, restore);
}
