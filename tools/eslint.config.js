// The scripts of playground/ are no modules. page.js is pasted into the page's head; a widget's script becomes the body
// of a function that Gradio calls, after the parts that the widget asks for: hence names that no file declares.
import js from "@eslint/js";
import globals from "globals";

const FROM_GRADIO = ["element", "props", "server", "trigger", "upload", "watch"];
const FROM_PARTS = [
  "COLUMNS",
  "brush",
  "chart",
  "codeSprite",
  "easel",
  "picker",
  "percent",
  "recipeStrip",
  "scaleSlider",
  "softmax",
  "tellNear",
  "tellRemarks",
  "words",
];
const readonly = names => Object.fromEntries(names.map(name => [name, "readonly"]));

export default [
  { ignores: ["**/node_modules/", ".venv/", "data/", "runs/"] },
  {
    files: ["playground/**/*.js"],
    ...js.configs.recommended,
    languageOptions: {
      sourceType: "script",
      globals: { ...globals.browser, ...readonly(FROM_GRADIO), ...readonly(FROM_PARTS) },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      ...js.configs.recommended.rules,
      "max-len": ["error", { code: 120 }], // where Prettier does not break a line: comments, texts
      "no-redeclare": ["error", { builtinGlobals: false }], // a part declares what the others are handed
      "no-unused-vars": ["error", { vars: "local" }],
      "no-var": "error",
      "prefer-const": ["error", { destructuring: "all" }],
      eqeqeq: ["error", "always", { null: "ignore" }], // x == null: null or undefined
    },
  },
];
