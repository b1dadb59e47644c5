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
from investplan.domain.statements import Impact, PlanStatus, SteeringKind, Trigger


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
    AlternativeKind.SHARED_USE: N_("Samutnyttjande"),
    AlternativeKind.OTHER_PLACE: N_("Annan plats"),
    Trigger.LAW: N_("Lag eller myndighetskrav"),
    Trigger.DEMOGRAPHY: N_("Befolkningens utveckling"),
    Trigger.CONDITION: N_("Anläggningens skick"),
    Trigger.GOAL: N_("Mål"),
    Trigger.ASSIGNMENT: N_("Uppdrag"),
    SteeringKind.FOCUS_AREA: N_("Fokusområde"),
    SteeringKind.STEERING_GOAL: N_("Mål i budgeten"),
    SteeringKind.STEERING_ASSIGNMENT: N_("Uppdrag från fullmäktige"),
    SteeringKind.DOCUMENT: N_("Styrdokument"),
    Impact.CHILDREN: N_("Barn och unga"),
    Impact.ACCESSIBILITY: N_("Tillgänglighet"),
    Impact.CLIMATE_EFFECT: N_("Klimat"),
    Impact.EQUALITY: N_("Jämställdhet"),
    Impact.SAFETY: N_("Trygghet och säkerhet"),
    PlanStatus.NO_PLAN: N_("Detaljplan saknas"),
    PlanStatus.PLAN_ONGOING: N_("Detaljplan pågår"),
    PlanStatus.PLAN_ADOPTED: N_("Detaljplan är antagen"),
    PlanStatus.PLAN_NOT_NEEDED: N_("Detaljplan behövs inte"),
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
