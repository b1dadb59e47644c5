"""Studies of a plan: which there are, asking for one, following it, and what it tells."""

from __future__ import annotations

import secrets
from fractions import Fraction
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.errors import InvalidInputError, Note, NotFoundError
from investplan.services import runs, studies, study_families
from web import access, sessions
from web.errors import say
from web.formatting import current_locale, percent
from web.runs.telling import run_label
from web.studies import charts, forms, telling

pages = Blueprint("studies", __name__, template_folder="templates", url_prefix="/studies")


@pages.get("/of-run/<int:run_id>")
@access.requires("see")
def index(run_id: int) -> ResponseReturnValue:
    """The kinds of studies, and those made of the run's plan."""
    work = sessions.current()
    run = runs.find(work, run_id)
    return render_template(
        "studies/index.html",
        run=run,
        kinds=telling.KINDS,
        studies=studies.of_run(work, run_id),
        telling=telling,
        titles={} if run.value is None else study_families.titles_of(run),
        has_plan=run.value is not None,
    )


@pages.get("/of-run/<int:run_id>/new/<kind>")
@access.requires("run scenario")
def new(run_id: int, kind: str) -> ResponseReturnValue:
    """The form of a kind, filled with what usually does."""
    work = sessions.current()
    run = runs.find(work, run_id)
    _known(kind)
    if run.value is None:
        return redirect(url_for(".index", run_id=run_id))
    return _form(
        run, kind, forms.defaults(kind, study_families.criteria_of(run)), {}, secrets.token_urlsafe(16)
    )


def _known(kind: str) -> None:
    if kind not in telling.KINDS:
        raise NotFoundError("kind of study", kind)


def _form(run: Any, kind: str, values: dict[str, str], errors: dict[str, Note], key: str) -> str:
    work = sessions.current()
    choices: dict[str, Any] = {}
    if kind == "ceiling":
        choices["limits"] = study_families.ceilings_of(run)
    if kind == "stability":
        choices["plans"] = [(str(one.id), _plan_name(one)) for one in study_families.earlier_plans(work, run)]
        before = str(run.scenario.previous_run_id or "")
        values = {**values, "promises_of": values.get("promises_of") or before}
    return render_template(
        "studies/new.html",
        run=run,
        kind=kind,
        about=telling.KINDS[kind],
        values=values,
        errors=errors,
        key=key,
        criteria=study_families.criteria_of(run),
        choices=choices,
        too_little=_too_little(kind, choices),
    )


def _plan_name(run: Any) -> str:
    return str(
        _(
            "%(name)s, körning %(number)s (%(state)s)",
            name=run.scenario.name,
            number=run.id,
            state=run_label(run),
        )
    )


def _too_little(kind: str, choices: dict[str, Any]) -> str:
    """Why the study cannot be made of this plan; empty where it can."""
    if kind == "ceiling" and not choices["limits"]:
        return str(
            _(
                "Scenariot har inget investeringstak med belopp per år, så det finns inget tak att höja eller sänka."
            )
        )
    if kind == "stability" and not choices["plans"]:
        return str(_("Det finns ingen annan plan i budgetomgången, och därför inga löften att pröva."))
    return ""


@pages.post("/of-run/<int:run_id>/new/<kind>")
@access.requires("run scenario")
def create(run_id: int, kind: str) -> ResponseReturnValue:
    """Ask for a study."""
    work = sessions.current()
    run = runs.find(work, run_id)
    _known(kind)
    found = studies.active(work, run_id)
    if found is not None:
        flash(_("Planen har redan en undersökning som väntar eller pågår."), "info")
        return redirect(url_for(".show", study_id=found.id), 303)
    typed = forms.read(kind, request.form, study_families.criteria_of(run))
    key = request.form.get("key", "")[:100]
    if not typed.errors:
        _complete(run, kind, typed)
    if not typed.errors:
        try:
            study = studies.request(
                work,
                run_id,
                kind,
                typed.parameters,
                gap=typed.gap,
                member_seconds=typed.member_seconds,
                seed=typed.seed,
                key=key,
            )
            return redirect(url_for(".show", study_id=study.id), 303)
        except InvalidInputError as error:
            typed.errors = {{"promises": "promises_of"}.get(k, k): note for k, note in error.fields.items()}
    return _form(run, kind, typed.values, typed.errors, key), 422


