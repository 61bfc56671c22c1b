"""What staff read of clusters: their names in a language, and lines of figures."""

from __future__ import annotations

from collections.abc import Sequence

from domain.clusters import ClusterName
from templates.words import Words


def cluster_name(words: Words, name: ClusterName, language: str | None) -> str:
    """Give the name in *language*, such as "Wine and Cheese: rarely, large purchases"; as different as names are."""
    traits = ", ".join(words.plain(f"clusters.trait.{trait.value}", language) for trait in name.traits)
    told = words.plain(
        "clusters.name", language, groups=_joined(words, name.groups, language), traits=traits, ordinal=name.ordinal
    )
    return told[:1].upper() + told[1:]


def _joined(words: Words, groups: Sequence[str], language: str | None) -> str:
    if len(groups) < 2:
        return "".join(groups)
    return words.plain("clusters.and", language, first=", ".join(groups[:-1]), last=groups[-1])
