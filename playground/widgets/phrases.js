const P = window.playground, { t, make } = P, area = element.querySelector("textarea");
element.querySelector("label span").textContent = t(props.label);
area.rows = props.rows;
let timer = 0;
function tell() {
  clearTimeout(timer);
  if (props.value !== area.value) props.value = area.value;
}
area.oninput = () => { clearTimeout(timer); timer = setTimeout(tell, 450); };
area.onblur = tell;
area.onkeydown = e => {
  if (e.key !== "Enter" || e.isComposing || props.rows > 1 && !e.ctrlKey && !e.metaKey) return;
  e.preventDefault();
  tell();
};
const set = text => { area.value = text; tell(); };
element.querySelector(".tries").append(...props.examples.map(key => {
  const lines = t(key), b = make("button", { type: "button", textContent: lines.split("\n").slice(0, 3).join(", ") + (lines.split("\n").length > 3 ? " …" : "") });
  b.onclick = () => set(lines);
  return b;
}));
const restore = () => {
  const value = P.restored(props.panel)[props.setting];
  if (value != null) set(String(value));
};
P.bus.addEventListener("restored", restore);
set(P.restored(props.panel)[props.setting] ?? t(props.initial));
void ["change"];
