"""What the page says of the sample company and of its people, in each language of the page."""

from __future__ import annotations

from collections.abc import Mapping

from domain.staff import Role

Told = Mapping[str, str]
"""The same words by language tag."""


def _told(en: str, fi: str, cs: str) -> Told:
    return {"en": en, "fi": fi, "cs": cs}


ABOUT = _told(
    "a Finnish department store: Helsinki, Turku, Tampere and the net",
    "tavaratalo Helsingissä, Turussa, Tampereella ja verkossa",
    "finský obchodní dům: Helsinky, Turku, Tampere a internet",
)
HEALTH = _told("Health", "Toiminta", "Stav")
ROLES: Mapping[Role, Told] = {
    Role.MANAGER: _told("manager", "esihenkilö", "vedoucí"),
    Role.AGENT: _told("agent", "asiakaspalvelija", "pracovník podpory"),
    Role.EDITOR: _told("editor", "toimittaja", "redaktor"),
    Role.ADMIN: _told("admin", "ylläpitäjä", "správce"),
}
NOTES: Mapping[str, Told] = {
    "liisa": _told(
        "regular for years; her delivery came late",
        "vakioasiakas jo vuosia; toimitus myöhästyi",
        "stálá zákaznice; zásilka přišla pozdě",
    ),
    "james": _told(
        "moved here last year; often asks",
        "muutti tänne viime vuonna; kysyy usein",
        "přistěhoval se loni; často se ptá",
    ),
    "tereza": _told(
        "loves the garden shop; recommends us",
        "pitää puutarhaosastosta; suosittelee meitä",
        "má ráda zahradní oddělení; doporučuje nás",
    ),
    "petri": _told(
        "disappointed: came less and less",
        "pettynyt: käynnit ovat harventuneet",
        "zklamaný: chodil čím dál méně",
    ),
    "emily": _told(
        "in the middle of her feedback",
        "palaute on vielä kesken",
        "právě píše zpětnou vazbu",
    ),
    "ville": _told(
        "his complaint was settled; asked how it went",
        "reklamaatio hoidettiin; kysyimme, miten meni",
        "reklamace vyřízena; ptali jsme se, jak to šlo",
    ),
    "jana": _told(
        "asked for a break from newsletters",
        "pyysi taukoa uutiskirjeistä",
        "požádala o pauzu od newsletterů",
    ),
    "noora": _told(
        "her complaint was declined; has not answered",
        "reklamaatio hylättiin; ei ole vastannut",
        "reklamace zamítnuta; zatím neodpověděla",
    ),
    "oliver": _told(
        "wrote twice about one thing; waits too long",
        "kirjoitti kahdesti samasta; odottaa liian kauan",
        "psal o jedné věci dvakrát; čeká příliš dlouho",
    ),
    "aino": _told(
        "new: has not said hello yet",
        "uusi: ei ole vielä tervehtinyt",
        "nová: ještě nepozdravila",
    ),
}
"""Of the featured customers, by their keys."""
