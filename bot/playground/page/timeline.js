/** The scrolling messages of one chat or topic: day separators, albums put together, the reader's place kept. */
import { bubble } from "./bubbles.js";
import { botMark, h, icon } from "./dom.js";
import { KeyedRows } from "./keyed.js";
import { serviceLine } from "./kinds.js";
import { feed, feedKey, markRead, model, now } from "./model.js";
import { dayName, sameDay, t } from "./words.js";

const NEAR = 70;
const RUN = 5 * 60;

export class Timeline {
  /** `pane` says whose eyes look (viewer(), group) and acts for the bubbles. */
  constructor(pane) {
    this.pane = pane;
    this.places = new Map();
    this.key = null;
    this.stuck = true;
    this.fresh = 0;
    this.list = h("div", { class: "messages", role: "log", "aria-label": t("chat") });
    // Only what comes while one looks on moves in; history is simply there.
    this.rows = new KeyedRows(this.list, (element, last) => last && this.rows.shown.size && element.classList.add("arriving"));
    this.typing = h("div", { class: "message other first last typing-row", hidden: true }, pane.group && botMark("small"), h("div", { class: "bubble typing", "aria-label": t("typing") }, h("i"), h("i"), h("i")));
    this.empty = h("div", { class: "empty", hidden: true });
    this.scroller = h("div", { class: "scroller", tabindex: "0" }, this.empty, this.list, this.typing);
    this.pillText = h("span", {});
    this.pill = h("button", { type: "button", class: "pill", hidden: true, on: { click: () => this.toEnd(true) } }, this.pillText, icon("down"));
    this.element = h("div", { class: "timeline" }, this.scroller, this.pill);
    this.scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.scroller.addEventListener("keydown", (event) => this.walk(event));
    this.list.addEventListener("contextmenu", (event) => this.pressed(event, true));
    this.list.addEventListener("click", (event) => this.pressed(event, event.pointerType === "touch"));
    const watch = new ResizeObserver(() => this.stuck && this.toEnd());
    for (const part of [this.list, this.scroller]) watch.observe(part);
  }

  /** Shows a chat or topic; the place where its reader was is found again. */
  open(chat, thread) {
    const key = feedKey(chat, thread);
    if (key !== this.key) {
      if (this.key) this.places.set(this.key, { top: this.scroller.scrollTop, stuck: this.stuck });
      this.key = key;
      this.rows.clear();
      this.fresh = 0;
      const place = this.places.get(key);
      this.stuck = place?.stuck ?? true;
      this.wanted = this.stuck ? null : place.top;
    }
    this.feed = feed(chat, thread);
    this.render();
  }

  get watched() {
    return this.stuck && this.element.offsetParent !== null && document.visibilityState === "visible";
  }

  render() {
    if (!this.feed) return;
    const known = this.rows.shown.size > 0;
    const newest = this.newest ?? 0;
    const messages = this.feed.messages;
    this.newest = messages.at(-1)?.message_id ?? 0;
    this.rows.show(this.blocks(messages));
    this.empty.hidden = !this.feed.loaded || messages.length > 0;
    if (!this.empty.hidden) this.empty.replaceChildren(...this.pane.emptyNotice());
    if (this.stuck) this.toEnd();
    else if (this.wanted !== null && this.wanted !== undefined && this.feed.loaded) {
      this.scroller.scrollTop = this.wanted;
      this.wanted = null;
    } else if (known) this.fresh += messages.filter((message) => message.message_id > newest && message.from?.id !== this.pane.viewer()).length;
    this.showPill();
    if (this.watched) markRead(this.key);
  }

  /** The rows to show, each with a key that stays and a signature that changes with its content. */
  blocks(messages) {
    const albums = [];
    for (const message of messages) {
      const before = albums.at(-1);
      if (message.media_group_id && before?.[0].media_group_id === message.media_group_id) before.push(message);
      else albums.push([message]);
    }
    const blocks = [];
    albums.forEach((parts, place) => {
      const [message] = parts;
      const before = albums[place - 1]?.at(-1);
      const after = albums[place + 1]?.[0];
      const newDay = !before || !sameDay(before.date * 1000, message.date * 1000);
      if (newDay) blocks.push(this.separator(message));
      const live = parts.some((part) => !part.deleted) ? parts.filter((part) => !part.deleted) : parts.slice(0, 1);
      const position = { first: newDay || !together(before, message), last: !after || !together(message, after) };
      blocks.push({
        key: `m${message.message_id}`,
        signature: JSON.stringify([live, position, this.pane.viewer()]),
        build: () => bubble(live, this.pane, position),
      });
    });
    return blocks;
  }

