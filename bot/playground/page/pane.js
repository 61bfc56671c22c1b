/** One conversation in view: the pinned bar, the messages and the composer, and everything one can do with a message. */
import { choosePerson, chooseTopic } from "./choices.js";
import { Composer } from "./composer.js";
import { h, icon } from "./dom.js";
import { drawn, kindOf, summary, textOf } from "./kinds.js";
import { fullName, model } from "./model.js";
import { alertBox, attempt, menu, toast } from "./notices.js";
import { server } from "./server.js";
import { Timeline } from "./timeline.js";
import { t } from "./words.js";

const REACTIONS = ["👍", "❤", "🔥", "👏", "😁", "🎉", "😢", "👎"];

export class ChatPane {
  /** With `group` it shows the staff group as the chosen staff member, otherwise the chosen person's private chat. */
  constructor({ group }) {
    this.group = group;
    this.timeline = new Timeline(this);
    this.composer = new Composer(this);
    this.pinned = h("div", { class: "pinned", hidden: true });
    this.element = h("div", { class: "conversation" }, this.pinned, this.timeline.element, this.composer.element);
    this.composer.takeDrops(this.element);
  }

  viewer() {
    return this.group ? model.staff : model.person;
  }

  place() {
    return this.group ? { chat: model.group, thread: model.thread } : { chat: model.person, thread: null };
  }

  open() {
    const { chat, thread } = this.place();
    this.timeline.open(chat, thread);
    this.composer.open(`${this.viewer()}@${this.timeline.key}`);
    this.showPinned();
  }

  refresh(keys) {
    if (this.timeline.key === null || (keys && !keys.has(this.timeline.key))) return;
    this.timeline.render();
    this.composer.refresh();
    this.showPinned();
  }

  showPinned() {
    const pinned = model.chats.get(this.place().chat)?.pinned ?? [];
    const messages = (this.timeline.feed?.messages ?? []).filter((message) => pinned.includes(message.message_id) && !message.deleted);
    const message = messages.at(-1);
    this.pinned.hidden = !message;
    const identity = JSON.stringify([this.timeline.key, message?.message_id, summary(message)]);
    if (!message || this.pinned.dataset.shown === identity) return;
    this.pinned.dataset.shown = identity;
    const show = () => this.timeline.jump(message.message_id);
    this.pinned.replaceChildren(
      h("button", { type: "button", class: "pinned-button", on: { click: show } }, icon("pin"), h("span", { class: "pinned-words" }, h("b", {}, t("pinned_message")), h("span", {}, summary(message)))),
    );
  }

  emptyNotice() {
    if (this.group) return [icon("chat"), h("p", {}, t("nothing_here"))];
    const person = model.people.get(this.viewer());
    const start = () => this.sendText("/start");
    const { description } = model;
    const introduction = description[person.language_code?.slice(0, 2)] ?? description[""];
    return [
      icon("chat"),
      h("h2", {}, t("empty_title")),
      introduction && h("p", { class: "introduction", dir: "auto" }, introduction),
      h("p", {}, t("empty_text", { name: fullName(person) })),
      h("button", { type: "button", class: "button primary", on: { click: start } }, t("start")),
    ].filter(Boolean);
  }

  lastOwn() {
    return this.timeline.feed?.messages.findLast((message) => this.editable(message));
  }

  editable(message) {
    return !message.from_bot && !message.deleted && message.from?.id === this.viewer() && textOf(message) && ["text", "photo", "video", "document", "voice", "audio"].includes(kindOf(message));
  }

  /** Sends words as the viewer; gives undefined when the playground refuses. */
  sendText(text, answering = null) {
    const { chat, thread } = this.place();
    this.timeline.toEnd();
    return attempt(async () => (await server.send(chat, { from: this.viewer(), text, thread, reply_to: answering?.message_id ?? null })) ?? true);
  }

  command(text) {
    this.sendText(text);
  }

  insert(text) {
    this.composer.insert(text);
  }

  copy(text) {
    navigator.clipboard?.writeText(text).then(
      () => toast(t("copied")),
      () => {},
    );
  }

  /** Shows whether the bot is typing here just now; true if so. */
  showTyping() {
    const typing = (model.typing.get(this.timeline.key) ?? 0) > Date.now();
    this.timeline.setTyping(typing);
    return typing;
  }

  jump(id) {
    this.timeline.jump(id);
  }

  /** Follows links that stay inside the playground: the bot's own deep links and topics of the staff group. */
  link(url) {
    let address;
    try {
      address = new URL(url);
    } catch {
      return false;
    }
    if (!["t.me", "telegram.me"].includes(address.hostname)) return false;
    const [first, second, third] = address.pathname.split("/").filter(Boolean);
    if (first?.toLowerCase() === model.bot.username.toLowerCase() && model.bot.username) {
      const payload = address.searchParams.get("start");
      const seat = this.viewer();
      // A deep link leads into one's own private chat, from wherever it is followed.
      if (this.group) choosePerson(seat);
      attempt(() => server.send(seat, { from: seat, text: payload ? `/start ${payload}` : "/start" }));
      return true;
    }
    if (first === "c" && `-100${second}` === String(model.group)) {
      const thread = Number(third);
      chooseTopic(model.chats.get(model.group).topics?.some((topic) => topic.message_thread_id === thread) ? thread : null);
      return true;
    }
    return false;
  }

  async tap(message, row, column) {
    const answer = await attempt(() => server.tap({ from: this.viewer(), chat: this.place().chat, message: message.message_id, row, column }));
    if (!answer) return;
    if (!answer.answered) toast(t("tap_unanswered"));
    if (answer.text && answer.show_alert) await alertBox(answer.text);
    else if (answer.text) toast(answer.text);
    if (answer.url && !this.link(answer.url) && !window.open(answer.url, "_blank", "noopener")) toast(answer.url);
  }

  react(message, emoji) {
    return attempt(() => server.react({ from: this.viewer(), chat: this.place().chat, message: message.message_id, emoji }));
  }

  vote(message, options) {
    return attempt(() => server.vote({ from: this.viewer(), chat: this.place().chat, message: message.message_id, options }));
  }

  menu(messages, anchor) {
    const message = messages[0];
    const worded = messages.find((each) => textOf(each));
    const mine = new Set((message.reactions ?? []).filter((reaction) => reaction.user === this.viewer()).map((reaction) => reaction.emoji));
    const chips = REACTIONS.map((emoji) =>
      h(
        "button",
        {
          type: "button",
          role: "menuitem",
          class: mine.has(emoji) ? "mine" : "",
          "aria-label": t(mine.has(emoji) ? "unreact" : "react", { emoji }),
          on: { click: () => this.react(message, mine.has(emoji) ? null : emoji) },
        },
        drawn(emoji),
      ),
    );
    const items = [{ label: t("reply"), icon: icon("reply"), run: () => this.composer.reply(message) }];
    if (worded) items.push({ label: t("copy"), icon: icon("copy"), run: () => this.copy(textOf(worded)) });
    if (worded && this.editable(worded)) items.push({ label: t("edit"), icon: icon("edit"), run: () => this.composer.edit(worded) });
    menu(anchor, items, h("div", { class: "menu-reactions" }, chips));
  }
}
