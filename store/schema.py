"""What all tables share: the names of constraints, and the column that points at a customer."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, ForeignKeyConstraint, MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def customer_column(*, primary_key: bool = False) -> Column[int]:
    return Column("customer_id", BigInteger, ForeignKey("customers.id"), nullable=False, primary_key=primary_key)


def audience_keys() -> tuple[ForeignKeyConstraint, ForeignKeyConstraint]:
    """
    Return the foreign keys of a sending's frozen audience, which PostgreSQL is spared.

    Its rows are selected from `customers` in the statement that makes them, and neither a customer nor a sending is
    ever deleted: PostgreSQL would look up both for each of a million rows, which is more than half of what they cost.
    """
    sending = ForeignKeyConstraint(["sending_id"], ["sendings.id"]).ddl_if(dialect="sqlite")
    customer = ForeignKeyConstraint(["customer_id"], ["customers.id"]).ddl_if(dialect="sqlite")
    return sending, customer
