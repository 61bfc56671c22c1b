/** The page's own words in Finnish, English and Czech, and dates and times in the chosen language. */

const ENGLISH = {
  title: "Playground", customers: "Customers", chat: "Chat", staff: "Staff", more: "More", search: "Search people",
  search_none: "Nobody found", new_customer: "New customer", first_name: "First name", last_name: "Last name", language: "Language",
  phone_number: "Phone number (optional)", create: "Create", cancel: "Cancel", close: "Close", ok: "OK", send: "Send", save: "Save",
  write: "Message", caption: "Caption", attach: "Attach", photos: "Photos (up to 10)", document: "Document", voice_file: "Voice from a file",
  video: "Video", contact: "My contact", location: "My location", record: "Record a voice message", recording: "Recording {time}",
  stop_send: "Stop and send", discard: "Discard", commands: "Commands", keyboard: "Show the bot's keyboard", hide_keyboard: "Hide the bot's keyboard",
  reply: "Reply", edit: "Edit", copy: "Copy text", copied: "Copied", edited: "edited", older: "Older versions", removed: "Message removed",
  message_menu: "Actions for this message", react: "React with {emoji}", unreact: "Take back {emoji}", replying: "Reply to {name}", editing: "Editing",
  bot: "bot", typing: "typing…", you_are: "as {name}", staff_member: "staff member", block: "Block the bot", unblock: "Unblock the bot",
  blocked: "{name} has blocked the bot", blocked_short: "blocked", deleted_account: "This account is deleted", start: "Start",
  empty_title: "Nothing said yet", empty_text: "Press Start or write the first message as {name}.", nothing_here: "No messages here yet",
  choose_title: "Choose a customer", choose_text: "You can be any of them, and the staff as well.",
  hint: "Choose a customer and say something, or try /card and /offers. Staff see it on the right.", hint_phone: "Choose a customer and say something, or try /card and /offers. Staff see it under Staff.",
  got_it: "Got it", topics: "Topics", general: "General", acting_as: "Acting as", no_group: "No staff group",
  no_group_text: "Staff are reached in their private chats, in the list under Staff.", closed: "closed", close_topic: "Close topic",
  reopen_topic: "Reopen topic", delete_topic: "Delete topic", topic_menu: "Topic actions", back_topics: "All topics", back_people: "All customers",
  time_faults: "Time & faults", time: "Time", simulated_now: "Simulated now", faults: "Faults", hour: "+1 h", hours4: "+4 h", day: "+1 day", week: "+1 week",
  time_text: "Jump ahead: reminders, deadlines and newsletters come due.", faults_text: "What Telegram does to the bot's next sending:",
  fault_429: "Too many requests (429)", fault_blocked: "Blocked by the customer (403)", fault_server: "Server error (500)", fault_cut: "Connection cut",
  fault_only: "Only in the open chat", faults_none: "No faults waiting", faults_clear: "Clear all", fault_set: "The next sending will fail: {kind}", times: "{n} left",
  appearance: "Appearance", theme: "Theme", light: "Light", dark: "Dark", to_light: "Switch to light", to_dark: "Switch to dark", links: "Links",
  connected: "Live", connecting: "Connecting…", connection_lost: "Connection lost; trying again", new_messages: "New messages", to_newest: "To the newest message",
  photo: "Photo", album: "Album", voice: "Voice message", audio: "Audio", sticker: "Sticker", animation: "Animation", video_note: "Video message",
  poll: "Poll", quiz: "Quiz", votes: "{n} votes", contact_card: "Contact", location_shared: "Location", dice: "Dice", venue: "Place", forwarded: "Forwarded from {name}",
  topic_created: "Topic “{name}” created", topic_closed: "Topic closed", topic_reopened: "Topic reopened", topic_edited: "Topic renamed to “{name}”",
  pinned: "{name} pinned “{text}”", pinned_message: "Pinned message", joined: "{name} joined the group", left: "{name} left the group",
  unknown_kind: "A message of a kind this page does not show", play: "Play", pause: "Pause", position: "Position", open_photo: "Open photo {n} of {of}",
  previous: "Previous", next: "Next", download: "Download {name}", spoiler: "Show hidden text", show_more: "Show more", show_less: "Show less",
  today: "Today", yesterday: "Yesterday", tap_unanswered: "The bot did not answer the tap", failed: "That did not work: {why}", offline: "the playground is out of reach",
  share_contact: "Share your phone number {phone} with the bot?", share_location: "Share this location with the bot?", share: "Share", latitude: "Latitude", longitude: "Longitude",
  remove_file: "Remove {name}", files_too_many: "At most 10 files at a time", no_mic: "The microphone is not available", unread: "{n} unread", you: "You", menu: "Menu",
  button_unsupported: "Only Telegram's own apps can use this button", drop: "Drop files to attach", customer_menu: "Customer actions", open_topic: "Show in the staff group",
  dialogues: "Dialogues", all_dialogues: "All dialogues", new_dialogue: "New dialogue", dialogue_name: "Name of the file", dialogue_text: "Text of the dialogue",
  name_hint: "Small letters, digits, - and _, a letter first, such as summer-party", check: "Check", try_it: "Try it", changed: "changed", own: "own", not_saved: "not saved",
  to_shipped: "Back to the shipped version", delete_dialogue: "Delete", remove_text: "{name} will be removed from the demo's folder. Conversations that have begun go on.",
  all_well: "No faults. Save it to use it.", saved_dialogue: "Saved and in use. Conversations that have begun keep their version.",
  saved_same_version: "Saved and in use. The version is still {n}: raise it, so that results tell the two apart.", not_saved_faults: "Not saved; your text stays here until these are right.",
  save_first: "Save it first", line: "line {n}", try_without_command: "This dialogue has no command: staff start it from the customer's card (/customer), or an event does.",
  try_choose: "Choose a customer first; staff cannot be asked.", tried: "Started as {name}", tried_anew: "Started as {name}; what was open with the older version has ended",
};

