"""The pages of gates, moves and investigation money; importing this registers them all."""

from __future__ import annotations

from web.gates import money, moves, tables
from web.gates.blueprint import pages

__all__ = ["money", "moves", "pages", "tables"]
