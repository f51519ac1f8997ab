// The worksheet of a visitor: what was asked, what they answered, the pictures they kept. It stays in their browser
// until they save or clear it.
import { make, saveFile } from "../../shell/dom.js";
import { bus } from "../../shell/events.js";
import { lang, t } from "../../shell/language.js";
import { store } from "../../shell/store.js";

const MOST = 40; // answers, and pictures
const empty = () => ({ title: "", answers: [], pictures: [] });
let sheet = JSON.parse(store.get("worksheet") || "null") ?? empty();
const keep = () => store.set("worksheet", JSON.stringify(sheet));

function answered({ name, ask, choices, chosen, right, why }) {
  const others = sheet.answers.filter(one => one.name !== name),
    mine = choices[chosen - 1] ?? t("sheet.skipped");
  const one = { name, ask, mine, right: choices[right - 1] ?? t("question.open"), why };
  sheet.answers = [...others, one].slice(-MOST);
  keep();
}
function kept({ src, caption, link }) {
  sheet.pictures = [...sheet.pictures, { src, caption, link: new URL(link, location.href).href }].slice(-MOST);
  keep();
}
bus.addEventListener("answered", e => answered(e.detail));
bus.addEventListener("kept", e => kept(e.detail));

const title = () => sheet.title || t("app.title");
const today = () => new Date().toLocaleDateString(lang);
const line = text =>
  String(text)
    .replace(/\s+/g, " ")
    .replace(/[\\`*_[\]<>#|]/g, "\\$&");

function asMarkdown({ answers, pictures }) {
  const asked = answers.map((one, i) =>
    [
      `${i + 1}. **${line(one.ask)}**`,
      `${t("sheet.mine")}: ${line(one.mine)}`,
      `${t("sheet.right")}: ${line(one.right)}`,
      line(one.why),
    ].join("\n   - "),
  );
  const shown = pictures.map(one => `![${line(one.caption)}](${one.src})\n\n[${line(one.caption)}](${one.link})`);
  const parts = [`# ${line(title())}`, today(), `${t("sheet.name")}: ________________`];
  return [...parts, `## ${t("sheet.answers")}`, ...asked, `## ${t("sheet.pictures")}`, ...shown].join("\n\n") + "\n";
}

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 760px; margin: 32px auto; padding: 0 20px; color: #1d1f21; }
li { margin: 0 0 14px; break-inside: avoid; }
figure { margin: 0 0 24px; break-inside: avoid; }
img { max-width: 100%; image-rendering: pixelated; }
figcaption, a { font-size: 13px; color: #5f6368; overflow-wrap: anywhere; }
dl { margin: 4px 0; }
dt { float: left; margin-right: .5em; color: #5f6368; }
dd { margin: 0; }`;
function asPage({ answers, pictures }) {
  const page = document.implementation.createHTMLDocument(title());
  page.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
  page.head.prepend(make("meta", { httpEquiv: "content-type", content: "text/html; charset=utf-8" }));
  page.head.append(make("style", { textContent: STYLE }));
  const pair = (key, text) => [make("dt", { textContent: `${t(key)}:` }), make("dd", { textContent: text })];
  const asked = answers.map(one =>
    make(
      "li",
      {},
      make("b", { textContent: one.ask }),
      make("dl", {}, ...pair("sheet.mine", one.mine), ...pair("sheet.right", one.right)),
      make("span", { textContent: one.why }),
    ),
  );
  const shown = pictures.map(one =>
    make(
      "figure",
      {},
      make("img", { src: one.src, alt: one.caption }),
      make("figcaption", {}, make("a", { href: one.link, textContent: one.caption })),
    ),
  );
  page.body.append(
    make("h1", { textContent: title() }),
    make("p", { textContent: `${today()} · ${t("sheet.name")}: ________________` }),
    make("h2", { textContent: t("sheet.answers") }),
    make("ol", {}, ...asked),
    make("h2", { textContent: t("sheet.pictures") }),
    ...shown,
  );
  return `<!doctype html>\n${page.documentElement.outerHTML}\n`;
}

const save = (text, type, name) => saveFile(new Blob([text], { type: `${type};charset=utf-8` }), name);
export const worksheet = {
  begin(lesson) {
    if (sheet.title !== lesson.title) sheet = { ...empty(), title: lesson.title };
    keep();
  },
  clear() {
    sheet = empty();
    keep();
  },
  count: () => ({ answers: sheet.answers.length, pictures: sheet.pictures.length }),
  saveMarkdown: () => save(asMarkdown(sheet), "text/markdown", "worksheet.md"),
  savePage: () => save(asPage(sheet), "text/html", "worksheet.html"),
};