const FINNISH = {
  title: "Koekenttä", customers: "Asiakkaat", chat: "Keskustelu", staff: "Henkilöstö", more: "Lisää", search: "Hae henkilöä",
  search_none: "Ketään ei löytynyt", new_customer: "Uusi asiakas", first_name: "Etunimi", last_name: "Sukunimi", language: "Kieli",
  phone_number: "Puhelinnumero (ei pakollinen)", create: "Luo", cancel: "Peruuta", close: "Sulje", ok: "OK", send: "Lähetä", save: "Tallenna",
  write: "Viesti", caption: "Kuvateksti", attach: "Liitä", photos: "Kuvia (enintään 10)", document: "Tiedosto", voice_file: "Ääniviesti tiedostosta",
  video: "Video", contact: "Oma yhteystieto", location: "Oma sijainti", record: "Äänitä ääniviesti", recording: "Äänitys {time}",
  stop_send: "Lopeta ja lähetä", discard: "Hylkää", commands: "Komennot", keyboard: "Näytä botin näppäimistö", hide_keyboard: "Piilota botin näppäimistö",
  reply: "Vastaa", edit: "Muokkaa", copy: "Kopioi teksti", copied: "Kopioitu", edited: "muokattu", older: "Aiemmat versiot", removed: "Viesti poistettu",
  message_menu: "Viestin toiminnot", react: "Reagoi {emoji}", unreact: "Poista {emoji}", replying: "Vastaus: {name}", editing: "Muokkaus",
  bot: "botti", typing: "kirjoittaa…", you_are: "{name}", staff_member: "henkilöstöä", block: "Estä botti", unblock: "Poista esto",
  blocked: "{name} on estänyt botin", blocked_short: "estetty", deleted_account: "Tämä tili on poistettu", start: "Aloita",
  empty_title: "Ei vielä viestejä", empty_text: "Paina Aloita tai kirjoita ensimmäinen viesti. Olet {name}.", nothing_here: "Täällä ei ole vielä viestejä",
  choose_title: "Valitse asiakas", choose_text: "Voit olla kuka tahansa heistä, ja myös henkilöstö.",
  hint: "Valitse asiakas ja sano jotakin, tai kokeile /card ja /offers. Henkilöstö näkee sen oikealla.", hint_phone: "Valitse asiakas ja sano jotakin, tai kokeile /card ja /offers. Henkilöstö näkee sen omalla välilehdellään.",
  got_it: "Selvä", topics: "Aiheet", general: "Yleinen", acting_as: "Olet", no_group: "Ei henkilöstöryhmää",
  no_group_text: "Henkilöstö tavoitetaan yksityiskeskusteluissa, luettelon kohdassa Henkilöstö.", closed: "suljettu", close_topic: "Sulje aihe",
  reopen_topic: "Avaa aihe uudelleen", delete_topic: "Poista aihe", topic_menu: "Aiheen toiminnot", back_topics: "Kaikki aiheet", back_people: "Kaikki asiakkaat",
  time_faults: "Aika ja häiriöt", time: "Aika", simulated_now: "Simuloitu hetki", faults: "Häiriöt", hour: "+1 h", hours4: "+4 h", day: "+1 pv", week: "+1 vk",
  time_text: "Hyppää eteenpäin: muistutukset, määräajat ja uutiskirjeet erääntyvät.", faults_text: "Mitä Telegram tekee botin seuraavalle lähetykselle:",
  fault_429: "Liikaa pyyntöjä (429)", fault_blocked: "Asiakas on estänyt (403)", fault_server: "Palvelinvirhe (500)", fault_cut: "Yhteys katkeaa",
  fault_only: "Vain avoimessa keskustelussa", faults_none: "Ei odottavia häiriöitä", faults_clear: "Poista kaikki", fault_set: "Seuraava lähetys epäonnistuu: {kind}", times: "{n} jäljellä",
  appearance: "Ulkoasu", theme: "Teema", light: "Vaalea", dark: "Tumma", to_light: "Vaihda vaaleaan", to_dark: "Vaihda tummaan", links: "Linkit",
  connected: "Yhteydessä", connecting: "Yhdistetään…", connection_lost: "Yhteys katkesi; yritetään uudelleen", new_messages: "Uusia viestejä", to_newest: "Uusimpaan viestiin",
  photo: "Kuva", album: "Albumi", voice: "Ääniviesti", audio: "Äänitiedosto", sticker: "Tarra", animation: "Animaatio", video_note: "Videoviesti",
  poll: "Kysely", quiz: "Visa", votes: "{n} ääntä", contact_card: "Yhteystieto", location_shared: "Sijainti", dice: "Noppa", venue: "Paikka", forwarded: "Välitetty: {name}",
  topic_created: "Aihe ”{name}” luotiin", topic_closed: "Aihe suljettiin", topic_reopened: "Aihe avattiin uudelleen", topic_edited: "Aiheen uusi nimi: ”{name}”",
  pinned: "{name} kiinnitti viestin ”{text}”", pinned_message: "Kiinnitetty viesti", joined: "{name} liittyi ryhmään", left: "{name} poistui ryhmästä",
  unknown_kind: "Viesti, jota tämä sivu ei osaa näyttää", play: "Toista", pause: "Tauko", position: "Kohta", open_photo: "Avaa kuva {n}/{of}",
  previous: "Edellinen", next: "Seuraava", download: "Lataa {name}", spoiler: "Näytä piilotettu teksti", show_more: "Näytä lisää", show_less: "Näytä vähemmän",
  today: "Tänään", yesterday: "Eilen", tap_unanswered: "Botti ei vastannut painallukseen", failed: "Ei onnistunut: {why}", offline: "koekenttään ei saada yhteyttä",
  share_contact: "Jaetaanko puhelinnumerosi {phone} botille?", share_location: "Jaetaanko tämä sijainti botille?", share: "Jaa", latitude: "Leveysaste", longitude: "Pituusaste",
  remove_file: "Poista {name}", files_too_many: "Enintään 10 tiedostoa kerralla", no_mic: "Mikrofoni ei ole käytettävissä", unread: "{n} lukematonta", you: "Sinä", menu: "Valikko",
  button_unsupported: "Vain Telegramin omat sovellukset osaavat tämän painikkeen", drop: "Pudota tiedostot tähän", customer_menu: "Asiakkaan toiminnot", open_topic: "Näytä henkilöstöryhmässä",
  dialogues: "Dialogit", all_dialogues: "Kaikki dialogit", new_dialogue: "Uusi dialogi", dialogue_name: "Tiedoston nimi", dialogue_text: "Dialogin teksti",
  name_hint: "Pieniä kirjaimia, numeroita, - ja _, ensin kirjain, esimerkiksi kesajuhla", check: "Tarkista", try_it: "Kokeile", changed: "muutettu", own: "oma", not_saved: "tallentamatta",
  to_shipped: "Palauta alkuperäinen", delete_dialogue: "Poista", remove_text: "{name} poistetaan demon kansiosta. Alkaneet keskustelut jatkuvat.",
  all_well: "Ei virheitä. Tallenna, niin se otetaan käyttöön.", saved_dialogue: "Tallennettu ja käytössä. Alkaneet keskustelut pitävät versionsa.",
  saved_same_version: "Tallennettu ja käytössä. Versio on yhä {n}: korota sitä, jotta tulokset erottavat ne.", not_saved_faults: "Ei tallennettu; teksti pysyy tässä, kunnes nämä on korjattu.",
  save_first: "Tallenna ensin", line: "rivi {n}", try_without_command: "Tällä dialogilla ei ole komentoa: henkilöstö aloittaa sen asiakkaan kortilta (/customer) tai tapahtuma käynnistää sen.",
  try_choose: "Valitse ensin asiakas; henkilöstöltä ei voi kysyä.", tried: "Aloitettu: {name}", tried_anew: "Aloitettu: {name}; vanhan version keskustelu päättyi",
};

