"""Swedish names of what codes stand for; the pages translate them, files and commands print them as they are."""

from __future__ import annotations

from investplan.domain.organisations import OrganisationKind, Role
from investplan.domain.proposals import (
    AlternativeKind,
    Category,
    OperatingKind,
    Part,
    Recognition,
    Stage,
    Status,
)


def N_(text: str) -> str:  # noqa: N802 - the marker by which translation tools find texts
    """The text itself; marks it for translation."""
    return text


LABELS: dict[str, str] = {
    Stage.NEED: N_("Behov"),
    Stage.NEEDS_ANALYSIS: N_("Behovsanalys"),
    Stage.PRE_STUDY: N_("Förstudie"),
    Stage.DESIGN: N_("Program och projektering"),
    Stage.IMPLEMENTATION_DECISION: N_("Genomförandebeslut"),
    Stage.STARTING_PERMIT: N_("Igångsättningstillstånd"),
    Stage.IMPLEMENTATION: N_("Genomförande"),
    Stage.COMMISSIONING: N_("Ibruktagande"),
    Stage.FINAL_ACCOUNT: N_("Slutredovisning"),
    Stage.EX_POST: N_("Effektuppföljning"),
    Status.DRAFT: N_("Utkast"),
    Status.SUBMITTED: N_("Klart för prioritering"),
    Status.DECIDED: N_("Beslutat"),
    Status.DORMANT: N_("Vilande"),
    Status.REJECTED: N_("Avslaget"),
    Status.CANCELLED: N_("Avbrutet"),
    Category.EXPANSION: N_("Ny kapacitet"),
    Category.REINVESTMENT: N_("Reinvestering"),
    Category.LEGAL: N_("Lag- och myndighetskrav"),
    Category.EFFICIENCY: N_("Effektivisering och digitalisering"),
    Category.DEVELOPMENT: N_("Exploatering"),
    Category.CLIMATE: N_("Klimat och energi"),
    Category.EQUIPMENT: N_("Inventarier"),
    AlternativeKind.BUILD: N_("Nybyggnad"),
    AlternativeKind.REBUILD: N_("Ombyggnad"),
    AlternativeKind.LEASE: N_("Inhyrning"),
    AlternativeKind.NOTHING: N_("Ingen åtgärd"),
    Part.PROPERTY: N_("Fastighetsägarens del"),
    Part.USER: N_("Nämndens egna inventarier"),
    Recognition.OVER_LIFE: N_("Fördelas över nyttjandeperioden"),
    Recognition.AT_COMPLETION: N_("Intäktsförs vid färdigställandet"),
    OperatingKind.RENT: N_("Hyra"),
    OperatingKind.MEDIA: N_("Media"),
    OperatingKind.STAFF: N_("Personal"),
    OperatingKind.MAINTENANCE: N_("Drift och underhåll"),
    OperatingKind.CLEANING: N_("Städning"),
    OperatingKind.IT: N_("It"),
    OperatingKind.REVENUE: N_("Intäkt"),
    OperatingKind.OTHER: N_("Övrigt"),
    OrganisationKind.COMMITTEE: N_("Nämnd"),
    OrganisationKind.COMPANY: N_("Bolag"),
    Role.PLANNER: N_("Planerare"),
    Role.FINANCE: N_("Ekonomi"),
    Role.COUNCIL_VIEWER: N_("Förtroendevald"),
    Role.ADMINISTRATOR: N_("Administratör"),
}
"""Enum values as strings are unique across the enums but for `rent` and `maintenance`-like words kept apart here."""
