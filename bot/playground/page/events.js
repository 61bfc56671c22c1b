/** Takes the playground's events into the model. */
import { leaveTopic } from "./choices.js";
import { changed, countUnread, feedKey, model, put, refresh, setNow, threadOf } from "./model.js";

const TYPING = 5000;
let due = 0;

/** Asks for the whole state soon, once for any number of reasons. */
function resync() {
  if (due) return;
  due = setTimeout(() => {
    due = 0;
    refresh().catch(() => {});
  }, 300);
}

/** Applies one event; `panes` are the conversations in view, which decide what counts as read. */
export function takeEvent(event, panes) {
  switch (event.type) {
    case "message":
      take(event.chat, event.message, panes);
      break;
    case "edit":
    case "markup":
    case "delete":
    case "reaction":
      put(event.chat, event.message);
      replaceLast(event.chat, event.message);
      break;
    case "person":
      model.people.set(event.person.id, event.person);
      if (!model.chats.has(event.person.id)) model.chats.set(event.person.id, { id: event.person.id, type: "private", person: event.person.id, last: null });
      changed("people");
      break;
    case "topic":
      takeTopic(event.chat, event.topic);
      break;
    case "typing":
      showTyping(event);
      break;
    case "clock":
      setNow(event.now);
      changed("people");
      break;
    case "pin":
      takePin(event);
      break;
    case "commands":
    case "chat":
    case "faults":
      resync();
      break;
    default:
  }
}

function take(chatId, message, panes) {
  const chat = model.chats.get(chatId);
  if (!chat) {
    resync();
    return;
  }
  chat.last = message;
  const key = feedKey(chatId, threadOf(chatId, message));
  model.latest.set(key, message.date * 1e6 + (message.message_id % 1e6));
  put(chatId, message);
  if (message.from_bot && model.typing.delete(key)) changed("typing");
  changed("people");
  changed("topics");
  const pane = panes.find(({ timeline }) => timeline.key === key);
  const author = chat.type === "private" ? chatId : model.staff;
  if (message.from?.id !== author && !pane?.timeline.watched && !message.forum_topic_created) countUnread(key);
}

function replaceLast(chatId, message) {
  const chat = model.chats.get(chatId);
  if (chat?.last?.message_id !== message.message_id) return;
  chat.last = message;
  changed("people");
}

function takeTopic(chatId, topic) {
  const chat = model.chats.get(chatId);
  if (!chat) return;
  const others = (chat.topics ?? []).filter((other) => other.message_thread_id !== topic.message_thread_id);
  chat.topics = topic.deleted ? others : [...others, topic];
  if (topic.deleted) {
    const key = feedKey(chatId, topic.message_thread_id);
    model.feeds.delete(key);
    model.unread.delete(key);
    if (model.group === chatId && model.thread === topic.message_thread_id) {
      model.thread = null;
      leaveTopic();
    }
  }
  changed("topics");
}

function takePin({ chat: chatId, message_id: id, pinned }) {
  const chat = model.chats.get(chatId);
  if (!chat) return;
  const others = (chat.pinned ?? []).filter((other) => id !== null && other !== id);
  chat.pinned = pinned ? [...others, id] : others;
  changed("pin");
}

function showTyping({ chat, thread }) {
  const key = feedKey(chat, model.chats.get(chat)?.is_forum ? thread : null);
  model.typing.set(key, Date.now() + TYPING);
  changed("typing");
  setTimeout(() => changed("typing"), TYPING + 50);
}