const CZECH = {
  title: "Hřiště", customers: "Zákazníci", chat: "Chat", staff: "Personál", more: "Více", search: "Hledat osobu",
  search_none: "Nikdo nenalezen", new_customer: "Nový zákazník", first_name: "Jméno", last_name: "Příjmení", language: "Jazyk",
  phone_number: "Telefon (nepovinný)", create: "Vytvořit", cancel: "Zrušit", close: "Zavřít", ok: "OK", send: "Odeslat", save: "Uložit",
  write: "Zpráva", caption: "Popisek", attach: "Přiložit", photos: "Fotky (nejvýše 10)", document: "Dokument", voice_file: "Hlasová zpráva ze souboru",
  video: "Video", contact: "Můj kontakt", location: "Moje poloha", record: "Nahrát hlasovou zprávu", recording: "Nahrává se {time}",
  stop_send: "Zastavit a odeslat", discard: "Zahodit", commands: "Příkazy", keyboard: "Zobrazit klávesnici bota", hide_keyboard: "Skrýt klávesnici bota",
  reply: "Odpovědět", edit: "Upravit", copy: "Kopírovat text", copied: "Zkopírováno", edited: "upraveno", older: "Starší verze", removed: "Zpráva odstraněna",
  message_menu: "Akce se zprávou", react: "Reagovat {emoji}", unreact: "Vzít zpět {emoji}", replying: "Odpověď: {name}", editing: "Úprava",
  bot: "bot", typing: "píše…", you_are: "{name}", staff_member: "personál", block: "Zablokovat bota", unblock: "Odblokovat bota",
  blocked: "{name}: bot je zablokován", blocked_short: "blokuje", deleted_account: "Tento účet je smazán", start: "Začít",
  empty_title: "Zatím žádné zprávy", empty_text: "Stiskněte Začít nebo napište první zprávu. Jste {name}.", nothing_here: "Zatím tu nejsou žádné zprávy",
  choose_title: "Vyberte zákazníka", choose_text: "Můžete být kterýmkoli z nich, a také personálem.",
  hint: "Vyberte zákazníka a něco řekněte, nebo zkuste /card a /offers. Personál to vidí vpravo.", hint_phone: "Vyberte zákazníka a něco řekněte, nebo zkuste /card a /offers. Personál to vidí na své kartě.",
  got_it: "Rozumím", topics: "Témata", general: "Obecné", acting_as: "Jste", no_group: "Žádná skupina personálu",
  no_group_text: "Personál najdete v soukromých chatech, v seznamu pod Personál.", closed: "uzavřeno", close_topic: "Uzavřít téma",
  reopen_topic: "Znovu otevřít téma", delete_topic: "Smazat téma", topic_menu: "Akce s tématem", back_topics: "Všechna témata", back_people: "Všichni zákazníci",
  time_faults: "Čas a poruchy", time: "Čas", simulated_now: "Simulovaný čas", faults: "Poruchy", hour: "+1 h", hours4: "+4 h", day: "+1 den", week: "+1 týden",
  time_text: "Skok vpřed: připomínky, lhůty a newslettery přijdou na řadu.", faults_text: "Co Telegram udělá s příští zprávou bota:",
  fault_429: "Příliš mnoho požadavků (429)", fault_blocked: "Zákazník blokuje (403)", fault_server: "Chyba serveru (500)", fault_cut: "Přerušené spojení",
  fault_only: "Jen v otevřeném chatu", faults_none: "Žádné čekající poruchy", faults_clear: "Zrušit všechny", fault_set: "Příští odeslání selže: {kind}", times: "zbývá {n}",
  appearance: "Vzhled", theme: "Motiv", light: "Světlý", dark: "Tmavý", to_light: "Přepnout na světlý", to_dark: "Přepnout na tmavý", links: "Odkazy",
  connected: "Připojeno", connecting: "Připojuje se…", connection_lost: "Spojení přerušeno; zkouší se znovu", new_messages: "Nové zprávy", to_newest: "K nejnovější zprávě",
  photo: "Fotka", album: "Album", voice: "Hlasová zpráva", audio: "Zvuk", sticker: "Nálepka", animation: "Animace", video_note: "Videozpráva",
  poll: "Anketa", quiz: "Kvíz", votes: "hlasů: {n}", contact_card: "Kontakt", location_shared: "Poloha", dice: "Kostka", venue: "Místo", forwarded: "Přeposláno: {name}",
  topic_created: "Téma „{name}“ bylo vytvořeno", topic_closed: "Téma bylo uzavřeno", topic_reopened: "Téma bylo znovu otevřeno", topic_edited: "Nový název tématu: „{name}“",
  pinned: "{name}: připnutá zpráva „{text}“", pinned_message: "Připnutá zpráva", joined: "{name}: vstup do skupiny", left: "{name}: odchod ze skupiny",
  unknown_kind: "Zpráva, kterou tato stránka neumí zobrazit", play: "Přehrát", pause: "Pozastavit", position: "Pozice", open_photo: "Otevřít fotku {n} z {of}",
  previous: "Předchozí", next: "Další", download: "Stáhnout {name}", spoiler: "Zobrazit skrytý text", show_more: "Zobrazit více", show_less: "Zobrazit méně",
  today: "Dnes", yesterday: "Včera", tap_unanswered: "Bot na klepnutí neodpověděl", failed: "Nepodařilo se: {why}", offline: "hřiště není dostupné",
  share_contact: "Sdílet s botem vaše telefonní číslo {phone}?", share_location: "Sdílet s botem tuto polohu?", share: "Sdílet", latitude: "Zeměpisná šířka", longitude: "Zeměpisná délka",
  remove_file: "Odebrat {name}", files_too_many: "Nejvýše 10 souborů najednou", no_mic: "Mikrofon není dostupný", unread: "nepřečtené: {n}", you: "Vy", menu: "Nabídka",
  button_unsupported: "Toto tlačítko umějí jen aplikace Telegramu", drop: "Pusťte soubory sem", customer_menu: "Akce se zákazníkem", open_topic: "Zobrazit ve skupině personálu",
  dialogues: "Dialogy", all_dialogues: "Všechny dialogy", new_dialogue: "Nový dialog", dialogue_name: "Název souboru", dialogue_text: "Text dialogu",
  name_hint: "Malá písmena, číslice, - a _, na začátku písmeno, například letni-slavnost", check: "Zkontrolovat", try_it: "Vyzkoušet", changed: "změněno", own: "vlastní", not_saved: "neuloženo",
  to_shipped: "Zpět k původní verzi", delete_dialogue: "Smazat", remove_text: "{name} se odstraní ze složky dema. Rozběhnuté rozhovory pokračují.",
  all_well: "Žádné chyby. Uložte ho, a začne platit.", saved_dialogue: "Uloženo a platí. Rozběhnuté rozhovory si ponechají svou verzi.",
  saved_same_version: "Uloženo a platí. Verze je stále {n}: zvyšte ji, aby se výsledky daly odlišit.", not_saved_faults: "Neuloženo; text tu zůstane, dokud se toto neopraví.",
  save_first: "Nejdřív uložte", line: "řádek {n}", try_without_command: "Tento dialog nemá příkaz: spouští ho personál z karty zákazníka (/customer), nebo nějaká událost.",
  try_choose: "Nejdřív vyberte zákazníka; personálu se ptát nelze.", tried: "Spuštěno: {name}", tried_anew: "Spuštěno: {name}; rozhovor ve starší verzi skončil",
};

