"""Known-answer tests."""
