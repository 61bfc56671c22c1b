"""What is said and when: scripts, the pure engine, the conductor, cases and courtesy."""
