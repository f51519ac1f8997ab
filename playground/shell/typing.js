// What a visitor types, before anybody hears of it: nothing while a composition (of Chinese, say) is open, and a number
// once it is finished. Whoever listens to a field, ours or Gradio's, gets one "input" afterwards.
const PAUSE = 700; // ms after the last key; Enter and leaving the field do not wait
const waiting = new Map(); // number field -> its timer
const kept = new WeakMap(); // number field -> the value that stands for an empty one
const isField = node => node?.matches?.("input:not([type=range]), textarea");
const isNumber = node => node?.matches?.("input[type=number]");
const hear = field => field.dispatchEvent(new Event("input", { bubbles: true }));
let composing = null;

function finish(field) {
  if (!waiting.has(field)) return;
  clearTimeout(waiting.get(field));
  waiting.delete(field);
  if (field.value === "") return;
  kept.set(field, field.value);
  hear(field);
}
const on = (name, run) => addEventListener(name, e => isField(e.target) && run(e), true);

on("compositionstart", e => (composing = e.target));
on("compositionend", e => {
  composing = null;
  setTimeout(hear, 0, e.target); // the browser's own last "input" may come before or after
});
on("input", e => {
  if (!e.isTrusted) return;
  if (composing === e.target || e.isComposing) return e.stopImmediatePropagation();
  if (!isNumber(e.target)) return;
  e.stopImmediatePropagation();
  clearTimeout(waiting.get(e.target));
  waiting.set(e.target, setTimeout(finish, PAUSE, e.target));
});
on("keydown", e => {
  if (composing === e.target || e.isComposing) e.stopImmediatePropagation();
  else if (e.key === "Enter") finish(e.target);
});
on("focus", e => isNumber(e.target) && kept.set(e.target, e.target.value));
on("blur", e => {
  if (!isNumber(e.target)) return;
  if (e.target.value === "") e.target.value = kept.get(e.target) ?? "";
  finish(e.target);
});
