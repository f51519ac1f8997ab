// What starts before Gradio does: language, theme, and what Python's own lines of script call by window.playground.
import { fail, restored, stale, tell, tellScale } from "./events.js";
import "./frame.js";
import "./glossary.js";
import "./language.js";
import { arrive } from "./place.js";
import "./presenter.js";
import "./running.js";
import "./theme.js";
import "./typing.js";

const show = async (name, given) => (await import(`../widgets/${name}/${name}.js`)).default(given);

Object.assign(window.playground, { arrive, fail, restored, show, stale, tell, tellScale });
