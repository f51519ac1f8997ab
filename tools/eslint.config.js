// The scripts of playground/ are modules. A widget's function is called by Gradio's component: see widgets/__init__.py.
import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["**/node_modules/", ".venv/", "data/", "runs/"] },
  {
    files: ["playground/**/*.js", "tests/js/*.js"],
    ...js.configs.recommended,
    languageOptions: { sourceType: "module", globals: globals.browser },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      ...js.configs.recommended.rules,
      "max-len": ["error", { code: 120 }], // where Prettier does not break a line: comments, texts
      complexity: ["error", 10],
      "no-var": "error",
      "prefer-const": ["error", { destructuring: "all" }],
      eqeqeq: ["error", "always", { null: "ignore" }], // x == null: null or undefined
    },
  },
];
