// What starts before Gradio does: language, theme, and what Python's own lines of script call by window.playground.
import { restored, stale, tell, tellScale } from "./events.js";
import "./glossary.js";
import "./language.js";
import "./running.js";
import "./theme.js";

Object.assign(window.playground, { restored, stale, tell, tellScale });
