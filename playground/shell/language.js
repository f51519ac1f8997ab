// The page's language: of the address, of an earlier visit, or of the browser. Gradio and the server are told of it.
import { store } from "./store.js";

const { texts } = window.playground;
const asked = new URLSearchParams(location.search).get("lang");
if (asked) store.set("lang", asked);
export const lang = /^zh/i.test(asked || store.get("lang") || navigator.language || "en") ? "zh" : "en";
const tag = lang === "zh" ? "zh-CN" : "en";
for (const [name, value] of [
  ["language", tag],
  ["languages", [tag]],
])
  Object.defineProperty(navigator, name, { get: () => value, configurable: true });
// Every request says it: a cookie would not be sent from a frame of another site, and may not be set in a sandbox
const ask = window.fetch.bind(window);
window.fetch = (what, options) => {
  const request = new Request(what, options);
  request.headers.set("accept-language", tag);
  return ask(request);
};

// t("key", {n: 3}) is the text; say() takes a key, [key, values], or words that are no key
export const t = (key, values = {}) =>
  (texts[lang][key] ?? String(key)).replace(/\{(\w+)\}/g, (all, k) => texts[lang][values[k]] ?? values[k] ?? all);
// The text of a key, or null where there is none
export const known = key => texts[lang][key] ?? null;
// A name from the data in the page's language, by the key that languages.py makes of it too
export function nameOf(kind, name) {
  const key = name.toLowerCase().replace(/[^a-z0-9]+/g, "_");
  return texts[lang][kind + key] ?? name;
}
export const say = x => (Array.isArray(x) ? t(x[0], x[1]) : x == null ? "" : t(x));
