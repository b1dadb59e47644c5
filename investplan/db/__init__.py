"""The database: one class per noun, rules about transactions, and migrations."""
