// A question before its result: ask(host, one) -> stand(whether it stands there). one: {name, ask, choices, right, why,
// panel}. While it stands there unanswered, the panel's result is veiled; an answer or a skip unveils and marks it.
// right: the number of the right answer, 0 where none is, null where what the panel measures tells ("right" of its
// value). In a class the votes stand in the answers.
import { classroom } from "../../shell/classroom.js";
import { make } from "../../shell/dom.js";
import { bus } from "../../shell/events.js";
import { t } from "../../shell/language.js";
import { veil } from "../../shell/veil.js";
import { voteBars } from "../../shell/votes.js";
import { pressOne, tool } from "./press.js";

export const wanted = { name: null }; // the question of a panel that a lesson asks; "question" tells that it changed
const answered = new Map(); // {name: the number that was chosen, 0 for a skip}
const measured = new Map(); // {panel: the number that its result says is right}
bus.addEventListener("value", e => {
  const { recipe, right } = e.detail.value;
  if (right) measured.set(recipe.panel, right);
});

export function ask(host, one) {
  const then = make("p", { className: "then" }),
    buttons = one.choices.map((text, i) => choice(text, () => answer(i + 1)));
  then.setAttribute("role", "status");
  const skip = tool("question.skip", () => answer(0), { className: "skip" });
  const bars = voteBars(buttons);
  let stands = false;
  const right = () => one.right ?? measured.get(one.panel) ?? null;

  function answer(chosen) {
    answered.set(one.name, chosen);
    veil(one.name, one.panel, false);
    mark();
    showToClass();
    bus.dispatchEvent(new CustomEvent("answered", { detail: { ...one, chosen, right: right() } }));
  }
  function mark() {
    const chosen = answered.get(one.name),
      known = chosen != null;
    skip.hidden = known;
    skip.textContent = t(classroom.code ? "question.show" : "question.skip");
    pressOne(buttons, buttons[chosen - 1]);
    buttons.forEach((b, i) => b.classList.toggle("right", known && i + 1 === right()));
    then.textContent = known ? `${verdict(chosen)} ${one.why}`.trim() : "";
  }
  function verdict(chosen) {
    if (right() == null) return t("question.measuring");
    if (!right()) return t("question.open");
    if (chosen === right()) return t("question.right");
    return t(chosen ? "question.wrong_it_is" : "question.it_is", { answer: one.choices[right() - 1] });
  }
  async function stand(now) {
    stands = now;
    mark();
    veil(one.name, one.panel, stands && !answered.has(one.name));
    if (!stands) return;
    await classroom.ask(one.name);
    showToClass();
  }
  const showToClass = () => answered.has(one.name) && right() != null && classroom.show(right());
  bus.addEventListener("value", () => {
    if (!stands || one.right != null || !answered.has(one.name)) return;
    mark();
    showToClass();
  });
  bus.addEventListener("class", () => {
    if (classroom.code) answered.delete(one.name); // a class answers anew
    if (stands) stand(true);
  });
  bus.addEventListener("votes", e => stands && e.detail.question === one.name && bars(e.detail.counts));

  host.append(
    make("p", { className: "asks", textContent: one.ask }),
    make("div", { className: "choices" }, ...buttons, skip),
    then,
  );
  mark();
  return stand;
}

function choice(text, chosen) {
  const button = make("button", { type: "button", className: "choice" }, make("span", { textContent: text }));
  button.onclick = chosen;
  button.setAttribute("aria-pressed", "false");
  return button;
}