const WORDS = { en: ENGLISH, fi: FINNISH, cs: CZECH };
const LOCALES = { en: "en-GB", fi: "fi-FI", cs: "cs-CZ" };

/** The page's languages by their own names, and how each asks to be chosen. */
export const LANGUAGES = { fi: { name: "Suomi", ask: "Suomeksi" }, en: { name: "English", ask: "In English" }, cs: { name: "Čeština", ask: "Česky" } };

let chosen = initial();

function initial() {
  const stored = recall("language");
  if (stored in WORDS) return stored;
  const own = (navigator.language || "en").toLowerCase().slice(0, 2);
  return own in WORDS ? own : "en";
}

/** A value this browser remembers, or null where storage is forbidden. */
export function recall(key) {
  try {
    return localStorage.getItem(`vuoro.${key}`);
  } catch {
    return null;
  }
}

/** Remembers a value in this browser; says nothing where storage is forbidden. */
export function remember(key, value) {
  try {
    localStorage.setItem(`vuoro.${key}`, value);
  } catch {
    // The page works without memory; only the choice is not kept for the next visit.
  }
}

export const language = () => chosen;

export function setLanguage(code) {
  chosen = code in WORDS ? code : "en";
  remember("language", chosen);
}

/** The phrase for a key with {names} filled in. */
export function t(key, values = {}) {
  const phrase = WORDS[chosen][key] ?? ENGLISH[key] ?? key;
  return phrase.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** Words that came as they are, or by language. */
export const told = (words) => (typeof words === "object" && words !== null ? (words[chosen] ?? words.en ?? Object.values(words)[0] ?? "") : (words ?? ""));

const formats = new Map();

function format(options) {
  const key = chosen + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(LOCALES[chosen], options));
  return formats.get(key);
}

