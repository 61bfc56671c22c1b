"""Tests of the customer store, on both databases."""
