"""The columns of purchases in a file, and the headers that mean them in English, Finnish and Czech."""

from __future__ import annotations

from domain.imports import ImportColumn

NUMBERS = (
    *("cust_no", "cust_id", "cust_number", "cust_nr", "customer_nr", "customer_code", "client_no", "client_number"),
    *("member_no", "member_number", "subscriber_id", "subscriber_no", "subscriber_number"),
    *("asiakasnr", "asiakaskoodi", "asiakastunnus", "tilaajanro", "tilaajanumero", "tilaajatunnus"),
    *("jasennro", "jasennumero", "c_zakaznika", "kod_zakaznika", "cislo_klienta", "zakaznik_id", "zakaznik_cislo"),
)
"""Further headers that mean a customer's number, in files of customers and of purchases."""

PURCHASES = (
    ImportColumn(
        "customer",
        (
            *("number", "customer_number", "customer_no", "customer_id", "household_id", "household_key", "client_id"),
            *("client", "member_id", "member", "loyalty_id", "card_number", "card", "asiakasnumero", "asiakasnro"),
            *("asiakas_id", "asiakas", "kanta_asiakasnumero", "cislo_zakaznika", "zakaznicke_cislo", "id_zakaznika"),
            *("zakaznik", "tilaaja", *NUMBERS),
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
                "sale_date",
                "invoice_date",
                "billing_date",
                "date",
                "pvm",
                "paivamaara",
                "paivays",
                "ostopaiva",
                "ostoaika",
                "aika",
            ),
            *("datum", "datum_nakupu", "datum_a_cas", "cas", "time", "ts"),
            *("myyntipaiva", "tilauspaiva", "laskupaiva", "laskun_paiva", "kauppapaiva", "datum_prodeje"),
            *("datum_objednavky", "datum_faktury", "datum_vystaveni"),
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