/** Hours and minutes of a moment in milliseconds. */
export const clockTime = (at) => format({ hour: "2-digit", minute: "2-digit" }).format(at);

/** Weekday, date and time in full. */
export const fullTime = (at) =>
  format({ weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" }).format(at);

const dayNumber = (at) => {
  const day = new Date(at);
  return Math.round(Date.UTC(day.getFullYear(), day.getMonth(), day.getDate()) / 86_400_000);
};

/** True when two moments lie on the same local day. */
export const sameDay = (one, other) => dayNumber(one) === dayNumber(other);

/** The words of a day separator, as seen from `now`. */
export function dayName(at, now) {
  const ago = dayNumber(now) - dayNumber(at);
  if (ago === 0) return t("today");
  if (ago === 1) return t("yesterday");
  const year = new Date(at).getFullYear() === new Date(now).getFullYear() ? {} : { year: "numeric" };
  return format({ weekday: "long", day: "numeric", month: "long", ...year }).format(at);
}

/** The shortest useful time for a list row: today the clock, this week the weekday, otherwise the date. */
export function shortTime(at, now) {
  const ago = dayNumber(now) - dayNumber(at);
  if (ago === 0) return clockTime(at);
  if (ago > 0 && ago < 7) return format({ weekday: "short" }).format(at);
  return format({ day: "numeric", month: "numeric" }).format(at) + (Math.abs(ago) > 330 ? `.${new Date(at).getFullYear()}`.replace("..", ".") : "");
}

/** Seconds as m:ss. */
export const minutes = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
