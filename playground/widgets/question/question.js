import { make } from "../../shell/dom.js";
import { t } from "../../shell/language.js";
import { pressOne, tool } from "../lib/press.js";

export default function question({ element, props }) {
  const key = props.key_,
    body = element.querySelector(".body");
  element.querySelector("summary").textContent = t("question.title");
  const then = make("p", { className: "then" });
  then.setAttribute("role", "status");
  const choices = Array.from({ length: props.answers }, (_, i) => {
    const b = tool(`${key}.${i + 1}`, () => {
      pressOne(choices, b);
      then.textContent = t(`${key}.then`);
    });
    b.setAttribute("aria-pressed", "false");
    return b;
  });
  body.append(make("p", { textContent: t(`${key}.ask`) }), make("div", { className: "choices" }, ...choices), then);
}
