"""The program's commands, one module each; `bot.command_line` imports a module only when its command is called."""
