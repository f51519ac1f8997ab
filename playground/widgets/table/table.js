import { make } from "../../shell/dom.js";
import { lang, say } from "../../shell/language.js";
import { scrolls } from "../lib/scroll.js";

export default function table({ element, props }) {
  const cell = v =>
    typeof v === "number" ? v.toLocaleString(lang, { maximumFractionDigits: 3 }) : v == null ? "–" : say(v);
  scrolls(element.querySelector(".scroll"), say(props.heads[0]));
  element
    .querySelector("table")
    .append(
      make("tr", {}, ...props.heads.map(key => make("th", { scope: "col", textContent: say(key) }))),
      ...props.rows.map(([name, ...rest]) =>
        make(
          "tr",
          {},
          make("th", { scope: "row", textContent: cell(name) }),
          ...rest.map(v => make("td", { textContent: cell(v) })),
        ),
      ),
    );
}
