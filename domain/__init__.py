"""The shared vocabulary: frozen values, enums, the rule language and faults. Standard library and lark only."""
