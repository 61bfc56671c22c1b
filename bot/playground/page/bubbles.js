/** One message (or one album) as a bubble with its keyboard, quote, reactions, versions and time. */
import { avatar, botMark, h, icon, iconButton } from "./dom.js";
import { richText } from "./entities.js";
import { authorName, drawn, entitiesOf, kindOf, serviceLine, summary, textOf } from "./kinds.js";
import { mediaBody } from "./media.js";
import { clockTime, fullTime, t } from "./words.js";

const VERSIONS = 30;
const MOMENT = (message) => message.date * 1000;

/**
 * The element for `messages` (one, or the parts of an album). `pane` acts for it: viewer(), group, tap(), menu(),
 * jump(), command(), link().
 */
export function bubble(messages, pane, { first, last }) {
  const message = messages[0];
  const kind = kindOf(message);
  if (kind === "service") return h("div", { class: "service", data: { id: message.message_id } }, h("span", {}, serviceLine(message)));
  const own = !message.from_bot && message.from?.id === pane.viewer();
  const side = own ? "own" : "other";
  const row = h("article", {
    class: `message ${side} ${first ? "first" : ""} ${last ? "last" : ""} kind-${message.deleted ? "deleted" : kind}`,
    tabindex: "-1",
    data: { id: message.message_id },
    "aria-label": `${own ? t("you") : authorName(message)}, ${clockTime(MOMENT(message))}: ${summary(message)}`,
  });
  if (pane.group && !own) row.append(last ? face(message) : h("span", { class: "avatar-space" }));
  const content = message.deleted ? removed(messages) : body(kind, messages, pane, first && !own);
  const stack = h("div", { class: "stack" }, content);
  if (!message.deleted) {
    const keyboard = inlineKeyboard(messages.at(-1).reply_markup ?? message.reply_markup, messages.at(-1), pane);
    if (keyboard) stack.append(keyboard);
    const shown = reactions(messages, pane);
    if (shown) content.append(shown);
  }
  row.append(stack);
  if (!message.deleted) row.append(iconButton("dots", t("message_menu"), (event) => pane.menu(messages, event.currentTarget), { class: "menu-button", tabindex: "-1", "aria-haspopup": "menu" }));
  return row;
}

function face(message) {
  return message.from_bot ? botMark("small") : avatar(authorName(message), message.from?.id, "small");
}

function removed(messages) {
  return h("div", { class: "bubble" }, h("div", { class: "text" }, t("removed"), stamp(messages[0])));
}

function body(kind, messages, pane, named) {
  const message = messages[0];
  const captioned = messages.find((each) => textOf(each)) ?? message;
  const media = kind === "text" ? null : mediaBody(kind, message, messages, pane);
  const bare = media && !textOf(captioned) && ["photo", "video", "animation", "sticker", "video_note", "dice"].includes(kind);
  const box = h("div", { class: `bubble ${bare ? "bare" : ""} ${media ? "with-media" : ""}` });
  if (named && pane.group) {
    const hue = message.from_bot ? {} : { "--hue": avatar("x", message.from?.id).style.getPropertyValue("--hue") };
    box.append(h("div", { class: `author ${message.from_bot ? "author-bot" : ""}`, style: hue }, authorName(message)));
  }
  if (message.forward_origin) box.append(h("div", { class: "forwarded" }, t("forwarded", { name: originName(message.forward_origin) })));
  const quoted = message.reply_to_message;
  // Each message of a topic answers the topic's first, invisible one; that is no quotation.
  if (quoted && !quoted.forum_topic_created) box.append(quote(quoted, message.quote?.text, pane));
  const words = textOf(captioned);
  const text = words ? h("div", { class: "text", dir: "auto" }, richText(words, entitiesOf(captioned), pane)) : null;
  if (kind === "unknown") box.append(h("div", { class: "text quiet" }, t("unknown_kind")));
  if (text && message.show_caption_above_media) box.append(text);
  if (media) box.append(media);
  if (text && !message.show_caption_above_media) box.append(text);
  const older = captioned.edited?.length ? versions(captioned) : null;
  (text ?? box).append(stamp(message, older?.button));
  if (older) box.append(older.list);
  return box;
}

