"""Studies in plain words: what each kind asks, how far it has come, and what its figures say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from investplan.domain.labels import N_
from web.formatting import current_locale, duration, mnkr, number, percent

ACTIVE = ("queued", "running")
ENOUGH_TO_JUDGE = 5


@dataclass(frozen=True)
class Kind:
    """Title, the question it answers, and how it is answered."""

    title: str
    question: str
    how: str


KINDS: dict[str, Kind] = {
    "answers": Kind(
        N_("Varför med och varför inte"),
        N_("Vad skulle ta in ett förslag, vad kostar det att vänta, och vad kostar varje gräns?"),
        N_(
            "Den bästa planen söks om för varje fråga: med förslaget, utan det, ett år senare eller utan en gräns. Skillnaden i värde mot planen är svaret."
        ),
    ),
    "operating": Kind(
        N_("Värde mot driftkostnad"),
        N_("Hur mycket värde går förlorat om driftkostnaden måste bli lägre?"),
        N_(
            "Den bästa planen söks om och om igen under allt lägre tak för den sammanlagda driftkostnaden, från planens egen ner till den lägsta möjliga."
        ),
    ),
    "ceiling": Kind(
        N_("Värde mot investeringstak"),
        N_("Vad ger ett högre tak, vad kostar ett lägre, och ligger pengarna rätt år?"),
        N_(
            "Taket höjs och sänks lika mycket alla år, och den bästa planen söks för varje nivå. Dessutom söks en bättre fördelning av samma pengar mellan åren."
        ),
    ),
    "different": Kind(
        N_("Andra planer som är nästan lika bra"),
        N_("Finns det helt andra sätt att få nästan samma värde?"),
        N_(
            "Den bästa plan som skiljer sig tillräckligt söks, sedan den bästa som skiljer sig från båda, och så vidare."
        ),
    ),
    "stability": Kind(
        N_("Löften i en tidigare plan"),
        N_("Vad kostar det att hålla det som lovades i en tidigare plan?"),
        N_(
            "Varje brutet löfte får ett pris i poäng. Den bästa planen söks vid allt högre pris, och då syns vilka löften som hålls och vad det kostar i värde."
        ),
    ),
    "robustness": Kind(
        N_("Vad håller om vi har fel?"),
        N_("Vilka förslag är rätt oavsett om det blir dyrare, senare eller om kriterierna vägs annorlunda?"),
        N_(
            "Kostnader, förseningar och vikter dras slumpvis många gånger, och den bästa planen söks för varje dragning. Varje dragning löses som om den vore känd i förväg: svaret säger vad som då hade varit rätt, inte hur en beslutad plan klarar sig."
        ),
    ),
}

WORDS: dict[str, str] = {
    "always": N_("Alltid med"),
    "never": N_("Aldrig med"),
    "depends": N_("Beror på"),
    "too few": N_("För få dragningar"),
}
SHAPES = {"always": "decided", "never": "rejected", "depends": "dormant", "too few": "draft"}
ORDER = {"always": 0, "depends": 1, "too few": 2, "never": 3}

STATES = {
    "queued": N_("Köad"),
    "running": N_("Pågår"),
    "done": N_("Klar"),
    "cancelled": N_("Avbruten"),
    "failed": N_("Misslyckad"),
}


def title(study: Any, titles: Mapping[str, str]) -> str:
    """The kind's, and the proposal's where it is asked about one alone."""
    kind = str(_(KINDS[study.kind].title))
    about = study.parameters.get("proposals") or ()
    return ": ".join([kind, *(titles.get(number, number) for number in about)])


def state_label(study: Any) -> str:
    return str(_(STATES[study.state]))


def panel(study: Any, now: datetime) -> dict[str, Any]:
    """What the progress panel shows."""
    begun = study.started_at or study.requested_at
    elapsed = max(((study.finished_at or now) - begun).total_seconds(), 0)
    return {
        "label": state_label(study),
        "share": Fraction(study.answered_count, study.member_count),
        "answered": _(
            "%(answered)s av %(all)s",
            answered=number(study.answered_count, locale=current_locale()),
            all=number(study.member_count, locale=current_locale()),
        ),
        "elapsed": elapsed,
        "left": _left(study, elapsed),
        "note": _note(study),
    }


def _left(study: Any, elapsed: float) -> str:
    """About how long it will take, once there is something to judge by."""
    if study.state != "running" or study.answered_count < ENOUGH_TO_JUDGE:
        return ""
    seconds = elapsed / study.answered_count * (study.member_count - study.answered_count)
    return str(_("ungefär %(time)s kvar", time=duration(max(seconds, 1), locale=current_locale())))


def _note(study: Any) -> str:
    if study.state == "queued":
        return str(_("Undersökningen väntar på att beräkningen ska bli ledig. Körningar går före."))
    if study.state == "running":
        return ""
    return str(study.message)


def difference_words(differs: Any) -> str:
    """2 in, 1 ut, 1 flyttat; or that nothing differs."""
    parts = [
        ngettext("%(num)s in", "%(num)s in", len(differs.into)) if differs.into else "",
        ngettext("%(num)s ut", "%(num)s ut", len(differs.out)) if differs.out else "",
        ngettext("%(num)s flyttat", "%(num)s flyttade", len(differs.moved)) if differs.moved else "",
    ]
    return ", ".join(part for part in parts if part) or str(_("samma plan"))


def figure(value: Fraction | None) -> str:
    """Points as the reader writes figures, at most one decimal."""
    if value is None:
        return "–"
    return number(value, 0 if value.denominator == 1 else 1, locale=current_locale())


def between(told: Any) -> str:
    """A figure that is exact or known to lie within a range, in points; what is below nothing is shown as nothing."""
    if told is None:
        return str(_("hann inte räknas"))
    low, high = told.low, told.high
    if high is None:
        return str(_("minst %(low)s", low=figure(low)))
    if low == high:
        return figure(low)
    if low <= 0:
        return str(_("högst %(high)s", high=figure(high)))
    return str(_("%(low)s till %(high)s", low=figure(low), high=figure(high)))


def gap(share: float | None) -> str:
    """A gap in per cent, rounded up so that it never promises too much."""
    if share is None:
        return str(_("okänt"))
    tenths = -(-Fraction(str(share)) * 1000 // 1)
    return percent(Fraction(tenths, 1000), 1 if tenths else 0, locale=current_locale())


def operating_sentences(result: Any) -> list[str]:
    """What a tenth and a quarter less operating cost would do to the value, as far as the points tell."""
    points = [p for p in result.points if p.used_ore >= 0]
    if len(points) < 2:
        return []
    most = points[-1]
    told: list[str] = []
    for share in (Fraction(1, 10), Fraction(1, 4)):
        below = [p for p in points if p.used_ore <= most.used_ore * (1 - share)]
        if not below or not most.value or not most.used_ore:
            continue
        point = below[-1]
        told.append(
            str(
                _(
                    "Med %(less)s lägre driftkostnad (%(saved)s) behålls %(kept)s av värdet.",
                    less=percent(1 - Fraction(point.used_ore, most.used_ore), 0, locale=current_locale()),
                    saved=mnkr(most.used_ore - point.used_ore, locale=current_locale()),
                    kept=percent(point.value / most.value, 1, locale=current_locale()),
                )
            )
        )
    return list(dict.fromkeys(told))


def split_words(split: Any, today: Fraction) -> str:
    """What a better split gives, for the same money."""
    gain = percent((split.value - today) / abs(today), 1, locale=current_locale()) if today else ""
    texts = {
        "later": _(
            "Om outnyttjat tak får sparas till senare år ökar värdet med %(gain)s, för samma pengar.",
            gain=gain,
        ),
        "free": _("Om samma pengar fördelas fritt mellan åren ökar värdet med %(gain)s.", gain=gain),
    }
    return str(texts[split.kind])


def ended_words(result: Any, within: str) -> str:
    """How the search for different plans ended."""
    texts = {
        "all found": _("Så många planer som efterfrågades har hittats."),
        "none left": _(
            "Det är bevisat att ingen ytterligare plan både skiljer sig så mycket och ligger inom %(within)s.",
            within=within,
        ),
        "not known": _("Tiden tog slut innan det var avgjort om det finns någon plan till."),
        "going on": _("Sökningen är inte klar."),
    }
    return str(texts[result.ended])


def promise_words(promise: Any) -> str:
    """Whether a promise is kept, in two or three words; the prices stand beside it."""
    if promise.broken_at is None:
        return str(_("Hålls utan pris"))
    return str(_("Bryts") if promise.kept_from is None else _("Hålls mot pris"))


def named_demands(ids: Sequence[str], labels: Mapping[str, Any], say: Callable[[Any], str]) -> str:
    """What limits and rules are called, in one line."""
    found = (labels.get(one, one) for one in ids)
    return ", ".join(label if isinstance(label, str) else say(label) for label in found)


def nearest_first(out: Sequence[Any]) -> list[Any]:
    """Proposals that are out, those that lack least value first; what can be in no plan last."""

    def key(one: Any) -> tuple[int, Any, str]:
        if one.never:
            return 2, 0, one.proposal
        missing = one.value_missing
        return (
            (1, 0, one.proposal)
            if missing is None or missing.high is None
            else (0, missing.high, one.proposal)
        )

    return sorted(out, key=key)


def by_sureness(proposals: Sequence[Any], decided: set[str]) -> list[Any]:
    """Always first, then what depends by falling share, then never; what is decided already is left out."""
    shown = [p for p in proposals if p.proposal not in decided]
    return sorted(shown, key=lambda p: (ORDER[p.word], -p.count, p.proposal))
