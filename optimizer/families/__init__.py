"""Families: one problem solved many times with something changed, and what all the answers tell together.

`kinds.make_family` gives a family by name; `running.answer_members` answers its members one after another; the family
reads whatever answers there are into a result.
"""
