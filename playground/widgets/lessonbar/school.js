// The dialog of lessons, class and worksheet: school(dialog, lessons, start) -> open().
import { isHome } from "../../shell/address.js";
import { classroom } from "../../shell/classroom.js";
import { copyText, make, root } from "../../shell/dom.js";
import { bus } from "../../shell/events.js";
import { lang, t } from "../../shell/language.js";
import { tool } from "../lib/press.js";
import { worksheet } from "./worksheet.js";

export function school(dialog, lessons, start) {
  const list = make("ol", { className: "lessons" }),
    room = make("div", { className: "class" }),
    sheet = make("div", { className: "worksheet" });
  const head = key => make("h3", { textContent: t(key) });
  const shut = tool("school.close", () => dialog.close(), { className: "close" });
  dialog.setAttribute("aria-label", t("school.title"));
  dialog.append(shut, head("school.title"), list, head("class.title"), room, head("sheet.title"), sheet);
  dialog.onclick = e => e.target === dialog && dialog.close();

  for (const one of lessons.filter(each => each[lang])) {
    const { title, minutes, about } = one[lang];
    const begin = make(
      "button",
      { type: "button" },
      make("b", { textContent: title }),
      ` ${t("lesson.minutes", { n: minutes })}`,
    );
    begin.onclick = () => {
      dialog.close();
      start(one.name);
    };
    list.append(make("li", {}, begin, make("p", { textContent: about })));
  }

  const status = make("p");
  status.setAttribute("role", "status");
  async function open() {
    status.textContent = "";
    try {
      await classroom.open();
    } catch (error) {
      status.textContent = error.status ? error.message : t("class.no_answer_yet");
    }
  }
  function showClass() {
    if (!classroom.code)
      return room.replaceChildren(make("p", { textContent: t("class.about") }), tool("class.open", open), status);
    const { link, code } = classroom;
    const image = make("img", {
      src: root(`/qr.svg?of=${encodeURIComponent(link)}`),
      alt: t("class.qr"),
      width: 240,
      height: 240,
    });
    const copy = tool("strip.copy", async () => {
      copy.textContent = t((await copyText(link)) ? "strip.copied" : "strip.not_copied");
    });
    const words = make(
      "div",
      {},
      make("p", { className: "code", textContent: code }),
      make("p", { className: "address", textContent: link }),
      make("p", { textContent: t(isHome ? "class.home" : "class.how") }),
      copy,
      tool("class.end", () => classroom.end()),
    );
    room.replaceChildren(image, words);
  }
  function showSheet() {
    const { answers, pictures } = worksheet.count();
    sheet.replaceChildren(
      make("p", { textContent: t("sheet.about", { answers, pictures }) }),
      tool("sheet.print", () => worksheet.savePage()),
      tool("sheet.markdown", () => worksheet.saveMarkdown()),
      tool("sheet.clear", () => {
        worksheet.clear();
        showSheet();
      }),
    );
  }
  bus.addEventListener("class", showClass);
  return () => {
    showClass();
    showSheet();
    dialog.showModal();
  };
}
