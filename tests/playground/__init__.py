"""Tests that the stand-in is honest."""
