/** What kind of message a message is, and one line that says what is in it. */
import { fullName, model } from "./model.js";
import { t } from "./words.js";

const MEDIA = ["photo", "video", "animation", "voice", "audio", "video_note", "document", "sticker"];
const OTHER = ["contact", "venue", "location", "poll", "dice"];

/** "text", one of the media kinds, "contact" and so on, "service", or "unknown". */
export function kindOf(message) {
  // An animation also carries a document, a venue also a location: the more telling one comes first.
  for (const kind of MEDIA) if (message[kind]) return kind;
  for (const kind of OTHER) if (message[kind]) return kind;
  if (serviceLine(message)) return "service";
  return message.text === undefined ? "unknown" : "text";
}

export const textOf = (message) => message.text ?? message.caption ?? "";

export const entitiesOf = (message) => message.entities ?? message.caption_entities ?? [];

/** An emoji as it is drawn: without the selector some come out as black signs of text, Telegram's plain heart above all. */
export const drawn = (emoji) => (emoji.endsWith("\uFE0F") ? emoji : `${emoji}\uFE0F`);

/** The name shown for a message's author. */
export function authorName(message) {
  if (message.from_bot) return model.bot.first_name;
  const known = model.people.get(message.from?.id);
  return fullName(known ?? message.from ?? message.sender_chat ?? message.chat);
}

/** One line for lists, quotes and the pinned bar. */
export function summary(message) {
  if (!message) return "";
  if (message.deleted) return t("removed");
  const text = textOf(message).replace(/\s+/g, " ").trim();
  const kind = kindOf(message);
  if (kind === "text") return text;
  if (kind === "service") return serviceLine(message);
  if (kind === "unknown") return t("unknown_kind");
  const names = { contact: "contact_card", location: "location_shared", poll: "poll" };
  const name = kind === "document" ? (message.document.file_name ?? t("document")) : t(names[kind] ?? kind);
  if (kind === "poll") return `${name}: ${message.poll.question}`;
  if (kind === "sticker") return `${name} ${message.sticker.emoji ?? ""}`;
  return text ? `${name} · ${text}` : name;
}

/** The centred line of a service message, or an empty string for an ordinary one. */
export function serviceLine(message) {
  const who = () => authorName(message);
  if (message.forum_topic_created) return t("topic_created", { name: message.forum_topic_created.name });
  if (message.forum_topic_closed || message.general_forum_topic_hidden) return t("topic_closed");
  if (message.forum_topic_reopened || message.general_forum_topic_unhidden) return t("topic_reopened");
  if (message.forum_topic_edited) return t("topic_edited", { name: message.forum_topic_edited.name ?? "" });
  if (message.pinned_message) return t("pinned", { name: who(), text: summary(message.pinned_message).slice(0, 60) });
  if (message.new_chat_members) return t("joined", { name: message.new_chat_members.map(fullName).join(", ") });
  if (message.left_chat_member) return t("left", { name: fullName(message.left_chat_member) });
  if (message.new_chat_title) return message.new_chat_title;
  return "";
}
