// A panel's result that waits for an answer: it keeps its place and is not to be seen.
import { t } from "./language.js";

const veiled = new Map(), // {question: the panel whose result waits for its answer}
  sheet = document.createElement("style");
document.head.append(sheet);

export function veil(question, panel, on) {
  if (on) veiled.set(question, panel);
  else veiled.delete(question);
  sheet.textContent = [...new Set(veiled.values())].map(hidden).join("\n");
}
const hidden = panel => `
  .result-${panel} { position: relative; min-height: 96px; }
  .result-${panel} > * { visibility: hidden !important; }
  .result-${panel}::before {
    content: ${JSON.stringify(t("question.waits"))};
    position: absolute; inset: 0; display: grid; place-items: center; padding: 16px; text-align: center;
    background: var(--mat); border-radius: 6px; color: var(--quiet); font-size: 16px;
  }`;
