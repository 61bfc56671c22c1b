/** A plain text editor with line numbers; lines can be marked and gone to. */
import { h } from "./dom.js";

export class LineEditor {
  /** `onInput()` follows each change, `onSave()` Ctrl+S. */
  constructor({ label, onInput, onSave }) {
    this.marked = new Set();
    this.numbers = h("div", { class: "line-numbers", "aria-hidden": "true" });
    this.area = h("textarea", { class: "code", "aria-label": label, spellcheck: "false", autocapitalize: "off", autocomplete: "off", autocorrect: "off", wrap: "off" });
    this.element = h("div", { class: "editor" }, this.numbers, this.area);
    this.area.addEventListener("input", () => {
      this.marked.clear();
      this.number();
      onInput();
    });
    this.area.addEventListener("scroll", () => (this.numbers.scrollTop = this.area.scrollTop));
    this.area.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "s") {
        event.preventDefault();
        onSave();
      }
    });
    this.number();
  }

  get text() {
    return this.area.value;
  }

  set text(value) {
    this.area.value = value;
    this.area.scrollTop = 0;
    this.area.scrollLeft = 0;
    this.marked.clear();
    this.number();
  }

  focus() {
    this.area.focus();
  }

  /** Marks the lines (from 1) of faults. */
  mark(lines) {
    this.marked = new Set(lines);
    this.number();
  }

  /** Puts the cursor on a line (from 1), selects it, and scrolls it into view. */
  goTo(line) {
    const lines = this.area.value.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    this.area.focus();
    this.area.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
    const height = this.area.scrollHeight / Math.max(lines.length, 1);
    this.area.scrollTop = Math.max(0, (line - 3) * height);
    this.area.scrollLeft = 0;
  }

  number() {
    const count = this.area.value.split("\n").length;
    this.numbers.replaceChildren(...Array.from({ length: count }, (_, at) => h("span", { class: this.marked.has(at + 1) ? "faulty" : null }, String(at + 1))));
    this.numbers.scrollTop = this.area.scrollTop;
  }
}
