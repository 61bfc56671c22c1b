"""The store's schema over time: one revision per change, the first one as frozen SQL for each database."""