def _complete(run: Any, kind: str, typed: forms.Typed) -> None:
    """What the form only points at: an earlier plan's promises, the scores behind the values."""
    if kind == "stability":
        work = sessions.current()
        chosen = typed.values["promises_of"]
        earlier = {str(one.id): one for one in study_families.earlier_plans(work, run)}
        if chosen not in earlier:
            typed.errors["promises_of"] = Note("Välj vilken plan som löftena står i.")
            return
        typed.parameters["promises"] = study_families.promises_of(earlier[chosen])
    if "ranking" in typed.parameters:
        typed.parameters["scores"], typed.parameters["weights"] = study_families.scores_of(run)


@pages.post("/of-run/<int:run_id>/about/<path:case_number>")
@access.requires("ask about plan")
def ask_about(run_id: int, case_number: str) -> ResponseReturnValue:
    """Ask what would bring one proposal in."""
    work = sessions.current()
    found = studies.active(work, run_id)
    if found is None:
        found = studies.ask_about(work, run_id, case_number, key=request.form.get("key", "")[:100])
    elif not study_families.asks_about(found, case_number):
        flash(
            _("Planen har redan en undersökning som väntar eller pågår. Fråga igen när den är klar."), "info"
        )
    return redirect(url_for(".show", study_id=found.id), 303)


@pages.get("/<int:study_id>")
@access.requires("see")
def show(study_id: int) -> ResponseReturnValue:
    """How the study goes, and what its answers tell so far."""
    work = sessions.current()
    study = studies.find(work, study_id)
    result = study_families.result_of(work, study)
    return render_template(
        f"studies/{study.kind}.html",
        study=study,
        run=study.run,
        about=telling.KINDS[study.kind],
        panel=telling.panel(study, work.now()),
        active=study.state in telling.ACTIVE,
        may_cancel=studies.may_cancel(work, study),
        result=result,
        titles=study_families.titles_of(study.run),
        telling=telling,
        say=say,
        **(_shown(study, result) if result is not None else {}),
    )


def _shown(study: Any, result: Any) -> dict[str, Any]:
    """What the kind's own template needs besides the result."""
    if study.kind == "answers":
        return {
            "labels": study_families.demand_labels(study.run),
            "sorted_out": telling.nearest_first(result.out),
        }
    if study.kind == "operating" and result.points:
        most = result.points[-1].used_ore
        title = _("Driftkostnad över planens år")
        spec = charts.frontier(result.points, most, title, _("Planen"), cap=False)
        return {"spec": spec, "sentences": telling.operating_sentences(result)}
    if study.kind == "ceiling" and result.points:
        today = sum(ore or 0 for ore in result.ceiling_ore)
        points = [one.point for one in result.points]
        spec = charts.frontier(points, today, _("Tak över planens år"), _("Dagens tak"), cap=True)
        return {"spec": spec, "today_ore": today}
    if study.kind == "different":
        share = Fraction(study.parameters.get("within", "0.02"))
        within = percent(share, 0 if (share * 100).denominator == 1 else 1, locale=current_locale())
        return {"ended": telling.ended_words(result, within), "within": within}
    if study.kind == "stability" and result.curve:
        return {"spec": charts.promises(result.curve)}
    if study.kind == "robustness":
        rows = telling.by_sureness(result.proposals, study_families.decided_in(study.run))
        uncertain = [one for one in rows if one.word == "depends"]
        titles = study_families.titles_of(study.run)
        counts = {word: sum(one.word == word for one in rows) for word in telling.WORDS}
        return {
            "rows": rows,
            "counts": counts,
            "uncertain": uncertain,
            "spec": charts.shares(uncertain, titles) if uncertain else None,
            "most_bars": charts.MOST_BARS,
        }
    return {}


@pages.get("/<int:study_id>/progress")
@access.requires("see")
def progress(study_id: int) -> ResponseReturnValue:
    """The progress panel alone, polled while the study goes on."""
    work = sessions.current()
    study = studies.find(work, study_id)
    return render_template(
        "studies/progress.html",
        study=study,
        panel=telling.panel(study, work.now()),
        active=study.state in telling.ACTIVE,
        may_cancel=studies.may_cancel(work, study),
        reload=True,
    )


@pages.post("/<int:study_id>/cancel")
@access.requires("ask about plan")
def cancel(study_id: int) -> ResponseReturnValue:
    studies.cancel(sessions.current(), study_id)
    return redirect(url_for(".show", study_id=study_id), 303)


@pages.get("/<int:study_id>/study.json")
@access.requires("see")
def study_json(study_id: int) -> ResponseReturnValue:
    """Everything: what was asked, each member with its answer, and the result."""
    work = sessions.current()
    study = studies.find(work, study_id)
    return Response(
        study_families.study_file(work, study),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="study-{study_id}.json"'},
    )
