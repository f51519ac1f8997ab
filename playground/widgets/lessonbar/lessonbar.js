import { classroom } from "../../shell/classroom.js";
import { keepLesson, opened } from "../../shell/address.js";
import { make } from "../../shell/dom.js";
import { bus, openRecipe, tell } from "../../shell/events.js";
import { lang, t } from "../../shell/language.js";
import { enter } from "../../shell/place.js";
import { ask, wanted } from "../lib/ask.js";
import { tool } from "../lib/press.js";
import { school } from "./school.js";
import { worksheet } from "./worksheet.js";

export default function lessonbar({ element, props, server }) {
  const find = name => element.querySelector(name),
    bar = find(".bar"),
    text = find(".text"),
    asked = find(".asked");
  let lesson = null, // {name, title, steps: [{title, html, recipe, question}]}
    at = 0, // the step, from 0
    stand = null; // of its question
  const title = make("b"),
    place = make("span", { className: "place" });
  const before = tool("lesson.before", () => go(at - 1)),
    after = tool("lesson.after", () => go(at + 1), { className: "after" });
  const fold = tool("lesson.fold", () => {
    const folded = bar.classList.toggle("folded");
    fold.textContent = t(folded ? "lesson.unfold" : "lesson.fold");
    fold.setAttribute("aria-expanded", !folded);
  });
  fold.setAttribute("aria-expanded", true);
  const close = tool("lesson.close", () => start(null));
  const dialog = school(find(".school"), props.lessons, start);
  const room = tool("class.title", dialog, { className: "room" });
  find(".line").append(title, place, room, make("nav", {}, before, after, fold, close));

  const nearest = step => Math.min(Math.max(Math.round(step) || 1, 1), lesson.steps.length) - 1;

  // `back`: the address says so already, and what it holds of the place comes by itself
  async function start(name, step = 1, back = false) {
    const found = name && (await server.lesson([name, lang]));
    if (name && !found) return tell(t("lesson.unknown", { name }));
    if (found) worksheet.begin(found);
    lesson = found || null;
    document.documentElement.toggleAttribute("data-lesson", !!lesson);
    bus.dispatchEvent(new CustomEvent("lesson"));
    if (lesson) return go(nearest(step), back);
    leave();
    if (!back) keepLesson({});
    look();
  }
  function leave() {
    stand?.(false);
    stand = null;
    wanted.name = null;
  }
  function go(to, back = false) {
    if (!lesson?.steps[to]) return;
    leave();
    at = to;
    const step = lesson.steps[at];
    if (!back) enter({ lesson: lesson.name, step: at + 1 }, step.recipe);
    find("h2").textContent = step.title;
    text.innerHTML = step.html; // made of the lesson's Markdown, without raw HTML
    text.querySelectorAll("a").forEach(a => Object.assign(a, { target: "_blank", rel: "noopener" }));
    question(step);
    if (step.recipe && !back) openRecipe(step.recipe);
    look();
    bar.scrollTop = 0;
  }
  // The step's own question stands here; a panel's own stands in the panel
  function question({ question: one, recipe }) {
    asked.replaceChildren();
    if (one?.choices) {
      stand = ask(asked, { ...one, panel: recipe?.panel });
      stand(true);
    } else wanted.name = one?.name ?? null;
    bus.dispatchEvent(new CustomEvent("question"));
  }
  function look() {
    bar.hidden = !lesson && !classroom.code;
    element.closest("#lesson")?.classList.toggle("runs", !bar.hidden);
    bar.classList.toggle("leads", !!lesson);
    title.textContent = lesson?.title ?? "";
    place.textContent = lesson ? t("lesson.place", { n: at + 1, of: lesson.steps.length }) : "";
    find("progress").value = lesson ? (at + 1) / lesson.steps.length : 0;
    before.disabled = at === 0;
    after.disabled = !lesson || at + 1 === lesson.steps.length;
    room.hidden = !classroom.code;
    room.textContent = t("class.chip", { code: classroom.code, n: phones });
  }
  let phones = 0;
  bus.addEventListener("votes", e => {
    phones = e.detail.phones;
    look();
  });
  bus.addEventListener("class", look);
  bus.addEventListener("school", dialog);
  bus.addEventListener("turn", e => go(at + e.detail)); // whoever has keys for it
  const told = name => new URLSearchParams(location.search).get(name);
  const follow = back => start(told("lesson"), Number(told("step") ?? 1), back);
  bus.addEventListener("returned", () => (lesson || told("lesson")) && follow(true));
  if (told("lesson")) follow("panel" in opened);
  look();
}
