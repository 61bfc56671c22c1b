"""Broken files: an import refuses them with a sentence or takes their good rows, and never leaves half of it behind."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.imports_kinds import KINDS
from domain.imports import ImportKind
from store.database import Database
from tests.bot.import_fuzz import FuzzedImports, broken_file


@pytest.fixture
async def fuzzed(sqlite_database: Database) -> FuzzedImports:
    """A store with a few customers, which every file leaves as it was."""
    made = FuzzedImports(sqlite_database)
    await made.prepare()
    return made


@pytest.mark.parametrize("kind", list(KINDS))
@settings(max_examples=70, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**40))
async def test_broken_table_is_refused_or_each_of_its_bad_rows_is_named(
    fuzzed: FuzzedImports, kind: ImportKind, seed: int
) -> None:
    """Whatever CSV or Parquet says: no traceback, kept + known + bad = read, and an undo takes all of it back."""
    chance = random.Random(seed)
    await fuzzed.check(kind, broken_file(chance, kind), new_customers=chance.random() < 0.3)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300))
async def test_noise_is_refused_with_a_sentence(fuzzed: FuzzedImports, data: bytes) -> None:
    """Bytes that are no table at all are refused as a whole."""
    outcome = await fuzzed.check(ImportKind.PURCHASES, data)
    assert outcome.refused is not None
