"""Streets and properties in a place told in words: a weaker sign than the map that two proposals concern each other."""

from __future__ import annotations

import re

STREET = re.compile(
    r"\b([A-ZÅÄÖÉ][\wåäöéÅÄÖ-]*(?:gatan|vägen|allén|stigen|gränd|torget|leden|esplanaden|backen|kajen|platsen))\b"
)
PROPERTY = re.compile(r"\b([A-ZÅÄÖÉ][\wåäöéÅÄÖ-]+(?: [A-ZÅÄÖÉ][\wåäöéÅÄÖ-]+)?) (\d{1,4}:\d{1,4})\b")
BLOCK = re.compile(r"\b[Kk]v(?:arteret)?\.? ([A-ZÅÄÖÉ][\wåäöéÅÄÖ-]+)")


def place_words(text: str) -> frozenset[str]:
    """Names of streets, properties and blocks in a text, in lower case.

    >>> sorted(place_words("Norra vägen 12, Vitsippan 3:12 och kv. Björnen vid Storgatan"))
    ['björnen', 'storgatan', 'vitsippan 3:12']
    """
    found = {match[1] for match in STREET.finditer(text)}
    found |= {f"{match[1]} {match[2]}" for match in PROPERTY.finditer(text)}
    found |= {match[1] for match in BLOCK.finditer(text)}
    return frozenset(one.casefold() for one in found)
