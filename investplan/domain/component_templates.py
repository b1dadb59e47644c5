"""Components that come back in most investments, with a typical useful life: a start for the planner, never a rule.

Domain reference 1.4. Land is not depreciated: its life is None.
"""

from __future__ import annotations

from dataclasses import dataclass

from investplan.domain.labels import N_
from investplan.domain.proposals import Part


@dataclass(frozen=True)
class ComponentTemplate:
    """A component to start from. `group` and `name` are Swedish message ids."""

    group: str
    name: str
    life_years: int | None
    part: Part = Part.PROPERTY


_BUILDING, _SITE, _STREET, _PARK, _OWN = (
    N_("Byggnad"),
    N_("Mark"),
    N_("Gata och väg"),
    N_("Park och idrott"),
    N_("Nämndens egna inventarier"),
)

TEMPLATES: tuple[ComponentTemplate, ...] = (
    ComponentTemplate(_BUILDING, N_("Stomme och grund"), 80),
    ComponentTemplate(_BUILDING, N_("Fasad, fönster och dörrar"), 40),
    ComponentTemplate(_BUILDING, N_("Yttertak"), 40),
    ComponentTemplate(_BUILDING, N_("Installationer: vvs, el och ventilation"), 25),
    ComponentTemplate(_BUILDING, N_("Hiss och transport"), 25),
    ComponentTemplate(_BUILDING, N_("Styr- och övervakningsteknik"), 15),
    ComponentTemplate(_BUILDING, N_("Invändiga ytskikt och fast inredning"), 15),
    ComponentTemplate(_BUILDING, N_("Storköksutrustning"), 10),
    ComponentTemplate(_BUILDING, N_("Paviljong eller barack"), 10),
    ComponentTemplate(_BUILDING, N_("Restpost"), 50),
    ComponentTemplate(_SITE, N_("Mark"), None),
    ComponentTemplate(_SITE, N_("Markanläggning"), 20),
    ComponentTemplate(_STREET, N_("Underbyggnad"), 80),
    ComponentTemplate(_STREET, N_("Överbyggnad"), 50),
    ComponentTemplate(_STREET, N_("Slitlager"), 15),
    ComponentTemplate(_STREET, N_("Kantsten och plattor"), 40),
    ComponentTemplate(_STREET, N_("Belysning: stolpar och kabel"), 30),
    ComponentTemplate(_STREET, N_("Belysning: armaturer"), 20),
    ComponentTemplate(_STREET, N_("Trafiksignal"), 15),
    ComponentTemplate(_STREET, N_("Bro"), 80),
    ComponentTemplate(_STREET, N_("Gång- och cykelväg"), 33),
    ComponentTemplate(_STREET, N_("Ledningsnät"), 70),
    ComponentTemplate(_PARK, N_("Lekutrustning"), 15),
    ComponentTemplate(_PARK, N_("Parkanläggning och planteringar"), 25),
    ComponentTemplate(_PARK, N_("Konstgräs: matta"), 10),
    ComponentTemplate(_PARK, N_("Konstgräs: sviktpad"), 20),
    ComponentTemplate(_OWN, N_("Möbler och inventarier"), 10, Part.USER),
    ComponentTemplate(_OWN, N_("Datorer"), 3, Part.USER),
    ComponentTemplate(_OWN, N_("Nätverk"), 5, Part.USER),
    ComponentTemplate(_OWN, N_("Personbil"), 6, Part.USER),
    ComponentTemplate(_OWN, N_("Tung maskin"), 12, Part.USER),
)
"""In the order they are offered, group by group."""
