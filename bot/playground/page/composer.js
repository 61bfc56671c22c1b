/** The place where one writes: text, attachments, voice, answers, edits, the command menu and the bot's keyboard. */
import { dropTarget, pastedFiles, strip } from "./attachments.js";
import { CommandMenu } from "./commands.js";
import { h, icon, iconButton } from "./dom.js";
import { keyboardArea } from "./keyboard.js";
import { authorName, summary, textOf } from "./kinds.js";
import { fullName, model } from "./model.js";
import { attempt, menu, toast } from "./notices.js";
import { VoiceRecorder } from "./recorder.js";
import { server } from "./server.js";
import { shareContact, shareLocation } from "./sharing.js";
import { replyKeyboard } from "./timeline.js";
import { minutes, t } from "./words.js";

const PICK = {
  photo: { accept: "image/*", multiple: true },
  document: { accept: "", multiple: true },
  voice: { accept: "audio/*", multiple: false },
  video: { accept: "video/*", multiple: false },
};

export class Composer {
  /** `pane` says who writes where: viewer(), place() = {chat, thread}, group. */
  constructor(pane) {
    this.pane = pane;
    this.drafts = new Map();
    this.reset();
    this.input = h("textarea", { rows: 1, class: "input", "aria-label": t("write"), placeholder: t("write"), enterkeyhint: "send", autocomplete: "off" });
    this.above = h("div", { class: "above", hidden: true });
    this.strip = h("div", { class: "strip", hidden: true });
    this.keys = h("div", { class: "reply-keys", hidden: true });
    this.commands = new CommandMenu(pane, (command) => this.runCommand(command));
    this.clip = iconButton("clip", t("attach"), (event) => this.attachMenu(event.currentTarget), { "aria-haspopup": "menu" });
    this.slash = iconButton("slash", t("commands"), () => this.commands.toggle(this.input), { class: "slash" });
    this.keysButton = iconButton("keyboard", t("hide_keyboard"), () => this.toggleKeys(), { hidden: true });
    this.mic = iconButton("mic", t("record"), () => this.record(), { class: "round mic" });
    this.sendButton = iconButton("send", t("send"), () => this.send(), { class: "round send" });
    this.row = h("div", { class: "composer-row" }, this.clip, h("div", { class: "input-box" }, this.input, this.keysButton, this.slash), this.mic, this.sendButton);
    this.closed = h("div", { class: "composer-closed", hidden: true });
    this.element = h("div", { class: "composer" }, this.commands.element, this.above, this.strip, this.row, this.closed, this.keys);
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("paste", (event) => this.addFiles(...pastedFiles(event)));
  }

  reset() {
    this.answering = null;
    this.editing = null;
    this.files = [];
    this.kind = "photo";
  }

  /** Another chat or another author: the draft of each is kept. */
  open(key) {
    if (key === this.draftKey) {
      this.refresh();
      return;
    }
    if (this.draftKey) this.drafts.set(this.draftKey, this.editing ? "" : this.input.value);
    this.draftKey = key;
    this.reset();
    this.keysHidden = false;
    this.input.value = this.drafts.get(key) ?? "";
    this.commands.close();
    this.refresh();
    this.typed();
  }

  get dirty() {
    return Boolean(this.input.value.trim() || this.files.length || this.editing || this.answering);
  }

  /** Shows what the state allows: writing, unblocking, or nothing. */
  refresh() {
    const person = model.people.get(this.pane.viewer());
    const notice = this.notice(person);
    this.row.hidden = notice !== null;
    this.closed.hidden = !notice?.length;
    const identity = JSON.stringify([person?.id, person?.deleted, person?.blocked]);
    // Nothing is built anew under a pointer that is just pressing it.
    if (notice && this.noticeShown !== identity) this.closed.replaceChildren(...notice);
    this.noticeShown = identity;
    this.slash.hidden = this.pane.group || !this.commands.all().length;
    this.showAbove();
    this.showStrip();
    this.showKeys();
  }

  notice(person) {
    if (!person) return [];
    if (person.deleted) return [h("p", {}, t("deleted_account"))];
    if (person.blocked && !this.pane.group) {
      const free = () => attempt(() => server.block(person.id, false));
      return [h("p", {}, t("blocked", { name: fullName(person) })), h("button", { type: "button", class: "button primary", on: { click: free } }, t("unblock"))];
    }
    return null;
  }

