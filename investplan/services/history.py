"""What has happened to a record, from the audit: who, when, what. Read only."""

from __future__ import annotations

from sqlalchemy import func, select

from investplan.db.models import AuditEntry
from investplan.domain.labels import N_
from investplan.domain.organisations import FINANCE, OF_ORGANISATION
from investplan.errors import NotAllowedError
from investplan.services import proposals
from investplan.services.work import Work

ACTION_LABELS = {
    "create proposal": N_("Skapade förslaget"),
    "save proposal": N_("Ändrade"),
    "submit proposal": N_("Lämnade in"),
    "carry proposal over": N_("Tog med till nästa omgång"),
    "withdraw proposal": N_("Tog tillbaka till utkast"),
    "mark proposal ready": N_("Gjorde klart för nämnden"),
    "move proposal": N_("Flyttade förslaget"),
    "add gate table": N_("Ändrade grindarna"),
    "ask for investigation": N_("Begärde utredningsmedel"),
    "withdraw investigation": N_("Tog tillbaka begäran om utredningsmedel"),
    "decide investigation": N_("Beslut om utredningsmedel"),
    "score proposal": N_("Satte poäng"),
    "mark secrecy": N_("Ändrade sekretessmarkering"),
    "add attachment": N_("Lade till en fil"),
    "remove attachment": N_("Tog bort en fil"),
    "rank proposals": N_("Rangordnade nämndens förslag"),
    "decide proposal": N_("Beslutades"),
    "import proposals": N_("Läste in förslag från fil"),
    "ask consultation": N_("Skickade ut på remiss"),
    "extend consultation": N_("Ändrade svarsdatum för remiss"),
    "close consultation": N_("Avslutade remiss"),
    "remind party": N_("Påminde om remiss"),
    "give reply": N_("Lämnade remissvar"),
    "save reply draft": N_("Sparade utkast till remissvar"),
    "answer reply": N_("Besvarade remissvar"),
    "enter reply rows": N_("Remissvar ändrade kostnaderna"),
    "remove reply rows": N_("Tog bort remissvars kostnader"),
    "save question set": N_("Ändrade remissfrågor"),
    "write comment": N_("Skrev kommentar"),
    "edit comment": N_("Ändrade kommentar"),
    "delete comment": N_("Tog bort kommentar"),
    "read mention": N_("Läste omnämnande"),
    "add calendar entry": N_("Lade till i årshjulet"),
    "save calendar entry": N_("Ändrade i årshjulet"),
    "remove calendar entry": N_("Tog bort ur årshjulet"),
    "save own settings": N_("Ändrade egna inställningar"),
    "renew calendar address": N_("Förnyade kalenderadress"),
    "end calendar address": N_("Stängde kalenderadress"),
    "create scenario": N_("Skapade scenariot"),
    "save scenario": N_("Ändrade scenariot"),
    "request study": N_("Begärde undersökning"),
    "cancel study": N_("Avbröt undersökningen"),
    "start study part": N_("Undersökningens del började"),
    "store study part": N_("Undersökningens svar sparades"),
    "give back study part": N_("Undersökningens del lämnade plats åt en körning"),
    "requeue study part": N_("Undersökningens del togs om"),
    "fail study part": N_("Undersökningens del misslyckades"),
    "end study": N_("Undersökningen blev klar"),
    "request run": N_("Begärde körning"),
    "start run": N_("Körningen började"),
    "requeue run": N_("Körningen togs om"),
    "store run": N_("Körningens svar sparades"),
    "cancel run": N_("Avbröt körningen"),
    "end run": N_("Körningen avslutades"),
    "fail run": N_("Körningen misslyckades"),
    "record decision": N_("Registrerade beslut"),
    "adopt plan": N_("Antog planen"),
    "add frame row": N_("Lade till justering av ram"),
    "set base frame": N_("Satte utgångsläge för ram"),
    "save financial year": N_("Ändrade ekonomins siffror"),
    "create financial target": N_("Lade till finansiellt mål"),
    "save financial target": N_("Ändrade finansiellt mål"),
    "remove financial target": N_("Tog bort finansiellt mål"),
    "save committee rooms": N_("Ändrade nämndernas rum"),
    "save basis": N_("Ändrade ramens underlag"),
    "remove basis": N_("Tog bort underlag för ram"),
    "save planned row": N_("Ändrade planerad justering"),
    "remove planned row": N_("Tog bort planerad justering"),
    "decide frames": N_("Lade till beslutets ramjusteringar"),
    "record delay": N_("Registrerade senareläggning"),
    "replace proposal rows": N_("Räknade om ett förslags ramjusteringar"),
    "add planning round": N_("Skapade planeringsomgång"),
    "set criteria": N_("Satte kriterier"),
    "add parameters": N_("Lade till parametrar"),
    "choose parameters": N_("Valde parametrar"),
    "add map layer": N_("Lade till kartlager"),
    "add layer version": N_("Lade till version av kartlager"),
    "retire map layer": N_("Tog kartlagret ur bruk"),
    "dismiss pair": N_("Avfärdade samordning"),
    "restore pair": N_("Tog tillbaka avfärdad samordning"),
    "import premises": N_("Läste in lokaler från fil"),
    "set need profile": N_("Ändrade hur behovet räknas"),
    "save account": N_("Ändrade konto"),
    "import budget": N_("Läste in budget från fil"),
    "add population forecast": N_("Läste in befolkningsprognos"),
    "withdraw population forecast": N_("Drog tillbaka befolkningsprognos"),
    "save template": N_("Ändrade mall"),
    "withdraw template": N_("Tog mall ur bruk"),
    "add reference object": N_("Lade till referensobjekt"),
    "remove reference object": N_("Tog bort referensobjekt"),
    "read reference objects": N_("Läste in referensobjekt från fil"),
    "add organisation": N_("Lade till nämnd eller bolag"),
    "end organisation": N_("Lät nämnd eller bolag upphöra"),
    "add district": N_("Lade till område"),
    "add user": N_("Lade till användare"),
    "end user": N_("Avslutade användare"),
    "sign in": N_("Loggade in"),
    "sign out": N_("Loggade ut"),
}
"""Swedish names of what the log's rows record, as message ids; a test holds them against what services write."""


