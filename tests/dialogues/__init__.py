"""Tests of scripts, engine and conductor."""
