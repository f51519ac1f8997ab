// A theme that was chosen on an earlier visit, instead of the system's: Gradio asks matchMedia.
import { store } from "./store.js";

const theme = store.get("theme"),
  match = window.matchMedia.bind(window);
if (theme)
  window.matchMedia = q =>
    !/prefers-color-scheme/.test(q)
      ? match(q)
      : {
          matches: q.includes(theme),
          media: q,
          onchange: null,
          addEventListener() {},
          removeEventListener() {},
          addListener() {},
          removeListener() {},
          dispatchEvent: () => false,
        };

// The page's head has set the class of the whole document already; Gradio and the visitor set that of the body
new MutationObserver(() =>
  document.documentElement.classList.toggle("dark", document.body.classList.contains("dark")),
).observe(document.body, { attributes: true, attributeFilter: ["class"] });
