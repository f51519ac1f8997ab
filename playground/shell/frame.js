// In a frame that was given no origin the page's requests look like a stranger's. A server under a name of its own
// takes them; one on this machine does not, since every site that is visited could send such. The page says so.
import { t } from "./language.js";

const LOCAL = ["localhost", "127.0.0.1", "0.0.0.0"];

if (window.origin === "null" && LOCAL.includes(location.hostname)) {
  const note = document.createElement("p");
  note.id = "framed";
  note.style = "margin: 2rem; font: 1rem/1.6 system-ui, sans-serif";
  const link = Object.assign(document.createElement("a"), { href: location.href, target: "_blank" });
  link.textContent = t("frame.open");
  note.append(`${t("frame.closed")} `, link);
  document.body.replaceChildren(note);
}
