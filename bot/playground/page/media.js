/** Pictures, sound, film, files, contacts, places and polls inside a bubble, and the large view of pictures. */
import { avatar, h, icon, iconButton } from "./dom.js";
import { fullName } from "./model.js";
import { server } from "./server.js";
import { minutes, t } from "./words.js";

/** The body of a message that is more than text; `siblings` are the messages of its album, itself included. */
export function mediaBody(kind, message, siblings, pane) {
  switch (kind) {
    case "photo":
    case "video":
      return siblings.length > 1 ? album(siblings) : single(kind, message);
    case "animation":
      return film(message.animation, { loop: true, muted: true, autoplay: true });
    case "video_note":
      return h("div", { class: "round-film" }, film(message.video_note, {}));
    case "voice":
    case "audio":
      return h("div", { class: "sounds" }, siblings.map((each) => sound(each)));
    case "document":
      return h("div", { class: "files" }, siblings.map((each) => fileTile(each.document)));
    case "sticker":
      return h("div", { class: "sticker" }, message.sticker.emoji ?? "▢");
    case "dice":
      return h("div", { class: "sticker" }, `${message.dice.emoji} ${message.dice.value}`);
    case "contact":
      return contactCard(message.contact);
    case "venue":
    case "location":
      return place(message);
    case "poll":
      return poll(message, pane);
    default:
      return null;
  }
}

const WIDEST = 380;
const HIGHEST = 380;
const largest = (sizes) => sizes.reduce((one, other) => (other.width * other.height > one.width * one.height ? other : one));

function picture(message, siblings, properties = {}) {
  const size = largest(message.photo);
  const photos = siblings.filter((each) => each.photo);
  const index = photos.indexOf(message);
  const label = t("open_photo", { n: index + 1, of: photos.length });
  const image = h("img", { src: server.fileUrl(size.file_id), alt: message.caption ?? t("photo"), width: size.width, height: size.height, loading: "lazy", decoding: "async" });
  const button = h("button", { type: "button", class: "picture", "aria-label": label, ...properties }, image);
  button.addEventListener("click", () => {
    if (button.classList.contains("covered")) button.classList.remove("covered");
    else lightbox(photos, index);
  });
  if (message.has_media_spoiler) button.classList.add("covered");
  return button;
}

function single(kind, message) {
  if (kind === "video") return film(message.video, {});
  const size = largest(message.photo);
  // The box takes its shape before the picture has come, so that nothing jumps while it loads.
  const fitting = Math.min(Math.max(size.width, 180), WIDEST, (HIGHEST * size.width) / size.height);
  const style = { "--ratio": `${size.width} / ${size.height}`, "--width": `${Math.round(Math.max(fitting, 120))}px` };
  return picture(message, [message], { style });
}

function album(siblings) {
  const columns = siblings.length === 2 || siblings.length === 4 ? 2 : 3;
  const tiles = siblings.map((each) => (each.photo ? picture(each, siblings) : film(each.video, {})));
  return h("div", { class: "album", style: { "--columns": columns }, data: { count: siblings.length } }, tiles);
}

function film(video, { loop = false, muted = false, autoplay = false }) {
  const clip = h("video", { src: server.fileUrl(video.file_id), controls: !loop, loop, playsinline: true, preload: "metadata" });
  clip.muted = muted;
  clip.autoplay = autoplay;
  return h("div", { class: "film" }, clip);
}

let playing = null;

function sound(message) {
  const part = message.voice ?? message.audio;
  const player = new Audio();
  player.preload = "none";
  player.src = server.fileUrl(part.file_id);
  const length = () => (Number.isFinite(player.duration) && player.duration > 0 ? player.duration : part.duration || 0);
  const time = h("span", { class: "sound-time" }, minutes(length()));
  const bar = h("input", { type: "range", min: 0, max: 1000, value: 0, "aria-label": t("position"), class: "sound-bar" });
  const button = iconButton("play", t("play"), () => (player.paused ? player.play().catch(() => box.classList.add("broken")) : player.pause()), { class: "round" });
  const title = message.audio ? [part.performer, part.title ?? part.file_name].filter(Boolean).join(" – ") : "";
  const box = h("div", { class: "sound" }, button, h("div", { class: "sound-middle" }, title && h("span", { class: "sound-title" }, title), bar, time));
  const show = () => {
    const share = length() ? player.currentTime / length() : 0;
    bar.value = String(Math.round(share * 1000));
    bar.style.setProperty("--share", share);
    time.textContent = minutes(player.currentTime > 0 ? player.currentTime : length());
    button.replaceChildren(icon(player.paused ? "play" : "pause"));
    button.setAttribute("aria-label", t(player.paused ? "play" : "pause"));
  };
  bar.addEventListener("input", () => {
    if (length()) player.currentTime = (Number(bar.value) / 1000) * length();
  });
  player.addEventListener("play", () => {
    if (playing && playing !== player) playing.pause();
    playing = player;
  });
  for (const event of ["play", "pause", "timeupdate", "ended", "loadedmetadata"]) player.addEventListener(event, show);
  return box;
}

