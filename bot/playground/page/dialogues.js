/** "Dialogues": the files of the conversations, edited on the page, checked line by line, saved and tried at once. */
import { choosePerson } from "./choices.js";
import { LineEditor } from "./editor.js";
import { h, icon, iconButton } from "./dom.js";
import { fullName, model, privateChat } from "./model.js";
import { attempt, box, toast } from "./notices.js";
import { server } from "./server.js";
import { t } from "./words.js";

const NAME = "[a-z][a-z0-9_\\-]{0,63}([.][a-z]{2,3})?";
const drafts = new Map(); // text that was not saved, by name: closing the window loses nothing

/** Opens the window; it closes with Escape or its button. */
export async function openDialogues() {
  const shown = await attempt(() => server.dialogues());
  if (shown) new Workshop(shown).show();
}

class Workshop {
  constructor(shown) {
    this.shown = shown;
    this.file = null;
    this.list = h("div", { class: "shelf-list", role: "list", "aria-label": t("dialogues") });
    this.title = h("h2", { class: "ellipsis" });
    this.state = h("span", { class: "tag", hidden: true });
    this.faults = h("ul", { class: "shelf-faults", role: "status", "aria-live": "polite" });
    this.editor = new LineEditor({ label: t("dialogue_text"), onInput: () => this.typed(), onSave: () => this.save() });
    const button = (word, run, extra = "") => h("button", { type: "button", class: `button ${extra}`, on: { click: run } }, t(word));
    this.checkButton = button("check", () => this.check());
    this.saveButton = button("save", () => this.save(), "primary");
    this.tryButton = button("try_it", () => this.tryIt());
    this.backButton = button("to_shipped", () => this.remove());
    this.view = h(
      "dialog",
      { class: "shelf", "aria-label": t("dialogues"), data: { pane: "list" } },
      h("div", { class: "shelf-side" }, h("div", { class: "column-head" }, h("h2", {}, t("dialogues")), h("span", { class: "grow" }), iconButton("plus", t("new_dialogue"), () => this.create(), { class: "round soft" }), iconButton("close", t("close"), () => this.view.close(), { class: "narrow-close" })), this.list),
      h(
        "div",
        { class: "shelf-main" },
        h("div", { class: "column-head" }, iconButton("back", t("all_dialogues"), () => (this.view.dataset.pane = "list"), { class: "shelf-back" }), this.title, this.state, h("span", { class: "grow" }), iconButton("close", t("close"), () => this.view.close())),
        this.editor.element,
        this.faults,
        h("div", { class: "shelf-actions" }, this.backButton, h("span", { class: "grow" }), this.checkButton, this.tryButton, this.saveButton),
      ),
    );
    this.view.addEventListener("close", () => this.view.remove());
  }

  show() {
    document.body.append(this.view);
    this.view.showModal();
    this.rows();
    const first = this.shown.dialogues.find(({ name }) => drafts.has(name)) ?? this.shown.dialogues[0];
    if (matchMedia("(min-width: 760px)").matches && first) this.open(first.name);
    else this.enable();
  }

  rows() {
    const unsaved = [...drafts.keys()].filter((name) => !this.shown.dialogues.some((one) => one.name === name)).map((name) => ({ name, title: "", command: "", own: true, shipped: false }));
    this.list.replaceChildren(
      ...[...this.shown.dialogues, ...unsaved].map((one) =>
        h(
          "div",
          { role: "listitem" },
          h(
            "button",
            { type: "button", class: "shelf-row", "aria-current": this.file?.name === one.name ? "true" : null, data: { dialogue: one.name }, on: { click: () => this.open(one.name) } },
            h("span", { class: "shelf-words" }, h("span", { class: "shelf-name ellipsis" }, one.title || one.name), h("span", { class: "quiet ellipsis" }, one.command ? `${one.name} · /${one.command}` : one.name)),
            drafts.has(one.name) ? h("span", { class: "tag" }, t("not_saved")) : one.own && h("span", { class: "tag" }, t(one.shipped ? "changed" : "own")),
          ),
        ),
      ),
    );
  }

  async open(name) {
    const known = this.shown.dialogues.some((one) => one.name === name);
    const file = known ? await attempt(() => server.dialogue(name)) : { name, text: "", own: false, shipped: false };
    if (!file) return;
    this.take(file, drafts.get(name) ?? file.text);
  }

  take(file, text) {
    this.file = file;
    this.editor.text = text;
    this.told([]);
    this.view.dataset.pane = "file";
    this.enable();
    this.rows();
  }

  enable() {
    const file = this.file;
    const row = this.shown.dialogues.find((one) => one.name === file?.name);
    this.title.textContent = file ? `${file.name}.toml` : "";
    const draft = file && drafts.has(file.name);
    this.state.hidden = !file || !(draft || file.own);
    this.state.textContent = draft ? t("not_saved") : t(file?.shipped ? "changed" : "own");
    for (const button of [this.checkButton, this.saveButton]) button.disabled = !file;
    this.tryButton.disabled = !row || draft;
    this.tryButton.title = draft ? t("save_first") : "";
    this.backButton.hidden = !file?.own;
    this.backButton.textContent = t(file?.shipped ? "to_shipped" : "delete_dialogue");
  }

