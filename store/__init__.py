"""The customer store: SQL, for SQLite and PostgreSQL."""
