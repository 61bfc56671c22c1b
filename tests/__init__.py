"""Vuoro's tests: one folder per room, flows (whole stories), transcripts, house (the project's own rules) and bench."""
