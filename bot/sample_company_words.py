"""What the sample company's customers and staff said, in three languages."""

from __future__ import annotations

GENERAL = """\
👋 Every customer has a topic of her own here. What you write in it goes to her; the buttons on a case card do the rest.

Try, here or alone with the bot:
/cases · /customer 100000
/tasks · /care · /event
/programmes · /campaigns
/report, and /help tells of all.

Jokaisella asiakkaalla on tässä oma aiheensa. Mitä siihen kirjoitat, lähtee asiakkaalle; muu hoituu kortin napeilla.
Komennot toimivat tässä ja kahden kesken botin kanssa."""
"""What is pinned in the staff group's General."""

# Category of a complaint → what was said, and what staff answered.
COMPLAINTS: dict[str, tuple[tuple[str, dict[str, str], dict[str, str]], ...]] = {
    "fi": (
        (
            "delivery",
            {"what": "Paketti tuli kolme päivää myöhässä.", "remedy": "explanation"},
            {"reply": "Pahoittelut viiveestä. Kuljettajalla oli este; hyvitimme toimitusmaksun."},
        ),
        (
            "product",
            {"what": "Kahvinkeitin vuotaa jo viikon jälkeen.", "remedy": "replacement"},
            {"reply": "Ikävä kuulla! Voit hakea uuden keittimen mistä tahansa tavaratalostamme."},
        ),
        (
            "service",
            {"what": "Kassalla odotin puoli tuntia, eikä kukaan pahoitellut.", "remedy": ""},
            {"reply": "Kiitos, että kerroit. Lisäsimme lauantaille kaksi kassaa."},
        ),
        (
            "product",
            {"what": "Villapaita kutistui, vaikka pesin ohjeen mukaan.", "remedy": "refund"},
            {"reply": "Rahat palautetaan kortille kolmessa päivässä. Pahoittelemme."},
        ),
    ),
    "en": (
        (
            "delivery",
            {"what": "The parcel was left in the rain and the box fell apart.", "remedy": "replacement"},
            {"reply": "We are sorry. A new one is on its way and the courier has been told."},
        ),
        (
            "service",
            {"what": "Nobody in the shoe department could help me in English.", "remedy": ""},
            {"reply": "Thank you for telling us. Ask for Emma next time; she speaks English well."},
        ),
        (
            "product",
            {"what": "One of the six cups came broken.", "remedy": "refund"},
            {"reply": "You will find the price of the whole set back on your card."},
        ),
    ),
    "cs": (
        (
            "delivery",
            {"what": "Balík přišel o týden později a bez omluvy.", "remedy": "explanation"},
            {"reply": "Omlouváme se za zpoždění. Poštovné vám vracíme."},
        ),
        (
            "product",
            {"what": "Sluchátka po dvou dnech přestala hrát.", "remedy": "repair"},
            {"reply": "Mrzí nás to. Přineste je prosím do prodejny, hned je vyměníme."},
        ),
        (
            "other",
            {"what": "Na účtence mi chybí sleva.", "remedy": "refund"},
            {"reply": "Máte pravdu, rozdíl jsme vám poslali zpět na kartu."},
        ),
    ),
}
WHY: dict[str, tuple[str, ...]] = {
    "fi": (
        "Kassajonot ovat liian pitkiä.",
        "Toimitus kestää liian kauan.",
        "Hinnat ovat nousseet.",
        "Sovituskoppeja on liian vähän.",
        "Kukaan ei vastaa puhelimeen.",
        "Verkkokaupan haku ei löydä mitään.",
    ),
    "en": (
        "Queues at the till are too long.",
        "Delivery takes too long.",
        "More help in English, please.",
        "Hard to find anybody who knows the products.",
        "The online search finds nothing.",
    ),
    "cs": (
        "Dlouhé fronty u pokladen.",
        "Doručení trvá moc dlouho.",
        "Chtělo by to víc informací česky.",
        "Vyhledávání v e-shopu nic nenajde.",
    ),
}
BEST: dict[str, tuple[str, ...]] = {
    "fi": (
        "Ystävällinen henkilökunta!",
        "Hyvä valikoima ja reilut palautukset.",
        "Puutarhaosasto on kaupungin paras.",
        "Aina löytyy joku, joka auttaa.",
        "Kahvila kolmannessa kerroksessa.",
    ),
    "en": (
        "Friendly people who know what they sell.",
        "Returns without any fuss.",
        "The garden shop!",
        "You remember what I bought last time.",
    ),
    "cs": (
        "Milý personál, který poradí.",
        "Skvělé zahradnictví.",
        "Bezproblémové vrácení zboží.",
    ),
}
QUESTIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "fi": (
        ("Onko Turun myymälä auki vapunpäivänä?", "Kyllä, klo 12–18. Tervetuloa!"),
        ("Saako lahjakortin myös verkosta?", "Saa: etusivulta kohdasta Lahjakortit."),
    ),
    "en": (
        ("Do you repair skis?", "Yes, in Helsinki and Tampere, in two working days."),
        ("Can I return a present without the receipt?", "With the gift sticker, yes, for 60 days."),
    ),
    "cs": (("Posíláte i do Česka?", "Ano, dvakrát týdně; poštovné je 12 eur."),),
}
NEWSLETTERS: tuple[tuple[str, dict[str, str]], ...] = (
    (
        "Kuukauden uutiset",
        {
            "fi": "Kuukauden uutiset: mitä uutta osastoilla, ja yksi vinkki.",
            "en": "News of the month: what is new on our floors, and one good tip.",
            "cs": "Novinky měsíce: co přibylo v odděleních a jeden tip.",
        },
    ),
    (
        "Kausitarjoukset",
        {
            "fi": "Kauden tarjoukset ovat täällä.",
            "en": "The offers of the season are here.",
            "cs": "Sezónní nabídky jsou tady.",
        },
    ),
)
MAGAZINE = {"fi": "Asiakaslehti", "en": "Customer magazine", "cs": "Zákaznický časopis"}
CALLS: dict[str, tuple[str, ...]] = {
    "fi": ("Kysyi toimitusajasta.", "Tilasi verhojen mittauksen.", "Kiitti avusta sohvan valinnassa."),
    "en": ("Asked about a delivery.", "Ordered a curtain fitting.", "Thanked for help with a sofa."),
    "cs": ("Ptal(a) se na doručení.", "Objednal(a) zaměření závěsů."),
}
