const P = window.playground,
  { t, make } = P;
element.querySelector("h1").textContent = t("app.title");
const language = make("button", {
  type: "button",
  textContent: P.lang === "zh" ? "English" : "中文",
  lang: P.lang === "zh" ? "en" : "zh-CN",
});
language.onclick = () => {
  const url = new URL(location.href);
  url.searchParams.set("lang", P.lang === "zh" ? "en" : "zh-CN");
  location.assign(url);
};
const dark = () => document.body.classList.contains("dark");
const theme = make("button", { type: "button" });
const name = () => {
  theme.textContent = dark() ? "☀" : "☾";
  theme.setAttribute("aria-label", t(dark() ? "app.light" : "app.dark"));
};
theme.onclick = () => {
  document.body.classList.toggle("dark");
  P.store.set("theme", dark() ? "dark" : "light");
  name();
};
element.querySelector("nav").append(language, theme);
name();
new MutationObserver(name).observe(document.body, { attributes: true, attributeFilter: ["class"] });
