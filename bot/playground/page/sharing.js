/** Sharing one's own phone number or a place with the bot, each after a question, as Telegram does. */
import { h } from "./dom.js";
import { model } from "./model.js";
import { attempt, box } from "./notices.js";
import { server } from "./server.js";
import { t } from "./words.js";

const choices = () => [[t("cancel"), false], [t("share"), true, true]];

/** Shares the number of the person in whose seat `pane` sits. */
export async function shareContact(pane) {
  const person = model.people.get(pane.viewer());
  const agreed = await box("", h("p", {}, t("share_contact", { phone: person.phone ?? "" })), choices());
  if (agreed) await attempt(() => server.sendContact(pane.place().chat, { from: person.id }));
}

/** Shares a place; the middle of Helsinki is proposed. */
export async function shareLocation(pane) {
  const field = (limit, value) => h("input", { type: "number", step: "any", min: -limit, max: limit, required: true, value });
  const [latitude, longitude] = [field(90, "60.16990"), field(180, "24.93840")];
  const fields = h("div", { class: "fields" }, h("label", {}, t("latitude"), latitude), h("label", {}, t("longitude"), longitude));
  const agreed = await box("", [h("p", {}, t("share_location")), fields], choices());
  const position = { latitude: Number(latitude.value), longitude: Number(longitude.value) };
  if (agreed) await attempt(() => server.sendLocation(pane.place().chat, { from: pane.viewer(), ...position }));
}
