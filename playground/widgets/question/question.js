const { t, make } = window.playground,
  key = props.key_,
  body = element.querySelector(".body");
element.querySelector("summary").textContent = t("question.title");
const then = make("p", { className: "then" });
then.setAttribute("role", "status");
const choices = Array.from({ length: props.answers }, (_, i) => {
  const b = make("button", { type: "button", textContent: t(`${key}.${i + 1}`) });
  b.setAttribute("aria-pressed", "false");
  b.onclick = () => {
    choices.forEach(c => c.setAttribute("aria-pressed", c === b));
    then.textContent = t(`${key}.then`);
  };
  return b;
});
body.append(make("p", { textContent: t(`${key}.ask`) }), make("div", { className: "choices" }, ...choices), then);