  separator(message) {
    const name = dayName(message.date * 1000, now());
    const day = new Date(message.date * 1000).toDateString();
    return { key: `d${day}-${message.message_id}`, signature: name, build: () => h("div", { class: "day" }, h("span", {}, name)) };
  }

  scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const resized = scrollHeight !== this.height || clientHeight !== this.window;
    const near = scrollHeight - scrollTop - clientHeight < NEAR;
    [this.height, this.window] = [scrollHeight, clientHeight];
    if (this.stuck && resized && !near) {
      // The box or its content changed size; it was not the reader who moved.
      this.toEnd();
      return;
    }
    this.stuck = near;
    if (this.stuck) {
      this.fresh = 0;
      if (this.watched) markRead(this.key);
    }
    this.showPill();
  }

  showPill() {
    this.pill.hidden = this.stuck || !this.feed?.messages.length;
    this.pill.classList.toggle("round", this.fresh === 0);
    this.pillText.textContent = this.fresh ? `${t("new_messages")} (${this.fresh})` : "";
    this.pill.setAttribute("aria-label", this.fresh ? this.pillText.textContent : t("to_newest"));
  }

  toEnd(smoothly = false) {
    this.stuck = true;
    this.fresh = 0;
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior: smoothly ? "smooth" : "instant" });
    this.showPill();
  }

  setTyping(on) {
    this.typing.hidden = !on;
    if (this.stuck) this.toEnd();
  }

  /** Brings a message into view and lights it up for a moment. */
  jump(id) {
    const target = this.list.querySelector(`[data-id="${id}"]`);
    if (!target) return;
    target.scrollIntoView({ block: "center", behavior: "smooth" });
    target.classList.add("lit");
    setTimeout(() => target.classList.remove("lit"), 1600);
  }

  /** Arrow keys go from message to message; Enter opens the actions of the one in focus. */
  walk(event) {
    const current = document.activeElement.closest?.(".message");
    const rows = [...this.list.querySelectorAll(".message")];
    if (event.target !== this.scroller && event.target !== current) return;
    const at = rows.indexOf(current);
    if (event.key === "ArrowUp" && rows.length) rows[at < 0 ? rows.length - 1 : Math.max(0, at - 1)].focus();
    else if (event.key === "ArrowDown" && at >= 0) rows[Math.min(rows.length - 1, at + 1)].focus();
    else if (event.key === "Enter" && current) current.querySelector(".menu-button")?.click();
    else return;
    event.preventDefault();
  }

  /** A right click, or a tap of a finger beside the links and buttons, opens the actions of a message. */
  pressed(event, wanted) {
    const row = event.target.closest(".message");
    const busy = event.target.closest("a, button, input, video, .spoiler:not(.shown)") || !getSelection().isCollapsed;
    if (!wanted || !row || busy || !event.target.closest(".bubble")) return;
    const messages = this.messagesAt(Number(row.dataset.id));
    if (!messages.length || messages[0].deleted) return;
    event.preventDefault();
    this.pane.menu(messages, { x: event.clientX, y: event.clientY });
  }

  messagesAt(id) {
    const first = this.feed.messages.find((message) => message.message_id === id);
    if (!first?.media_group_id) return first ? [first] : [];
    return this.feed.messages.filter((message) => message.media_group_id === first.media_group_id && !message.deleted);
  }
}

function together(one, other) {
  const plain = !serviceLine(one) && !serviceLine(other);
  const author = one.from_bot === other.from_bot && one.from?.id === other.from?.id;
  return plain && author && other.date - one.date < RUN && sameDay(one.date * 1000, other.date * 1000) && !one.reply_markup?.inline_keyboard;
}

/** The reply keyboard that stands under the input now: the newest of these messages', else the one the chat kept. */
export function replyKeyboard(chatId, messages) {
  const newest = messages.findLast((message) => message.from_bot && isKeyboard(message.reply_markup));
  const markup = newest?.reply_markup ?? model.chats.get(chatId)?.keyboard;
  return markup?.keyboard ? markup : null;
}

const isKeyboard = (markup) => Boolean(markup?.keyboard || markup?.remove_keyboard);