  typed() {
    if (!this.file) return;
    if (this.editor.text === this.file.text) drafts.delete(this.file.name);
    else drafts.set(this.file.name, this.editor.text);
    this.enable();
    this.rows();
  }

  async check() {
    const { file, editor } = this;
    const answer = await attempt(() => server.checkDialogue(file.name, editor.text));
    if (!answer || this.file !== file) return;
    this.told(answer.faults);
    if (!answer.faults.length) this.well(t("all_well"));
  }

  async save() {
    const { file, editor } = this;
    if (!file) return;
    const text = editor.text;
    const answer = await attempt(() => server.saveDialogue(file.name, text));
    if (!answer || this.file !== file) return;
    this.told(answer.faults, { refused: !answer.saved });
    if (!answer.saved) return;
    if (editor.text === text) drafts.delete(file.name);
    Object.assign(file, { text, own: true });
    await this.reload();
    if (!answer.faults.length) this.well(answer.same_version ? t("saved_same_version", { n: answer.version }) : t("saved_dialogue"));
  }

  async remove() {
    const { file } = this;
    const word = file.shipped ? "to_shipped" : "delete_dialogue";
    if (!(await box(t(word), h("p", {}, t("remove_text", { name: `${file.name}.toml` })), [[t("cancel"), false], [t(word), true, true]]))) return;
    const answer = await attempt(() => server.removeDialogue(file.name));
    if (!answer) return;
    this.told(answer.faults, { refused: !answer.saved });
    if (!answer.saved) return;
    drafts.delete(file.name);
    this.file = null;
    this.editor.text = "";
    await this.reload();
    if (answer.shipped) await this.open(file.name);
    else this.view.dataset.pane = "list";
  }

  async reload() {
    this.shown = (await attempt(() => server.dialogues())) ?? this.shown;
    this.enable();
    this.rows();
  }

  async create() {
    const name = h("input", { type: "text", required: true, pattern: NAME, maxlength: 64, autocomplete: "off", spellcheck: "false", placeholder: "summer-party", title: t("name_hint") });
    const agreed = await box(t("new_dialogue"), h("div", { class: "fields" }, h("label", {}, t("dialogue_name"), name), h("p", { class: "quiet" }, t("name_hint"))), [[t("cancel"), false], [t("create"), true, true]]);
    if (!agreed) return;
    const wanted = name.value.trim();
    if (this.shown.dialogues.some((one) => one.name === wanted)) {
      await this.open(wanted);
      return;
    }
    const text = this.shown.template.replaceAll("{name}", wanted).replaceAll("{command}", wanted.replaceAll("-", "_").slice(0, 32));
    drafts.set(wanted, text);
    this.take({ name: wanted, text: "", own: false, shipped: false }, text);
    this.editor.focus();
  }

  /** Starts the dialogue as the chosen customer, in her own chat. */
  async tryIt() {
    const row = this.shown.dialogues.find((one) => one.name === this.file.name);
    const person = model.people.get(model.person);
    if (!row?.command) {
      toast(t("try_without_command"));
      return;
    }
    if (!person || person.staff) {
      toast(t("try_choose"));
      return;
    }
    const ready = await attempt(() => server.readyDialogue(row.name, person.id));
    if (!ready) return;
    const sent = await attempt(() => server.send(privateChat(person.id), { from: person.id, text: `/${row.command}` }));
    if (!sent) return;
    this.view.close();
    choosePerson(person.id, { write: true });
    toast(t(ready.ended ? "tried_anew" : "tried", { name: fullName(person) }));
  }

  well(sentence) {
    this.faults.replaceChildren(h("li", { class: "well" }, icon("check"), h("span", {}, sentence)));
  }

  told(faults, { refused = false } = {}) {
    const lines = faults.map(({ here, line, file, key, problem, remedy }) => {
      const place = here ? (line ? t("line", { n: line }) : "") : `${file}${line ? `:${line}` : ""}`;
      const words = [h("span", { class: "fault-place" }, [place, key].filter(Boolean).join(" · ")), h("span", {}, `${problem}.`), h("span", { class: "quiet" }, remedy)];
      return h("li", {}, here && line ? h("button", { type: "button", class: "fault-row", on: { click: () => this.editor.goTo(line) } }, words) : h("div", { class: "fault-row" }, words));
    });
    const head = refused && h("li", { class: "refused" }, t("not_saved_faults"));
    this.faults.replaceChildren(...[head, ...lines].filter(Boolean));
    this.editor.mark(faults.filter(({ here, line }) => here && line).map(({ line }) => line));
  }
}
