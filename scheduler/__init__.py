"""Time: what is due, and for whom."""
