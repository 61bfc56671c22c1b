/** Elements and icons, built node by node: nothing on this page is ever parsed from a string as HTML. */

/** An element with properties and children; strings become text nodes, null and false are left out. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name === "style") for (const [key, item] of Object.entries(value)) element.style.setProperty(key, item);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  add(element, children);
  return element;
}

function add(element, children) {
  for (const child of children) {
    if (Array.isArray(child)) add(element, child);
    else if (child !== null && child !== undefined && child !== false) element.append(child);
  }
}

const SHAPES = {
  people: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M2.5 20c.5-4 3-6 6.5-6s6 2 6.5 6M16 4.5a3.5 3.5 0 0 1 0 6.5M18 14.5c2 .8 3.2 2.6 3.5 5.5",
  chat: "M4 5.5h16a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1h-9l-5 3.5v-3.5H4a1 1 0 0 1-1-1v-10a1 1 0 0 1 1-1M8 10h8M8 13.5h5",
  staff: "M4 14v-2a8 8 0 0 1 16 0v2M4 14a2 2 0 0 1 2-1h1v6H6a2 2 0 0 1-2-2zM20 14a2 2 0 0 0-2-1h-1v6h1a2 2 0 0 0 2-2zM20 18c0 2-2.5 3-6 3",
  more: "M4 7h10M18 7h2M4 17h2M10 17h10M16 4.8v4.4M8 14.8v4.4",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13M15.5 15.5 20 20",
  send: "M4 12 20 4.5 15.5 20l-3.8-6.2zM11.7 13.8 20 4.5",
  clip: "M20 11.5 12 19.5a5 5 0 0 1-7-7l8.5-8.5a3.3 3.3 0 0 1 4.7 4.7l-8.3 8.3a1.7 1.7 0 0 1-2.4-2.4l7.5-7.5",
  mic: "M12 15a3 3 0 0 0 3-3V6a3 3 0 0 0-6 0v6a3 3 0 0 0 3 3M6 11.5a6 6 0 0 0 12 0M12 17.5V21",
  slash: "M15 5 9 19M4 4h16v16H4z",
  keyboard: "M3 7h18v11H3zM7 11h.01M11 11h.01M15 11h.01M18 11h.01M8 14.5h8",
  reply: "M9 6 3.5 11.5 9 17M4 11.5h9c4 0 6.5 2 7.5 6.5",
  edit: "M4 20h4L19.5 8.5l-4-4L4 16zM13 7l4 4",
  copy: "M9 9h11v11H9zM15 9V4H4v11h5",
  close: "M6 6l12 12M18 6 6 18",
  back: "M14.5 5.5 8 12l6.5 6.5",
  next: "M9.5 5.5 16 12l-6.5 6.5",
  down: "M5.5 9.5 12 16l6.5-6.5",
  dots: "M12 5.5v.01M12 12v.01M12 18.5v.01",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M12 7v5.3l3.5 2",
  sun: "M12 16.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5",
  plus: "M12 5v14M5 12h14",
  file: "M6 3h8l5 5v13H6zM14 3v5h5",
  download: "M12 4v11M7 10.5l5 5 5-5M5 20h14",
  play: "M8 5.5v13l10.5-6.5z",
  pause: "M8.5 6v12M15.5 6v12",
  pin: "M9 3.5h6l-.8 6 3.3 3v2h-11v-2l3.3-3zM12 14.5V21",
  block: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M5.7 5.7l12.6 12.6",
  photo: "M4 5h16v14H4zM4 16l4.5-4.5 4 4 3-3L20 17M15.5 9.5v.01",
  place: "M12 21c-4-5-6.5-8-6.5-11a6.5 6.5 0 0 1 13 0c0 3-2.5 6-6.5 11M12 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4",
  phone: "M6 3.5h3l1.5 4.5-2 1.5a11 11 0 0 0 6 6l1.5-2 4.5 1.5v3a2 2 0 0 1-2.2 2A16 16 0 0 1 4 5.7 2 2 0 0 1 6 3.5",
  link: "M14 5h5v5M19 5l-8 8M10 6H5v13h13v-5",
  hash: "M9.5 4 7.5 20M16.5 4l-2 16M4.5 9h16M3.5 15h16",
  check: "M5 12.5 10 17.5 19.5 7",
  bolt: "M13 3 5 14h6l-1 7 8-11h-6z",
  poll: "M5 20v-8M12 20V4M19 20v-5",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  turn: "M5 10a7.5 7.5 0 0 1 12-3.5M19 14a7.5 7.5 0 0 1-12 3.5M17.5 3v4h-4M6.5 21v-4h4",
};

/** A line icon, hidden from screen readers: the control around it carries the words. */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(space, "svg");
  picture.setAttribute("viewBox", "0 0 24 24");
  picture.setAttribute("class", `icon icon-${name}`);
  picture.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(space, "path");
  line.setAttribute("d", SHAPES[name] ?? SHAPES.file);
  picture.append(line);
  return picture;
}

/** A button that shows an icon only and says its label to screen readers and on hover. */
export function iconButton(name, label, onClick, properties = {}) {
  const { class: extra = "", ...rest } = properties;
  return h("button", { type: "button", class: `icon-button ${extra}`, "aria-label": label, title: label, on: { click: onClick }, ...rest }, icon(name));
}

const HUES = [12, 32, 88, 152, 190, 218, 262, 290, 330, 350];

/** A round picture with a person's or topic's initials; the colour follows the id, so it never changes. */
export function avatar(name, id, extra = "") {
  const words = name.replace(/[^\p{L}\p{N} -]/gu, "").split(/[\s-]+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  const initials = letters.map((word) => [...word][0].toUpperCase()).join("") || "?";
  const hue = HUES[Math.abs(Number(id) || 0) % HUES.length];
  return h("span", { class: `avatar ${extra}`, style: { "--hue": hue }, "aria-hidden": "true" }, initials);
}

/** The bot's own mark, the same turn of arrows as the page's icon. */
export function botMark(extra = "") {
  return h("span", { class: `avatar avatar-bot ${extra}`, "aria-hidden": "true" }, icon("turn"));
}
