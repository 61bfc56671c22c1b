"""The words: Jinja2 texts in every language, and the one escaping renderer."""