const originName = (origin) => origin.sender_user?.first_name ?? origin.sender_user_name ?? origin.chat?.title ?? origin.sender_chat?.title ?? "";

function stamp(message, extra = null) {
  const at = MOMENT(message);
  return h("span", { class: "stamp" }, extra, h("time", { datetime: new Date(at).toISOString(), title: fullTime(at) }, clockTime(at)));
}

function versions(message) {
  const items = message.edited.slice(-VERSIONS).map((older) => h("li", {}, typeof older === "string" ? older : (older?.text ?? "")));
  const list = h("div", { class: "versions", hidden: true }, h("div", { class: "versions-title" }, t("older")), h("ol", {}, items));
  const button = h("button", { type: "button", class: "edited", "aria-expanded": "false" }, t("edited"));
  button.addEventListener("click", () => {
    list.hidden = !list.hidden;
    button.setAttribute("aria-expanded", String(!list.hidden));
  });
  return { button, list };
}

function quote(message, words, pane) {
  return h(
    "button",
    { type: "button", class: "quote", on: { click: () => pane.jump(message.message_id) } },
    h("span", { class: "quote-name" }, authorName({ ...message, from_bot: message.from?.is_bot })),
    h("span", { class: "quote-words" }, words ?? summary(message)),
  );
}

function reactions(messages, pane) {
  const counts = new Map();
  for (const reaction of messages.flatMap((each) => each.reactions ?? [])) {
    const entry = counts.get(reaction.emoji) ?? { count: 0, mine: false };
    entry.count += 1;
    entry.mine ||= reaction.user === pane.viewer();
    counts.set(reaction.emoji, entry);
  }
  if (!counts.size) return null;
  const chips = [...counts].map(([emoji, { count, mine }]) =>
    h(
      "button",
      {
        type: "button",
        class: `reaction ${mine ? "mine" : ""}`,
        "aria-pressed": String(mine),
        "aria-label": `${t(mine ? "unreact" : "react", { emoji })} (${count})`,
        on: { click: () => pane.react(messages[0], mine ? null : emoji) },
      },
      h("span", { "aria-hidden": "true" }, drawn(emoji)),
      count > 1 && h("span", {}, String(count)),
    ),
  );
  return h("div", { class: "reactions" }, chips);
}

function inlineKeyboard(markup, message, pane) {
  if (!markup?.inline_keyboard?.length) return null;
  const rows = markup.inline_keyboard.map((buttons, row) =>
    h("div", { class: "keys-row" }, buttons.map((button, column) => key(button, row, column, message, pane))),
  );
  return h("div", { class: "keys" }, rows);
}

function key(button, row, column, message, pane) {
  const style = button.style ? ` key-${button.style}` : "";
  const address = button.url ?? button.login_url?.url ?? button.web_app?.url;
  if (address) {
    const follow = (event) => {
      if (pane.link(address)) event.preventDefault();
    };
    return h("a", { class: `key${style}`, href: /^(https?|tg):/i.test(address) ? address : null, target: "_blank", rel: "noopener noreferrer", title: address, on: { click: follow } }, h("span", {}, button.text), icon("link"));
  }
  if (button.copy_text) {
    return h("button", { type: "button", class: `key${style}`, on: { click: () => pane.copy(button.copy_text.text) } }, h("span", {}, button.text), icon("copy"));
  }
  if (button.switch_inline_query_current_chat !== undefined) {
    return h("button", { type: "button", class: `key${style}`, on: { click: () => pane.insert(button.switch_inline_query_current_chat) } }, button.text);
  }
  if (button.callback_data === undefined) return h("button", { type: "button", class: "key", disabled: true, title: t("button_unsupported") }, button.text);
  const tapped = h("button", { type: "button", class: `key${style}` }, h("span", {}, button.text));
  tapped.addEventListener("click", async () => {
    if (tapped.classList.contains("waiting")) return;
    tapped.classList.add("waiting");
    await pane.tap(message, row, column);
    tapped.classList.remove("waiting");
  });
  return tapped;
}
