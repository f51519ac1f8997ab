// Which words of a text a network has read, told while it is typed: knownWords(host, ask) -> tell(text).
// ask(text) -> {read, taught, unread}, lists of words, or null.
import { make } from "../../shell/dom.js";
import { t } from "../../shell/language.js";

const PAUSE = 180; // ms without a key
const KINDS = ["unread", "taught", "read"];

export function knownWords(host, ask) {
  let timer = 0,
    turn = 0;
  host.classList.toggle("tells", !!ask);
  function show(found) {
    const told = KINDS.filter(kind => found?.[kind].length).map(kind =>
      make("span", {
        className: kind,
        dir: "auto",
        textContent: t(`known.${kind}`, { words: found[kind].join(", ") }),
      }),
    );
    host.replaceChildren(...told);
  }
  async function look(text, mine) {
    const found = text.trim() ? await ask(text).catch(() => null) : null;
    if (mine === turn) show(found);
  }
  return text => {
    if (!ask) return;
    clearTimeout(timer);
    const mine = ++turn;
    timer = setTimeout(() => look(text, mine), text ? PAUSE : 0);
  };
}
