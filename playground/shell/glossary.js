// Words explained where they stand: the first time that a paragraph names a term of the glossary, the term opens its
// entry on hover, tap or focus. What is pressed, chosen or typed keeps its plain name.
import { make } from "./dom.js";
import { lang, t } from "./language.js";
import { sketch } from "./sketches.js";
import { finder } from "./terms.js";

const TEXTS = ".prose, [class*=widget-]"; // texts of the catalogue: Markdown, and what our widgets say
const PARAGRAPH = "p, li, table, h4, [class*=widget-]";
const PLAIN =
  "a, button, input, textarea, select, label, summary, pre, code, svg, h1, nav, [role=button], [role=option], " +
  "[role=slider], [contenteditable], .katex, .recipe, dialog, x-term, .entry";
const OPEN = 150; // ms that a mouse rests on a term before it opens
const CLOSE = 250; // ms that it may be on its way to the entry

const heading = make("h4"),
  picture = make("div"),
  text = make("p", { id: "entry-text" }),
  paper = make("a", { target: "_blank", rel: "noopener noreferrer" });
const entry = make("div", { className: "entry", popover: "auto" }, heading, picture, text, paper);
entry.setAttribute("role", "dialog");
let entries = {},
  find = () => [],
  shown = null; // the term whose entry is open

// Marks what the texts in a node name
function mark(node) {
  if (!node.isConnected) return;
  const walker = document.createTreeWalker(node, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, one =>
    one.nodeType === Node.ELEMENT_NODE && one.matches(PLAIN) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
  );
  const texts = [];
  for (let one = walker.currentNode; one; one = walker.nextNode()) if (one.nodeType === Node.TEXT_NODE) texts.push(one);
  texts.forEach(markText);
}
function markText(node) {
  const within = node.parentElement;
  if (!within || within.closest(PLAIN) || !within.closest(TEXTS)) return;
  const marked = [...(within.closest(PARAGRAPH)?.querySelectorAll("x-term") ?? [])];
  const found = find(node.data, new Set(marked.map(one => one.dataset.term)));
  if (found.length && /flex|grid|box/.test(getComputedStyle(within).display)) return; // its parts would move apart
  for (const { term, at, end } of found.reverse()) {
    const rest = node.splitText(at);
    rest.splitText(end - at);
    rest.replaceWith(termNode(term, rest.data));
  }
}
function termNode(term, word) {
  const node = make("x-term", { tabIndex: 0, textContent: word });
  node.dataset.term = term;
  node.setAttribute("role", "button");
  node.setAttribute("aria-haspopup", "dialog");
  return node;
}

function open(node) {
  if (shown === node) return;
  close();
  const { name, text: said, paper: source } = entries[node.dataset.term];
  heading.textContent = name;
  text.textContent = said;
  picture.replaceChildren(...sketch(node.dataset.term));
  Object.assign(paper, { textContent: `${t("glossary.from")} ${source[0]}`, title: source[1], href: source[2] });
  entry.setAttribute("aria-label", name);
  node.setAttribute("aria-describedby", text.id);
  node.style.anchorName = "--term";
  entry.showPopover({ source: node });
  shown = node;
}
const close = () => entry.matches(":popover-open") && entry.hidePopover();
entry.addEventListener("beforetoggle", event => {
  if (event.newState === "open" || !shown) return;
  const node = shown;
  node.removeAttribute("aria-describedby");
  node.style.anchorName = "";
  if (entry.contains(document.activeElement)) node.focus(); // it does not open again: it still is the one that is shown
  shown = null;
});

const termAt = event => event.target.closest?.("x-term");
const isHeld = () => document.activeElement === shown || entry.contains(document.activeElement);
let timer = 0;
function wait(run, delay) {
  clearTimeout(timer);
  timer = setTimeout(run, delay);
}
function listen() {
  document.addEventListener("pointerover", event => {
    const node = termAt(event);
    if (event.pointerType !== "mouse") return;
    if (node) wait(() => open(node), OPEN);
    else if (entry.contains(event.target)) clearTimeout(timer);
    else wait(() => isHeld() || close(), CLOSE);
  });
  document.addEventListener("focusin", event => {
    const node = termAt(event);
    if (node?.matches(":focus-visible")) open(node);
    else if (!node && !entry.contains(event.target)) close();
  });
  document.addEventListener("click", event => termAt(event) && open(termAt(event)));
  document.addEventListener("keydown", event => {
    const node = termAt(event);
    if (!node || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    if (shown === node) close();
    else open(node);
  });
}

// Gradio and our widgets put texts on the page and replace them at any time
function watchTexts() {
  const fresh = new Set();
  const look = () => {
    fresh.forEach(mark);
    fresh.clear();
    observer.takeRecords(); // its own marks
  };
  const observer = new MutationObserver(records => {
    if (!fresh.size) setTimeout(look, 60);
    for (const { addedNodes } of records) addedNodes.forEach(node => fresh.add(node));
  });
  observer.observe(document.body, { childList: true, subtree: true });
  mark(document.body);
}

addEventListener("DOMContentLoaded", async () => {
  const answer = await fetch(new URL(`../glossary/${lang}.json`, import.meta.url));
  entries = await answer.json();
  find = finder(entries);
  document.body.append(entry);
  listen();
  watchTexts();
});