  typed() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 160)}px`;
    const full = Boolean(this.input.value.trim() || this.files.length || this.editing);
    this.sendButton.hidden = !full;
    this.mic.hidden = full;
    this.commands.filter(this.input.value);
  }

  key(event) {
    if (event.isComposing) return;
    if (this.commands.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    } else if (event.key === "Escape" && (this.answering || this.editing || this.files.length)) {
      this.clear();
    } else if (event.key === "ArrowUp" && !this.input.value && !this.editing) {
      const last = this.pane.lastOwn();
      if (!last) return;
      event.preventDefault();
      this.edit(last);
    }
  }

  clear() {
    this.reset();
    this.input.value = "";
    this.refresh();
    this.typed();
    this.input.focus();
  }

  reply(message) {
    this.answering = message;
    this.refresh();
    this.input.focus();
  }

  edit(message) {
    this.reset();
    this.editing = message;
    this.input.value = textOf(message);
    this.refresh();
    this.typed();
    this.input.focus();
  }

  insert(text) {
    this.input.value = text;
    this.typed();
    this.input.focus();
  }

  runCommand(command) {
    this.commands.close();
    this.input.value = "";
    this.typed();
    this.pane.sendText(`/${command}`);
  }

  async send() {
    const text = this.input.value.trim();
    const place = { ...this.pane.place(), from: this.pane.viewer() };
    const { editing, answering, files, kind } = this;
    if (!text && !files.length) return;
    this.clear();
    let done;
    if (editing) done = await attempt(async () => (await server.edit({ from: place.from, chat: place.chat, message: editing.message_id, text })) ?? true);
    else if (files.length) done = await this.sendFiles(place, kind, files, text, answering);
    else done = await this.pane.sendText(text, answering);
    if (done === undefined) this.restore(text, files, kind, answering, editing);
  }

  /** What could not be sent comes back, so that nobody types it twice. */
  restore(text, files, kind, answering, editing) {
    if (this.dirty) return;
    Object.assign(this, { files, kind, answering, editing });
    this.input.value = text;
    this.refresh();
    this.typed();
  }

  sendFiles(place, kind, files, caption, answering) {
    const form = new FormData();
    form.set("from", place.from);
    form.set("kind", kind);
    form.set("caption", caption);
    if (place.thread !== null) form.set("thread", place.thread);
    if (answering) form.set("reply_to", answering.message_id);
    for (const file of files) form.append("files", file, file.name);
    return attempt(() => server.sendMedia(place.chat, form));
  }

  attachMenu(anchor) {
    const pick = (kind) => ({ label: t({ photo: "photos", voice: "voice_file" }[kind] ?? kind), icon: icon({ photo: "photo", document: "file", voice: "mic", video: "play" }[kind]), run: () => this.pickFiles(kind) });
    const items = ["photo", "document", "voice", "video"].map(pick);
    if (!this.pane.group) {
      items.push({ label: t("contact"), icon: icon("phone"), run: () => shareContact(this.pane) });
      items.push({ label: t("location"), icon: icon("place"), run: () => shareLocation(this.pane) });
    }
    menu(anchor, items);
  }

  pickFiles(kind) {
    const chooser = h("input", { type: "file", ...PICK[kind] });
    chooser.addEventListener("change", () => this.addFiles([...chooser.files], kind));
    chooser.click();
  }

  addFiles(files, kind) {
    if (!files.length) return;
    const together = kind === this.kind && ["photo", "document"].includes(kind) ? [...this.files, ...files] : files;
    if (together.length > 10) toast(t("files_too_many"), { bad: true });
    this.kind = kind;
    this.files = together.slice(0, 10);
    this.refresh();
    this.typed();
    this.input.focus();
  }

  showStrip() {
    this.strip.hidden = !this.files.length;
    const remove = (file) => {
      this.files = this.files.filter((other) => other !== file);
      this.refresh();
      this.typed();
    };
    if (this.stripShown !== this.files) strip(this.strip, this.files, this.kind, remove);
    this.stripShown = this.files;
    this.input.placeholder = this.files.length ? t("caption") : (this.markup?.input_field_placeholder ?? t("write"));
  }

  showAbove() {
    const message = this.editing ?? this.answering;
    this.above.hidden = !message;
    if (!message) return;
    const title = this.editing ? t("editing") : t("replying", { name: authorName(message) });
    this.above.replaceChildren(
      icon(this.editing ? "edit" : "reply"),
      h("div", { class: "above-words" }, h("div", { class: "above-title" }, title), h("div", { class: "above-text" }, summary(message))),
      iconButton("close", t("cancel"), () => (this.editing ? this.clear() : this.reply(null))),
    );
  }

  showKeys() {
    const { chat } = this.pane.place();
    this.markup = this.pane.group || !this.row || this.row.hidden ? null : replyKeyboard(chat, this.pane.timeline.feed?.messages ?? []);
    const identity = this.markup ? JSON.stringify(this.markup) : "";
    if (identity !== this.markupShown) {
      this.keysHidden = false;
      this.keys.replaceChildren(...(this.markup ? keyboardArea(this.markup, (button) => this.pressKey(button)) : []));
    }
    this.markupShown = identity;
    this.keysButton.hidden = !this.markup;
    this.keys.hidden = !this.markup || this.keysHidden;
    const label = t(this.keysHidden ? "keyboard" : "hide_keyboard");
    this.keysButton.setAttribute("aria-label", label);
    this.keysButton.title = label;
    this.showStrip();
  }

  toggleKeys() {
    this.keysHidden = !this.keysHidden;
    this.showKeys();
  }

  async pressKey(button) {
    if (this.markup?.one_time_keyboard) this.toggleKeys();
    if (button.request_contact) await shareContact(this.pane);
    else if (button.request_location) await shareLocation(this.pane);
    else await this.pane.sendText(button.text);
  }

  async record() {
    const recorder = await VoiceRecorder.start((seconds) => (time.textContent = t("recording", { time: minutes(seconds) })));
    if (!recorder) {
      toast(t("no_mic"), { bad: true });
      this.pickFiles("voice");
      return;
    }
    const time = h("span", { class: "recording-time", role: "timer" }, t("recording", { time: minutes(0) }));
    const place = { ...this.pane.place(), from: this.pane.viewer() };
    const end = async (keep) => {
      this.row.classList.remove("recording");
      bar.remove();
      const file = await recorder.stop();
      if (keep && file) await this.sendFiles(place, "voice", [file], "", null);
    };
    const bar = h("div", { class: "recording-bar" }, h("span", { class: "recording-dot" }), time, h("button", { type: "button", class: "button", on: { click: () => end(false) } }, t("discard")), iconButton("send", t("stop_send"), () => end(true), { class: "round" }));
    this.row.classList.add("recording");
    this.row.append(bar);
    bar.querySelector(".round").focus();
  }

  /** Files dropped anywhere on `area` are attached. */
  takeDrops(area) {
    dropTarget(area, (files, kind) => !this.row.hidden && this.addFiles(files, kind));
  }
}
