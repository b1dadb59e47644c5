"""What a run's state is called, truthfully: a time limit is not a proof, and a cancelled run may still have a plan."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from flask_babel import gettext as _

from investplan.domain.labels import N_
from investplan.units import ORE_PER
from web.formatting import current_locale, number, percent, tkr

ACTIVE = ("queued", "running")
TKR_ORE = ORE_PER["tkr"]
PHASES = {
    "reading": N_("läser underlaget"),
    "searching": N_("söker bättre planer"),
    "tie-breaks": N_("väljer bland lika bra planer"),
    "checking": N_("kontrollerar planen"),
    "conflict": N_("letar efter vilka krav som krockar"),
}


def outcome(run: Any) -> str:
    """One code for all that can have become of a run, for tags and texts."""
    if run.state == "done":
        return str(run.status or "failed")
    return str(run.state)


def run_label(run: Any) -> str:
    """The state in words."""
    code = outcome(run)
    if code == "optimal":
        return str(_("Klar, bevisat bäst") if run.gap in ("0", None) else _("Klar, inom målet"))
    words = {
        "queued": _("Köad"),
        "running": _("Pågår"),
        "feasible": _("Bästa hittills"),
        "stopped": _("Ingen plan i tid"),
        "infeasible": _("Omöjligt"),
        "cancelled": _("Avbruten, bästa planen sparad") if run.value is not None else _("Avbruten"),
        "failed": _("Misslyckad"),
    }
    return str(words.get(code, code))


def run_explanation(run: Any) -> str:
    """What the state means for the reader; empty where the run's own message says it."""
    code, gap = outcome(run), gap_text(run.gap)
    if code == "queued":
        text = _("Körningen väntar på att beräkningen ska bli ledig.")
    elif code == "infeasible":
        text = _("Inget urval av förslagen håller alla gränser och regler samtidigt.")
    elif code == "optimal" and run.gap in ("0", None):
        text = _("Ingen annan plan som håller gränserna har högre värde.")
    elif code == "optimal":
        text = _("Ingen annan plan som håller gränserna kan ha mer än %(gap)s högre värde.", gap=gap)
    elif code == "feasible" and run.gap is None:
        text = _(
            "Tiden tog slut. Planen håller alla gränser; hur mycket bättre en annan kan vara är inte känt."
        )
    elif code == "feasible":
        text = _(
            "Tiden tog slut. Planen håller alla gränser, men en plan med upp till %(gap)s högre värde kan finnas.",
            gap=gap,
        )
    else:
        text = ""
    return str(text)


def run_value(run: Any) -> str:
    """The plan's value, at most two decimals; a dash without plan."""
    return figure(run.value)


def figure(text: str | None) -> str:
    """Decimal text as the reader writes figures."""
    if text is None:
        return "–"
    exact = Decimal(text)
    return number(exact, 0 if exact == exact.to_integral_value() else 2, locale=current_locale())


def gap_text(text: str | None) -> str:
    """A share as decimal text in per cent, rounded up so that it never promises too much."""
    if text is None:
        return "–"
    thousandths = -(-Fraction(text) * 100_000 // 1)
    if not thousandths:
        return percent(0, 0, locale=current_locale())
    return percent(Fraction(thousandths, 100_000), 3 if 0 < thousandths < 100 else 1, locale=current_locale())


def panel(run: Any, now: Any) -> dict[str, Any]:
    """What the progress panel shows. `gap_share` is None until a plan and a bound are known."""
    progress = run.progress or {}
    is_active = run.state in ACTIVE
    best = progress.get("best_value") if is_active else run.value
    gap = progress.get("gap") if is_active else run.gap
    begun = run.started_at or run.requested_at
    return {
        "state": outcome(run),
        "state_label": run_label(run),
        "best": None if best is None else _("%(value)s poäng", value=figure(best)),
        "gap_share": None if gap is None else Fraction(gap),
        "elapsed_seconds": max(((run.finished_at or now) - begun).total_seconds(), 0),
        "max_seconds": run.max_seconds if run.state == "running" else None,
        "note": _active_note(run, progress) if is_active else run_explanation(run) or run.message,
    }


def _active_note(run: Any, progress: dict[str, Any]) -> str:
    if run.cancel_requested:
        return str(_("Avbryter …"))
    if run.state == "queued" and run.attempt:
        return str(_("Beräkningen avbröts och väntar på ett nytt försök."))
    if run.state == "queued":
        return run_explanation(run)
    parts = [_("Nu: %(phase)s.", phase=_(PHASES.get(progress.get("phase", ""), PHASES["reading"])))]
    if progress.get("bound") is not None:
        parts.append(_("Ingen plan kan nå över %(bound)s poäng.", bound=figure(progress["bound"])))
    if run.attempt > 1:
        parts.append(_("Försök %(number)s: ett tidigare försök avbröts.", number=run.attempt))
    return " ".join(parts)


def way_step(step: Any, name: str) -> str:
    """What is to be done with a demand so that the rest can hold; amounts in tkr, rounded up so that they are enough."""
    if step.by_ore is None:
        return str(_("Släpp kravet: %(name)s", name=name))
    facts = {"name": name, "amount": tkr(-(-step.by_ore // TKR_ORE) * TKR_ORE, locale=current_locale())}
    if step.bound.endswith("_share"):
        return str(_("%(name)s: andelen ändras, det skiljer %(amount)s", **facts))
    if step.year is None:
        if step.bound.startswith("min"):
            return str(_("%(name)s: minst %(amount)s lägre i allt", **facts))
        return str(_("%(name)s: %(amount)s mer i allt", **facts))
    facts["year"] = str(step.year)
    if step.bound.startswith("min"):
        return str(_("%(name)s %(year)s: minst %(amount)s lägre", **facts))
    return str(_("%(name)s %(year)s: %(amount)s mer", **facts))
