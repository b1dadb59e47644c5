"""The municipality's questions, and of whom they are suggested."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from investplan.domain.consultations import QuestionRule
from investplan.domain.proposals import Category
from investplan.errors import ConflictError, InvalidInputError, Note
from investplan.services import organisations, question_sets
from web import access, sessions
from web.consultations import forms
from web.proposals.typed import Reader, Typed
from web.texts import label

NEW = "new"
BLANK = QuestionRule("", "", ())


def register(pages: Blueprint) -> None:
    pages.add_url_rule("/questions", view_func=questions, methods=["GET"])
    pages.add_url_rule("/questions/<code>", view_func=edit_questions, methods=["GET"])
    pages.add_url_rule("/questions/<code>", view_func=save_questions, methods=["POST"])


@access.requires("edit round")
def questions() -> ResponseReturnValue:
    work = sessions.current()
    names = {one.code: one.name for one in organisations.everything(work)}
    rows = [
        (one, ", ".join(names.get(code, code) for code in one.rule.organisations))
        for one in question_sets.everything(work)
    ]
    return render_template("consultations/questions.html", rows=rows)


def _render(rule: QuestionRule, code: str, version: int, faults: dict[str, Note], theirs: Any = None) -> str:
    work = sessions.current()
    return render_template(
        "consultations/edit_questions.html",
        rule=rule,
        code=code,
        version=version,
        faults=faults,
        theirs=theirs,
        categories=[(one.value, label(one)) for one in Category],
        districts=[(one.code, one.name) for one in organisations.districts(work)],
        organisations=[(one.code, one.name) for one in organisations.all_valid(work)],
    )


@access.requires("edit round")
def edit_questions(code: str) -> ResponseReturnValue:
    if code == NEW:
        return _render(BLANK, NEW, 0, {})
    found = question_sets.find(sessions.current(), code)
    return _render(found.rule, code, found.version, {})


@access.requires("edit round")
def save_questions(code: str) -> ResponseReturnValue:
    """Change a set, or add one."""
    work = sessions.current()
    if code != NEW:
        question_sets.find(work, code)
    rule, faults = forms.read_rule("" if code == NEW else code, request.form)
    version = Reader(Typed.of_form(request.form).fields, faults).optional_whole("version", 0, 2**31 - 1) or 0
    if not faults:
        try:
            question_sets.save(work, rule, seen_version=version)
        except InvalidInputError as refused:
            faults = refused.fields
        except ConflictError:
            if code == NEW:
                faults = {"code": Note("Koden %(code)s används redan.", {"code": rule.code})}
                return _render(rule, code, 0, faults), 422
            now = question_sets.find(work, code)
            return _render(rule, code, now.version, {}, now.rule), 409
        else:
            flash(_("Frågorna %(name)s är sparade.", name=rule.name), "success")
            return redirect(url_for(".questions"))
    return _render(rule, code, version, faults), 422
