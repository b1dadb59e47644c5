"""One class per noun. Importing this package registers every table with `Base.metadata`."""

from investplan.db.models.accounts import AccountMapping, BudgetImport
from investplan.db.models.attachments import Attachment
from investplan.db.models.audit import AuditEntry, IdempotencyKey
from investplan.db.models.calendars import CalendarEntry, DailyJob, Mail, UserSetting
from investplan.db.models.carrying import CarryOver
from investplan.db.models.comments import Comment, Mention
from investplan.db.models.consultations import (
    Consultation,
    ConsultationParty,
    QuestionSet,
    Reminder,
    Reply,
    ReplyAnswer,
    ReplyCost,
    ReplyDraft,
)
from investplan.db.models.decisions import DecidedInvestment, Decision, InvestmentDelay
from investplan.db.models.finances import (
    CommitteeRoom,
    CommitteeRooms,
    FinancialFigure,
    FinancialTarget,
    FinancialYear,
)
from investplan.db.models.form_drafts import FormDraft
from investplan.db.models.frames import BaseFrame, CommitteeBasis, FrameAdjustment, PlannedAdjustment
from investplan.db.models.gates import GateTableVersion, InvestigationRequest, StageMove
from investplan.db.models.imports import ImportBatch
from investplan.db.models.layers import DismissedPair, MapLayer, MapLayerFeature, MapLayerVersion
from investplan.db.models.organisations import District, Organisation, User, UserSession
from investplan.db.models.parameters import ParameterSet
from investplan.db.models.populations import PopulationCount, PopulationForecast
from investplan.db.models.premises import NeedProfileRow, Premise
from investplan.db.models.proposals import (
    Alternative,
    Component,
    Criterion,
    Disposal,
    Grant,
    Lease,
    OperatingConsequence,
    Outlay,
    Proposal,
    Score,
)
from investplan.db.models.rankings import CommitteeRank, CommitteeRanking
from investplan.db.models.references import ObjectTemplate, ReferenceObject
from investplan.db.models.rounds import PlanningRound
from investplan.db.models.runs import Outbox, Run
from investplan.db.models.scenarios import Scenario, ScenarioLimit, ScenarioLimitYear, ScenarioRule
from investplan.db.models.secrecy import SecrecyMark
from investplan.db.models.statements import ImpactCheck, Risk, SteeringLink
from investplan.db.models.studies import Study, StudyChunk, StudyMember

__all__ = [
    "AccountMapping",
    "Alternative",
    "Attachment",
    "AuditEntry",
    "BaseFrame",
    "BudgetImport",
    "CalendarEntry",
    "CarryOver",
    "Comment",
    "CommitteeBasis",
    "CommitteeRank",
    "CommitteeRanking",
    "CommitteeRoom",
    "CommitteeRooms",
    "Component",
    "Consultation",
    "ConsultationParty",
    "Criterion",
    "DailyJob",
    "DecidedInvestment",
    "Decision",
    "DismissedPair",
    "Disposal",
    "District",
    "FinancialFigure",
    "FinancialTarget",
    "FinancialYear",
    "FormDraft",
    "FrameAdjustment",
    "GateTableVersion",
    "Grant",
    "IdempotencyKey",
    "ImpactCheck",
    "ImportBatch",
    "InvestigationRequest",
    "InvestmentDelay",
    "Lease",
    "Mail",
    "MapLayer",
    "MapLayerFeature",
    "MapLayerVersion",
    "Mention",
    "NeedProfileRow",
    "ObjectTemplate",
    "OperatingConsequence",
    "Organisation",
    "Outbox",
    "Outlay",
    "ParameterSet",
    "PlannedAdjustment",
    "PlanningRound",
    "PopulationCount",
    "PopulationForecast",
    "Premise",
    "Proposal",
    "QuestionSet",
    "ReferenceObject",
    "Reminder",
    "Reply",
    "ReplyAnswer",
    "ReplyCost",
    "ReplyDraft",
    "Risk",
    "Run",
    "Scenario",
    "ScenarioLimit",
    "ScenarioLimitYear",
    "ScenarioRule",
    "Score",
    "SecrecyMark",
    "StageMove",
    "SteeringLink",
    "Study",
    "StudyChunk",
    "StudyMember",
    "User",
    "UserSession",
    "UserSetting",
]
