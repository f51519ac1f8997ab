// A dialog with a title and a button that closes it.
import { make } from "../../shell/dom.js";
import { t } from "../../shell/language.js";

export function titled(dialog, key) {
  const close = make("button", { type: "button", className: "close", textContent: "×", ariaLabel: t("dialog.close") });
  close.onclick = () => dialog.close();
  dialog.setAttribute("aria-label", t(key));
  dialog.prepend(close, make("h3", { textContent: t(key) }));
}
