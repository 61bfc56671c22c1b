"""
What Alembic runs for each command: the revisions, on the connection that `store.upgrade` hands over.

One transaction holds a whole upgrade on both databases, so that a failed one leaves the store as it was.
"""

from __future__ import annotations

from alembic import context

from store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_server_default=True,
    render_as_batch=True,  # SQLite cannot alter a column in place
    transactional_ddl=True,
    transaction_per_migration=False,
)
context.run_migrations()
