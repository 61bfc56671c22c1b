"""A stand-in for Telegram's Bot API with people, faults, a clock and a browser chat. It imports no other room."""
