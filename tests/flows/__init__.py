"""Whole stories through the real stack."""
