"""The kinds of import: what the engine knows of each."""

from __future__ import annotations

from collections.abc import Mapping

from bot import imports_purchases
from bot.imports import KindOfImport
from domain.imports import ImportKind

KINDS: Mapping[ImportKind, KindOfImport] = {
    ImportKind.PURCHASES: KindOfImport(
        columns=imports_purchases.COLUMNS, together="receipt", whole=False, make=imports_purchases.PurchaseImporter
    ),
}
