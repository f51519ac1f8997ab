// The button on a picture that makes it the specimen: taken() -> {src, label}, or nothing.
import { make } from "../../shell/dom.js";
import { setSpecimen } from "../../shell/events.js";
import { t } from "../../shell/language.js";

export function takeButton(taken) {
  const button = make("button", { type: "button", className: "take", textContent: "↥", title: t("exhibit.take") });
  button.setAttribute("aria-label", t("exhibit.take"));
  button.onclick = () => {
    const { src, label } = taken() ?? {};
    if (src) setSpecimen({ kind: "png", src }, label);
  };
  return button;
}
