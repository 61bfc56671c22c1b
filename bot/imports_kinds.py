"""The kinds of import: what the engine knows of each."""

from __future__ import annotations

from collections.abc import Mapping

from bot import imports_customers, imports_purchases
from bot.imports import KindOfImport
from domain.crm import recognise
from domain.import_columns import PURCHASES
from domain.imports import ImportKind

KINDS: Mapping[ImportKind, KindOfImport] = {
    ImportKind.CUSTOMERS: KindOfImport(
        columns=imports_customers.COLUMNS,
        together=None,
        whole=True,
        make=imports_customers.CustomerImporter,
        recognise=recognise,
        takes=imports_customers.is_fact,
    ),
    ImportKind.PURCHASES: KindOfImport(
        columns=PURCHASES, together="receipt", whole=False, make=imports_purchases.PurchaseImporter
    ),
}
