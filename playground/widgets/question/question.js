import { bus } from "../../shell/events.js";
import { t } from "../../shell/language.js";
import { ask, wanted } from "../lib/ask.js";

export default function question({ element, props }) {
  const key = props.key_,
    details = element.querySelector("details");
  element.querySelector("summary").textContent = t("question.title");
  const stand = ask(element.querySelector(".body"), {
    name: key,
    ask: t(`${key}.ask`),
    choices: Array.from({ length: props.answers }, (_, i) => t(`${key}.${i + 1}`)),
    right: props.right,
    why: t(`${key}.then`),
    panel: key.split(".")[0],
  });
  details.ontoggle = () => stand(details.open);
  let byLesson = false;
  function look() {
    if (wanted.name !== key && !byLesson) return;
    byLesson = wanted.name === key;
    details.open = byLesson;
  }
  bus.addEventListener("question", look);
  look();
}
