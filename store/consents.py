"""What customers agreed to, per purpose, with the version of the text, the time and the source."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import insert, select, tuple_, update

from domain.customers import Consent, Purpose
from store.coupons_chosen import withdraw_chosen
from store.database import Tx
from store.ids import new_id
from store.picks import forget_open_picks
from store.profiling import end_profiling
from store.stale import mark_stale
from store.tables import consents


async def give_consents(tx: Tx, given: Sequence[tuple[int, Consent]]) -> None:
    """
    Make each yes or no the current one of its customer and purpose; what was said before stays as history.

    With a no to profiling, all that was reckoned of her goes at once; with a yes, the open coupons that everybody gets.
    """
    latest = {(customer_id, consent.purpose.value): (customer_id, consent) for customer_id, consent in given}
    if not latest:
        return
    same = tuple_(consents.c.customer_id, consents.c.purpose).in_(list(latest))
    await tx.execute(update(consents).where(same, consents.c.current).values(current=False))
    rows = [
        {
            "id": new_id(),
            "customer_id": customer_id,
            "purpose": consent.purpose.value,
            "given": consent.given,
            "text_version": consent.text_version,
            "source": consent.source,
            "at": consent.at,
            "current": True,
        }
        for customer_id, consent in latest.values()
    ]
    await tx.execute(insert(consents), rows)
    about = [(who, consent) for who, consent in latest.values() if consent.purpose is Purpose.PROFILING]
    await end_profiling(tx, {who: consent.at for who, consent in about if not consent.given})
    for who, consent in about:
        if consent.given:
            await withdraw_chosen(tx, [who], for_everybody=True)
            await forget_open_picks(tx, [who])
            await mark_stale(tx, [who], consent.at)


async def consents_of(tx: Tx, customer_id: int) -> list[Consent]:
    """
    Return every yes and no of one customer: what counts now first, then what was before, the newest first.

    What counts is not always what was said last: when two customers are merged a no wins.
    """
    wanted = (
        select(consents)
        .where(consents.c.customer_id == customer_id)
        .order_by(consents.c.current.desc(), consents.c.at.desc(), consents.c.id.desc())
    )
    return [
        Consent(Purpose(row.purpose), row.given, row.text_version, row.source, row.at)
        for row in (await tx.execute(wanted)).all()
    ]
