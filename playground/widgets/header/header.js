import { keepLanguage } from "../../shell/address.js";
import { make } from "../../shell/dom.js";
import { bus } from "../../shell/events.js";
import { lang, t } from "../../shell/language.js";
import { settle } from "../../shell/place.js";
import { store } from "../../shell/store.js";

export default function header({ element }) {
  Object.assign(element.querySelector("h1"), { textContent: t("app.title"), title: t("present.key") });
  const language = make("button", {
    type: "button",
    textContent: lang === "zh" ? "English" : "中文",
    lang: lang === "zh" ? "en" : "zh-CN",
  });
  language.onclick = () => {
    settle();
    keepLanguage(lang === "zh" ? "en" : "zh-CN");
    location.reload();
  };
  const dark = () => document.body.classList.contains("dark");
  const theme = make("button", { type: "button" });
  const name = () => {
    theme.textContent = dark() ? "☀" : "☾";
    theme.setAttribute("aria-label", t(dark() ? "app.light" : "app.dark"));
  };
  theme.onclick = () => {
    document.body.classList.toggle("dark");
    store.set("theme", dark() ? "dark" : "light");
    name();
  };
  const opens = name => {
    const button = make("button", { type: "button", textContent: t(`${name}.title`) });
    button.onclick = () => bus.dispatchEvent(new Event(name));
    return button;
  };
  element.querySelector("nav").append(...["school", "gallery", "share"].map(opens), language, theme);
  name();
  new MutationObserver(name).observe(document.body, { attributes: true, attributeFilter: ["class"] });
}
