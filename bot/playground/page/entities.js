/** A message's text with its entities as nodes. Offsets are UTF-16 units, which is how JavaScript counts as well. */
import { h } from "./dom.js";
import { t } from "./words.js";

const SAFE = /^(https?:|mailto:|tel:|tg:)/i;
const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);
const INLINE = { bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code" };

/**
 * Nodes for `text`. `actions.command(text)` is called when a bot command is clicked, `actions.link(url)` when a link is;
 * the latter returns true where it has dealt with the link itself.
 */
export function richText(text, entities, actions) {
  const sorted = (entities ?? [])
    .map((entity) => ({ ...entity, end: entity.offset + entity.length }))
    .sort((one, other) => one.offset - other.offset || other.end - one.end);
  return build(text, 0, text.length, sorted, actions);
}

function build(text, from, to, entities, actions) {
  const nodes = [];
  const queue = [...entities];
  let position = from;
  while (queue.length) {
    const entity = queue.shift();
    const start = Math.max(entity.offset, position);
    const end = Math.min(entity.end, to);
    if (end <= start) continue;
    if (start > position) nodes.push(text.slice(position, start));
    const inner = [];
    const after = [];
    for (const other of queue) {
      if (other.offset < end) inner.push(other);
      // An entity that reaches over the end of this one goes on behind it.
      if (other.end > end) after.push(other.offset < end ? { ...other, offset: end } : other);
    }
    nodes.push(wrap(entity, text.slice(start, end), build(text, start, end, inner, actions), actions));
    queue.splice(0, queue.length, ...after);
    // A block already ends its line; the line break behind it would show as an empty one.
    position = BLOCKS.has(entity.type) && text[end] === "\n" ? end + 1 : end;
  }
  if (position < to) nodes.push(text.slice(position, to));
  return nodes;
}

function wrap(entity, words, children, actions) {
  switch (entity.type) {
    case "bold":
    case "italic":
    case "underline":
    case "strikethrough":
    case "code":
      return h(INLINE[entity.type], {}, children);
    case "pre":
      return h("pre", { data: entity.language ? { language: entity.language } : {} }, h("code", {}, children));
    case "spoiler":
      return spoiler(children);
    case "blockquote":
      return h("blockquote", {}, children);
    case "expandable_blockquote":
      return expandable(words, children);
    case "bot_command":
      return h("button", { type: "button", class: "in-text", on: { click: () => actions.command(words) } }, children);
    case "url":
      return link(/^[a-z]+:/i.test(words) ? words : `https://${words}`, children, actions);
    case "text_link":
      return link(entity.url ?? "", children, actions);
    case "email":
      return link(`mailto:${words}`, children, actions);
    case "phone_number":
      return link(`tel:${words.replace(/[^\d+]/g, "")}`, children, actions);
    case "mention":
    case "text_mention":
    case "hashtag":
    case "cashtag":
      return h("span", { class: "mention" }, children);
    default:
      return h("span", {}, children);
  }
}

function link(url, children, actions) {
  if (!SAFE.test(url)) return h("span", { class: "mention" }, children);
  const follow = (event) => {
    if (actions.link(url)) event.preventDefault();
  };
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer", title: url, on: { click: follow } }, children);
}

function spoiler(children) {
  const cover = h("span", { class: "spoiler", role: "button", tabindex: "0", "aria-label": t("spoiler") }, h("span", {}, children));
  const show = () => {
    cover.classList.add("shown");
    for (const name of ["role", "tabindex", "aria-label"]) cover.removeAttribute(name);
  };
  cover.addEventListener("click", show);
  cover.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") show();
  });
  return cover;
}

function expandable(words, children) {
  const quote = h("blockquote", { class: "expandable" }, h("span", { class: "quote-text" }, children));
  // Telegram folds after three lines; a short quotation has nothing to unfold.
  if (words.length < 120 && words.split("\n").length <= 3) {
    quote.classList.add("open");
    return quote;
  }
  const button = h("button", { type: "button", class: "fold", "aria-expanded": "false" }, t("show_more"));
  button.addEventListener("click", () => {
    const open = quote.classList.toggle("open");
    button.setAttribute("aria-expanded", String(open));
    button.textContent = t(open ? "show_less" : "show_more");
  });
  quote.append(button);
  return quote;
}
