/** The box in which a new customer gets a name and a language. */
import { choosePerson } from "./choices.js";
import { h } from "./dom.js";
import { changed, model } from "./model.js";
import { attempt, box } from "./notices.js";
import { server } from "./server.js";
import { language, t } from "./words.js";

const LANGUAGES = { fi: "Suomi", en: "English", cs: "Čeština", sv: "Svenska", de: "Deutsch" };

export async function newCustomer() {
  const field = (name, properties = {}) => h("input", { type: "text", maxlength: 64, autocomplete: "off", name, ...properties });
  const first = field("first_name", { required: true });
  const last = field("last_name");
  const phone = field("phone", { type: "tel", placeholder: "+358401234567" });
  const tongue = h("select", { name: "language_code" }, Object.entries(LANGUAGES).map(([code, name]) => h("option", { value: code, selected: code === language() }, name)));
  const fields = h(
    "div",
    { class: "fields" },
    h("label", {}, t("first_name"), first),
    h("label", {}, t("last_name"), last),
    h("label", {}, t("language"), tongue),
    h("label", {}, t("phone_number"), phone),
  );
  const agreed = await box(t("new_customer"), fields, [[t("cancel"), false], [t("create"), true, true]]);
  if (!agreed || !first.value.trim()) return;
  const wanted = { first_name: first.value.trim(), last_name: last.value.trim(), language_code: tongue.value, phone: phone.value.trim() || null };
  const person = await attempt(() => server.newPerson(wanted));
  if (!person) return;
  model.people.set(person.id, person);
  changed("people");
  choosePerson(person.id, { write: true });
}
