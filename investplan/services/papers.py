"""Papers that a record is told in: the door for pages and commands to what the exchange room draws."""

from investplan.exchange.papers import (
    Block,
    Kind,
    Paper,
    Section,
    Table,
    facts,
    figures,
    listing,
    note,
    paragraphs,
    picture,
    to_pdf,
)

__all__ = [
    "Block",
    "Kind",
    "Paper",
    "Section",
    "Table",
    "facts",
    "figures",
    "listing",
    "note",
    "paragraphs",
    "picture",
    "to_pdf",
]