def of(work: Work, noun: str, key: object) -> list[AuditEntry]:
    """The record's audit rows, the latest first.

    Finance and administrators see every record's. Others see proposals' only: the council those it can see, a planner
    those of the own organisation.

    Raises:
        NotAllowedError: the actor may not see this record's history.
        NotFoundError: the actor may not know of the proposal.
    """
    work.require("see")
    if work.actor.role not in FINANCE:
        _refuse_others(work, noun, key)
    query = (
        select(AuditEntry)
        .where(AuditEntry.noun == noun, AuditEntry.key == str(key))
        .order_by(AuditEntry.seq.desc())
    )
    return list(work.session.scalars(query))


def latest(work: Work, *, page: int = 1, size: int = 50) -> tuple[list[AuditEntry], int]:
    """One page of the whole log, the latest first, and how many rows there are."""
    work.require("administer")
    count = work.session.scalar(select(func.count()).select_from(AuditEntry)) or 0
    query = select(AuditEntry).order_by(AuditEntry.seq.desc()).offset((page - 1) * size).limit(size)
    return list(work.session.scalars(query)), count


def last(work: Work, noun: str, key: object) -> AuditEntry | None:
    """The latest change of a record; None where it has none, as for what was never saved."""
    return next(iter(of(work, noun, key)), None)


def _refuse_others(work: Work, noun: str, key: object) -> None:
    if noun != "proposal" or not isinstance(key, int):
        raise NotAllowedError(f"see history of {noun}")
    proposal = proposals.find(work, key)
    if work.actor.role in OF_ORGANISATION and proposal.organisation_id != work.actor.organisation_id:
        raise NotAllowedError("see history of proposal")


def may_see(work: Work, organisation_id: int) -> bool:
    """Whether the actor may see the history of a proposal of that organisation."""
    return work.actor.role not in OF_ORGANISATION or organisation_id == work.actor.organisation_id


def changed_parts(entry: AuditEntry) -> list[str]:
    """Names of the members that differ between before and after, in order; empty where one side is unknown.

    Parts of alternatives are told as `alternatives.<member>`.
    """
    if entry.before is None or entry.after is None:
        return []
    before, after = entry.before, entry.after
    parts = [
        name
        for name in after
        if name in before and name not in ("alternatives", "version") and before[name] != after[name]
    ]
    old = {row["code"]: row for row in before.get("alternatives", ())}
    new = {row["code"]: row for row in after.get("alternatives", ())}
    if old.keys() != new.keys():
        parts.append("alternatives")
    members = (
        name
        for code in new
        if code in old
        for name in dict.fromkeys([*new[code], *old[code]])
        if new[code].get(name) != old[code].get(name)
    )
    return parts + [f"alternatives.{name}" for name in dict.fromkeys(members)]
