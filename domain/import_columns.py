"""The columns of purchases in a file, and the headers that mean them in English, Finnish and Czech."""

from __future__ import annotations

from domain.imports import ImportColumn

PURCHASES = (
    ImportColumn(
        "customer",
        (
            *("number", "customer_number", "customer_no", "customer_id", "household_id", "household_key", "client_id"),
            *("client", "member_id", "member", "loyalty_id", "card_number", "card", "asiakasnumero", "asiakasnro"),
            *("asiakas_id", "asiakas", "kanta_asiakasnumero", "cislo_zakaznika", "zakaznicke_cislo", "id_zakaznika"),
            "zakaznik",
        ),
        required=True,
        width=64,
    ),
    ImportColumn(
        "receipt",
        (
            *("basket_id", "receipt_id", "receipt_no", "receipt_number", "transaction_id", "order_id", "order_number"),
            *(
                "order_no",
                "order",
                "invoice",
                "invoice_no",
                "ticket",
                "basket",
                "kuitti",
                "kuittinumero",
                "kuitin_numero",
            ),
            *("tilausnumero", "tilaus", "lasku", "laskunumero", "uctenka", "cislo_uctenky", "doklad", "cislo_dokladu"),
            *("objednavka", "cislo_objednavky", "faktura"),
        ),
        width=64,
    ),
    ImportColumn(
        "at",
        (
            *(
                "transaction_timestamp",
                "timestamp",
                "datetime",
                "date_time",
                "purchased_at",
                "purchase_date",
                "sold_at",
            ),
            *(
                "order_date",
                "transaction_date",
                "date",
                "pvm",
                "paivamaara",
                "paivays",
                "ostopaiva",
                "ostoaika",
                "aika",
            ),
            *("datum", "datum_nakupu", "datum_a_cas", "cas", "time"),
        ),
        required=True,
    ),
    ImportColumn(
        "product",
        (
            *("product_id", "product_code", "sku", "item_id", "item", "article", "article_no", "ean", "upc"),
            *("stock_code", "tuote", "tuotenumero", "tuotekoodi", "tuote_id", "produkt", "kod_produktu", "zbozi"),
            "kod_zbozi",
        ),
        width=64,
    ),
    ImportColumn(
        "product_name",
        (
            *("product_description", "description", "item_name", "tuotenimi", "tuotteen_nimi", "tuotekuvaus"),
            *("nazev_produktu", "nazev_zbozi", "nazev", "popis"),
        ),
        width=500,
    ),
    ImportColumn(
        "group",
        (
            *("product_category", "department", "category", "product_group", "group_name", "tuoteryhma", "ryhma"),
            *("osasto", "kategoria", "skupina", "skupina_zbozi", "kategorie", "oddeleni"),
        ),
        width=64,
    ),
    ImportColumn("quantity", ("qty", "pieces", "units", "count", "maara", "kpl", "lkm", "mnozstvi", "pocet", "ks")),
    ImportColumn(
        "amount",
        (
            *("sales_value", "line_total", "total", "total_amount", "amount_total", "value", "sum", "revenue", "sales"),
            *("summa", "yhteensa", "rivisumma", "euroa", "castka", "celkem", "cena_celkem", "soucet", "price", "hinta"),
            "cena",
        ),
        required=True,
    ),
    ImportColumn("currency", ("currency_code", "valuutta", "mena"), width=3),
    ImportColumn(
        "store",
        (
            *("store_id", "shop", "shop_id", "branch", "location", "myymala", "toimipiste", "kauppa", "prodejna"),
            *("obchod", "pobocka"),
        ),
        width=64,
    ),
    ImportColumn("external_id", ("line_id", "uuid", "uid", "transaction_line_id", "rivi_id", "id_radku"), width=128),
)
