"""Pure computing about customers: scores, intervals, value and loyalty."""
