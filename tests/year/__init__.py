"""A simulated year of the real program: people, staff and outages are scripted, and what was promised is checked."""
