/** The bot's command menu above the input: the effective list of the one who writes, narrowed while she types. */
import { h } from "./dom.js";
import { model } from "./model.js";
import { t } from "./words.js";

export class CommandMenu {
  /** `choose(command)` is called with the command's name without the slash. */
  constructor(pane, choose) {
    this.pane = pane;
    this.choose = choose;
    this.at = 0;
    this.element = h("div", { class: "command-menu", role: "listbox", "aria-label": t("commands"), hidden: true });
  }

  all() {
    return model.commands[this.pane.viewer()] ?? [];
  }

  get open() {
    return !this.element.hidden;
  }

  close() {
    this.element.hidden = true;
  }

  toggle(input) {
    if (this.open) this.close();
    else this.show(this.all());
    input.focus();
  }

  filter(text) {
    const word = /^\/(\w*)$/.exec(text);
    if (!word || this.pane.group) {
      this.close();
      return;
    }
    this.show(this.all().filter(({ command }) => command.startsWith(word[1].toLowerCase())));
  }

  show(commands) {
    this.shown = commands;
    this.at = 0;
    this.element.hidden = !commands.length;
    this.element.replaceChildren(
      ...commands.map(({ command, description }) =>
        h(
          "button",
          { type: "button", class: "command", role: "option", tabindex: "-1", on: { click: () => this.choose(command) } },
          h("span", { class: "command-name" }, `/${command}`),
          h("span", { class: "command-words" }, description),
        ),
      ),
    );
    this.mark();
  }

  mark() {
    [...this.element.children].forEach((row, place) => row.setAttribute("aria-selected", String(place === this.at)));
    this.element.children[this.at]?.scrollIntoView({ block: "nearest" });
  }

  /** Takes the keys that steer the open menu; true when it took this one. */
  key(event) {
    if (!this.open) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      this.at = (this.at + step + this.shown.length) % this.shown.length;
      this.mark();
    } else if (event.key === "Escape") this.close();
    else if (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey)) this.choose(this.shown[this.at].command);
    else return false;
    event.preventDefault();
    return true;
  }
}
