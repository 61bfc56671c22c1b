"""The clusters that were made last, as one document; which customer is in which stands in her picture."""

from __future__ import annotations

from domain.clusters import Clusters, as_document, from_document
from store.database import Tx
from store.settings import get_setting, put_setting

SETTING = "insight.clusters"


async def kept_clusters(tx: Tx) -> Clusters | None:
    """Return the clusters that were made last, or None where none were."""
    return from_document(await get_setting(tx, SETTING))


async def keep_clusters(tx: Tx, made: Clusters) -> None:
    """Keep them in the place of those before."""
    await put_setting(tx, SETTING, as_document(made))
