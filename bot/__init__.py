"""Every edge to the outside, and the start-up: Telegram, staff's commands, command line, console, configuration."""
