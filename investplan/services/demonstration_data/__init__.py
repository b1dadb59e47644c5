"""A fictional municipality with Kalmar's geography and size: what it consists of, as plain facts.

Everything in the tables beside this module is made up by us; only place names are real. `reading` turns the tables
into organisations, proposals and scenarios, `building` an asked-for way into an alternative, `placing` metres from a
known place into geometry.
"""
