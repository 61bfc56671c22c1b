"""Numbers as people type them: "8", "8/10", "kahdeksan", "there are four of us", "7,5", "1 234,50 €"; pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from dialogues.vocabulary import Vocabulary, fold

_NUMBER = re.compile(r"(?<![\w.,])[-−+]?\d[\d\s.,’']*(?<![\s.,’'])")
_OUT_OF = re.compile(r"\s*(?:/|\bout of\b|\bof\b|\bz\b|\bze\b|\bkautta\b|\bav\b|\bvon\b|\bsur\b)\s*", re.IGNORECASE)
_STARS = "★⭐🌟✭✮✯*"
_LEADS = frozenset(
    {
        *(
            "i",
            "id",
            "d",
            "would",
            "ill",
            "ll",
            "say",
            "give",
            "you",
            "maybe",
            "perhaps",
            "about",
            "around",
            "its",
            "it",
        ),
        *("s", "is", "a", "an", "solid", "score", "points", "rating", "number", "only", "just"),
        *("sanoisin", "sanon", "annan", "antaisin", "ehka", "noin", "se", "on", "olisi", "varmaan", "arvosana"),
        *("pisteet", "numero", "vain", "aika"),
        *("asi", "tak", "je", "to", "dam", "dala", "dal", "bych", "rekl", "rekla", "rekneme", "zhruba", "kolem"),
        *("hodnoceni", "cislo", "jen"),
    }
)
"""Words (folded) that may stand before a score; any other word makes it a sentence about something else."""
_AROUND = frozenset(
    re.findall(
        r"\w+",
        "of us in all people persons person guests adults we are there will be me just only stars star points euros "
        "euro pieces times for make it meita on tulee henkea henkiloa henkilo hlo vierasta aikuista vain yhteensa "
        "kappaletta kpl euroa tahtea noin olemme tulemme nas bude budeme lidi lide osob osoby osoba hoste hostu "
        "dospeli jen celkem kus kusy kusu korun koruny hvezdicek hvezdicky asi jsme prijdeme prijde pro",
    )
)
"""Words (folded) that may stand about a number that is written as a word; any other makes it a sentence."""
_CURRENCIES = {
    "EUR": ("€", "eur", "euro", "euroa", "euros", "eura", "eur", "e"),
    "CZK": ("kč", "kc", "czk", "korun", "koruny", "koruna", "crowns"),
    "SEK": ("sek", "kronor", "krona"),
    "GBP": ("£", "gbp", "pounds", "pound", "quid"),
    "USD": ("$", "usd", "dollars", "dollar"),
    "PLN": ("zł", "zl", "pln", "zlotych"),
    "NOK": ("nok",),
    "DKK": ("dkk",),
    "CHF": ("chf",),
}
"""How people write currencies, next to their codes."""
_AMOUNT = re.compile(r"(?<![\w.,])\d{1,3}(?:[ \u00a0.,’']\d{3})+(?![\d.,]\d)(?!\d)")
_DASH = re.compile(r"(?<=\d)\s*[,.]\s*[-–—]+")  # "50,-" is fifty and nothing more
_LONGEST = 60  # signs: a longer text is a sentence, in which a number may mean anything


def read_number(text: str, language: str, vocabularies: Iterable[Vocabulary]) -> int | float | None:
    """
    Read the one number in a short text, in digits or as a word for 0 to 20; None for no number or several.

    In English a comma before three digits groups thousands; elsewhere a comma is the decimal sign.
    """
    if len(text) > _LONGEST:
        return None
    plain = unicodedata.normalize("NFKC", text)
    found = _NUMBER.findall(plain)
    if len(found) == 1:
        return _value(found[0], language)
    return None if found or re.search(r"\d", plain) else _word(plain, vocabularies)


def read_amount(text: str, currency: str, language: str) -> int | float | None:
    """
    Read an amount of money in *currency*: "49,90 €", "€49.90", "1 200 Kč", "1.200,-", "50,-"; None where it is none.

    Money has at most two decimals, so a sign before three digits groups thousands in every language. A number as a word
    is none of this function's (see `read_number`), and the currency may be left out.
    """
    plain = _DASH.sub("", unicodedata.normalize("NFKC", text))
    for word in _CURRENCIES.get(currency, (currency.casefold(),)):
        ends = "" if not word.isalpha() else r"(?![^\W\d_])"
        plain = re.sub(rf"(?<![^\W\d_]){re.escape(word)}{ends}", " ", plain, flags=re.IGNORECASE)
    if grouped := _AMOUNT.fullmatch(plain.strip()):
        return int(re.sub(r"\D", "", grouped[0]))
    number = read_number(plain.strip(), language, ())
    return None if number is None or round(number, 2) != number else number


def names_other_currency(text: str, currency: str) -> bool:
    """Say whether *text* names a currency other than *currency*: 1 200 Kč is no answer in euros."""
    words = set(re.findall(r"[^\W\d_]+|[€£$]", unicodedata.normalize("NFKC", text).casefold()))
    return any(
        code != currency and words & {code.casefold(), *(each for each in names if len(each) > 1 or not each.isalpha())}
        for code, names in _CURRENCIES.items()
    )


def read_scale(text: str, low: int, high: int, language: str, vocabularies: Iterable[Vocabulary]) -> int | None:
    """Read a whole number from *low* to *high*: also "8/10", "8 out of 10" and a row of stars; else None."""
    plain = unicodedata.normalize("NFKC", text).strip()
    stars = sum(plain.count(star) for star in _STARS)
    if stars and not any(sign.isalnum() for sign in plain):
        return stars if low <= stars <= high else None
    parts = _OUT_OF.split(plain, maxsplit=1)
    if len(parts) == 2 and read_number(parts[1], language, ()) == high:
        plain = parts[0]
    number = read_number(plain, language, vocabularies)
    if number is None or number != int(number) or not _leads_to_a_score(plain):
        return None
    return int(number) if low <= number <= high else None


def _leads_to_a_score(text: str) -> bool:
    """Say whether only words such as "I'd say" stand before the number; "we waited 2 hours" is no score."""
    before = re.split(r"\d", text, maxsplit=1)[0] if re.search(r"\d", text) else ""
    return all(word in _LEADS for word in fold(before).split())


def _word(text: str, vocabularies: Iterable[Vocabulary]) -> int | None:
    words = fold(text).split()
    if not words:
        return None
    for vocabulary in vocabularies:
        named = [word for word in words if word in vocabulary.numbers]
        others = [word for word in words if word not in vocabulary.numbers]
        if len(named) == 1 and ((words[0] == named[0] and len(words) <= 2) or _AROUND.issuperset(others)):
            return vocabulary.numbers[named[0]]
    return None


def _value(token: str, language: str) -> int | float | None:
    digits = re.sub(r"[\s’']", "", token.replace("−", "-"))
    if not re.fullmatch(r"[-+]?\d{1,15}(?:[.,]\d+)*", digits) or re.search(r"\d\s+\d(?!\d\d(?!\d))", token):
        return None
    signs = re.findall(r"[.,]", digits)
    if not signs:
        return int(digits)
    last = max(digits.rfind("."), digits.rfind(","))
    same = len(set(signs)) == 1
    groups = bool(re.fullmatch(r"[-+]?\d{1,3}(?:[.,]\d{3})+", digits))
    if same and groups and (len(signs) > 1 or (language.startswith("en") and signs[0] == ",")):
        return int(re.sub(r"[.,]", "", digits))
    if same and len(signs) > 1:
        return None
    whole, rest = re.sub(r"[.,]", "", digits[:last]), digits[last + 1 :]
    number = float(f"{whole}.{rest}")
    return int(number) if number.is_integer() else number
