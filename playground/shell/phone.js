// The page of a phone in a class: it joins, asks every two seconds what is asked, and sends one vote.
import { call } from "./call.js";
import { make } from "./dom.js";
import { lang, t } from "./language.js";
import { store } from "./store.js";
import { voteBars } from "./votes.js";

const PAUSE = 2000; // ms between two looks
const LONG_PAUSE = 6000; // after one that failed
const { up } = window.playground;
const main = document.querySelector("main");
const code = (/\/class\/(\w+)\/?$/.exec(location.pathname)?.[1] ?? "").toUpperCase();
const address = what => `${up}class/${code}/${what}`;
let phone = store.get(`class.${code}`); // by which the class knows this one again
document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
document.title = t("class.title");
main.after(make("a", { href: `${up}./`, textContent: t("class.app") }));

const status = make("p", { className: "status" });
status.setAttribute("role", "status");
const tell = text => {
  status.textContent = text;
};

function askForCode(text = "") {
  const field = make("input", { autocomplete: "off", autocapitalize: "characters", maxLength: 12, required: true });
  field.setAttribute("aria-label", t("class.code"));
  field.placeholder = t("class.code");
  const form = make("form", {}, field, make("button", { textContent: t("class.join") }));
  form.onsubmit = event => {
    event.preventDefault();
    location.assign(`${up}class/${encodeURIComponent(field.value.trim().toUpperCase())}`);
  };
  main.replaceChildren(make("h1", { textContent: t("class.title") }), form, status);
  tell(text);
}

let shown = null; // {question, buttons, bars, chosen}
function layout(name, one) {
  const buttons = one.choices.map((text, i) => {
    const button = make("button", { type: "button", className: "choice" }, make("span", { textContent: text }));
    button.onclick = () => vote(i + 1);
    button.setAttribute("aria-pressed", "false");
    return button;
  });
  const why = make("p", { className: "why" });
  main.replaceChildren(make("h1", { textContent: one.ask }), ...buttons, status, why);
  shown = { name, buttons, bars: voteBars(buttons), why, chosen: null };
  tell("");
}

async function vote(choice) {
  const { name, buttons } = shown;
  try {
    await call(address("vote"), { phone, question: name, choice });
    if (shown.name !== name) return;
    shown.chosen = choice;
    buttons.forEach((b, i) => b.setAttribute("aria-pressed", i + 1 === choice));
    tell(t("class.counted"));
  } catch (error) {
    tell(error.message);
  }
}

function reveal(state, why) {
  const { buttons, bars, chosen } = shown;
  buttons.forEach((b, i) => {
    b.disabled = true;
    b.classList.toggle("right", i + 1 === state.answer);
  });
  bars(state.counts);
  shown.why.textContent = why;
  if (!state.answer) tell(t("question.open"));
  else tell(chosen ? t(chosen === state.answer ? "question.right" : "question.wrong") : t("class.shown"));
}

function show(state) {
  const one = state.texts?.[lang] ?? Object.values(state.texts ?? {})[0];
  if (!one) {
    shown = null;
    main.replaceChildren(make("h1", { textContent: t("class.in", { code }) }), status);
    return tell(t("class.wait"));
  }
  if (shown?.name !== state.question) layout(state.question, one);
  if (state.answer != null) reveal(state, one.why);
  else if (shown.buttons[0].disabled) layout(state.question, one);
}

async function look() {
  let pause = PAUSE;
  try {
    if (!document.hidden) show(await call(address("state")));
  } catch (error) {
    if (error.status === 404) return askForCode(error.message);
    if (error.status === 410) return main.replaceChildren(make("h1", { textContent: error.message }));
    tell(error.status ? error.message : t("class.no_answer_yet"));
    pause = LONG_PAUSE;
  }
  setTimeout(look, pause);
}

async function join() {
  main.replaceChildren(make("h1", { textContent: t("class.title") }), status);
  try {
    phone ??= (await call(address("join"), {})).phone;
    store.set(`class.${code}`, phone);
    look();
  } catch (error) {
    askForCode(error.message);
  }
}

if (code) join();
else askForCode();
