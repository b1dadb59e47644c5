"""JSON Schemas of the formats that stay fixed."""
