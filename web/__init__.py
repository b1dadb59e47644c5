"""The pages: parse, call a service, answer. Knows nothing of the database."""