function size(bytes) {
  if (!bytes) return "";
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1_048_576 ? `${Math.round(bytes / 1024)} kB` : `${(bytes / 1_048_576).toFixed(1)} MB`;
}

function fileTile(document) {
  const name = document.file_name ?? t("document");
  return h(
    "a",
    { class: "file", href: server.fileUrl(document.file_id), download: name, "aria-label": t("download", { name }) },
    h("span", { class: "file-mark" }, icon("download")),
    h("span", { class: "file-words" }, h("span", { class: "file-name" }, name), h("span", { class: "file-size" }, size(document.file_size))),
  );
}

function contactCard(contact) {
  const name = fullName(contact);
  return h(
    "div",
    { class: "card-tile" },
    avatar(name, contact.user_id ?? contact.phone_number.length),
    h("div", {}, h("div", { class: "tile-title" }, name), h("a", { href: `tel:${contact.phone_number}` }, contact.phone_number)),
  );
}

function place(message) {
  const { latitude, longitude } = message.location ?? message.venue.location;
  const title = message.venue ? message.venue.title : t("location_shared");
  return h(
    "div",
    { class: "place" },
    h("div", { class: "map", "aria-hidden": "true" }, icon("place")),
    h("div", { class: "tile-title" }, title),
    h("div", { class: "quiet" }, message.venue?.address ?? `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`),
  );
}

function poll(message, pane) {
  const content = message.poll;
  const total = content.total_voter_count ?? 0;
  const options = content.options.map((option, place) => {
    const share = total ? Math.round((100 * option.voter_count) / total) : 0;
    return h(
      "li",
      {},
      h(
        "button",
        { type: "button", class: "poll-option", disabled: content.is_closed, on: { click: () => pane.vote(message, [place]) } },
        h("span", { class: "poll-share" }, `${share} %`),
        h("span", { class: "poll-text" }, option.text, h("span", { class: "poll-bar", style: { "--share": `${share}%` } })),
      ),
    );
  });
  return h(
    "div",
    { class: "poll" },
    h("div", { class: "tile-title" }, content.question),
    h("div", { class: "quiet" }, t(content.type === "quiz" ? "quiz" : "poll")),
    h("ul", {}, options),
    h("div", { class: "quiet" }, t("votes", { n: total })),
  );
}

function lightbox(messages, first) {
  let index = first;
  const image = h("img", { alt: "" });
  const words = h("p", { class: "lightbox-caption" });
  const count = h("span", { class: "lightbox-count" });
  const view = h("dialog", { class: "lightbox", "aria-label": t("photo") });
  const show = () => {
    const message = messages[index];
    image.src = server.fileUrl(largest(message.photo).file_id);
    image.alt = message.caption ?? t("photo");
    words.textContent = message.caption ?? "";
    count.textContent = messages.length > 1 ? `${index + 1} / ${messages.length}` : "";
  };
  const step = (by) => {
    index = (index + by + messages.length) % messages.length;
    show();
  };
  const several = messages.length > 1;
  view.append(
    h("div", { class: "lightbox-top" }, count, iconButton("close", t("close"), () => view.close())),
    several ? iconButton("back", t("previous"), () => step(-1), { class: "lightbox-step before" }) : "",
    image,
    several ? iconButton("next", t("next"), () => step(1), { class: "lightbox-step after" }) : "",
    words,
  );
  view.addEventListener("keydown", (event) => {
    if (several && event.key === "ArrowLeft") step(-1);
    if (several && event.key === "ArrowRight") step(1);
  });
  view.addEventListener("click", (event) => {
    if (event.target === view) view.close();
  });
  view.addEventListener("close", () => view.remove());
  document.body.append(view);
  show();
  view.showModal();
}
