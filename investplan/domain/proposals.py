"""What a proposal says, as plain facts: the vocabulary that files, database, pages and the optimiser's case share.

A proposal is investigated in stages (domain reference 5.1) and has one or more alternatives, of which at most one
is carried out. Everything in an alternative is told relative to the start year, so that it can be moved in time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from investplan.domain.statements import ImpactCheck, PlanStatus, Risk, SteeringLink, Trigger
from investplan.units import Ore


class Stage(StrEnum):
    """How far the investigation has come, in order (domain reference 5.1, stages 0-9)."""

    NEED = "need"
    NEEDS_ANALYSIS = "needs_analysis"
    PRE_STUDY = "pre_study"
    DESIGN = "design"
    IMPLEMENTATION_DECISION = "implementation_decision"
    STARTING_PERMIT = "starting_permit"
    IMPLEMENTATION = "implementation"
    COMMISSIONING = "commissioning"
    FINAL_ACCOUNT = "final_account"
    EX_POST = "ex_post"

    @property
    def order(self) -> int:
        return list(Stage).index(self)


class Status(StrEnum):
    """Where the proposal is in the budget process; only `DECIDED` feeds real frames."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    DECIDED = "decided"
    DORMANT = "dormant"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


class Category(StrEnum):
    """Purpose of the investment (domain reference 5.3)."""

    EXPANSION = "expansion"
    REINVESTMENT = "reinvestment"
    LEGAL = "legal"
    EFFICIENCY = "efficiency"
    DEVELOPMENT = "development"
    CLIMATE = "climate"
    EQUIPMENT = "equipment"


class AlternativeKind(StrEnum):
    BUILD = "build"
    REBUILD = "rebuild"
    LEASE = "lease"
    NOTHING = "nothing"
    SHARED_USE = "shared_use"
    OTHER_PLACE = "other_place"


class Part(StrEnum):
    """Whose asset a component is: the property owner's (charged on as rent where there is a landlord) or the user's."""

    PROPERTY = "property"
    USER = "user"


class Recognition(StrEnum):
    """How a grant meets the result: over the useful life, or at completion (domain reference 1.9)."""

    OVER_LIFE = "over_life"
    AT_COMPLETION = "at_completion"


class OperatingKind(StrEnum):
    RENT = "rent"
    MEDIA = "media"
    STAFF = "staff"
    MAINTENANCE = "maintenance"
    CLEANING = "cleaning"
    IT = "it"
    REVENUE = "revenue"
    OTHER = "other"


@dataclass(frozen=True)
class Outlay:
    """Money spent on the investment, gross, in year start + `year_offset`."""

    year_offset: int
    amount_ore: Ore


@dataclass(frozen=True)
class Component:
    """A part of the asset with its own useful life; `life_months` None is land, which is never depreciated.

    Args:
        commissioned_after_months: From January of the start year to the month in which this part is taken into use;
            None where it is taken into use with the alternative as a whole.
        lease_months: For an improvement on others' property: what is left of the lease when the part is taken into
            use. The useful life is never longer.
    """

    name: str
    amount_ore: Ore
    life_months: int | None
    part: Part = Part.PROPERTY
    residual_ore: Ore = 0
    commissioned_after_months: int | None = None
    lease_months: int | None = None


@dataclass(frozen=True)
class Grant:
    """A grant or contribution received in year start + `year_offset`, as a positive amount."""

    name: str
    year_offset: int
    amount_ore: Ore
    recognition: Recognition = Recognition.OVER_LIFE
    lowers_interest_base: bool = False


@dataclass(frozen=True)
class OperatingConsequence:
    """A yearly cost (+) or saving, revenue, ended cost (−) for one committee.

    Starts `starts_after_months` after the first month that is charged capital cost and goes on for `lasts_months`
    (None: for good). `internal` rows are paid to another part of the municipality: they count for the committee and
    are eliminated in the consolidated view.

    Args:
        reply_id: The reply to a consultation that stated the row, on its own committee's behalf; None is the planner's.
    """

    committee: str
    kind: OperatingKind
    annual_ore: Ore
    starts_after_months: int = 0
    lasts_months: int | None = None
    internal: bool = False
    ended: bool = False
    note: str = ""
    reply_id: int | None = None


@dataclass(frozen=True)
class Lease:
    """Premises rented from someone outside the municipality (domain reference 2.4).

    Args:
        tenant: Code of the committee that pays.
        ore_per_m2: Base rent per m² and year in the prices of the alternative's price level year.
        index_share: How much of the rent follows the consumer price index, 0-1.
        starts_after_months: From the first charged month of the alternative to the first month of rent.
        lasts_months: Length; None goes on for good.
        ended: The alternative ends this lease: rent falls away when the notice has run out.
        notice_months: From the first charged month until an ended lease has run out: rent is paid twice meanwhile.
        restoration_ore: What restoring the premises costs when the lease runs out.
    """

    name: str
    tenant: str
    area_m2: int
    ore_per_m2: Ore
    index_share: Fraction = Fraction(1)
    starts_after_months: int = 0
    lasts_months: int | None = None
    ended: bool = False
    notice_months: int = 0
    restoration_ore: Ore = 0


@dataclass(frozen=True)
class Disposal:
    """An old asset that goes when the new one is taken into use: book value left then, and the life it would have had.

    The book value is expensed in the year; the depreciation and interest that would have followed are ended costs.
    """

    name: str
    committee: str
    remaining_book_value_ore: Ore
    remaining_months: int


@dataclass(frozen=True)
class Alternative:
    """One way to meet the need. `None` where a planner has not stated something; an explicit zero is an empty tuple.

    Args:
        commissioned_after_months: From January of the start year to the month of commissioning (0 = January).
        landlord: Organisation code of the property owner who charges internal rent; None where the committee owns.
        area_m2: Rented area for the kr/m² items of the internal rent; None where there is no landlord.
        price_level_year: The year in whose prices the outlay is stated.
        place_wkt: Point, line or polygon in EPSG:3006 (east north), None where no place is stated.
        benefit_percent: How much of the proposal's weighted points this alternative gives, 0-100.
        accuracy_percent: How far the outlay may miss either way, ± per cent.
        reserve_percent: The part of the outlay that is set aside for what is not known yet, in per cent of it.
        excludes_vat: The planner has made sure that every amount is without VAT.
        places: Places (children, pupils, beds, seats) that are gained.
        gained_m2: Area that is gained, where it is not `area_m2`.
        length_m: Length that is built or renewed.
        property_designation: Fastighetsbeteckning of the place.
        rejected: Is not open any more: it stays readable, with its reason, and never competes.
        template: The object template that outlay and components were proposed from, as it was called then.
        from_replies: Operating rows that consulted committees and companies have added (domain reference 5.5): apart
            from `operating`, so that what the planner has stated, or not, stays as it is.
    """

    code: str
    title: str
    kind: AlternativeKind
    starts: tuple[int, ...]
    price_level_year: int
    commissioned_after_months: int = 0
    landlord: str | None = None
    area_m2: int | None = None
    benefit_percent: int = 100
    place_wkt: str | None = None
    outlays: tuple[Outlay, ...] = ()
    components: tuple[Component, ...] = ()
    grants: tuple[Grant, ...] | None = None
    operating: tuple[OperatingConsequence, ...] | None = None
    disposals: tuple[Disposal, ...] | None = None
    leases: tuple[Lease, ...] = ()
    accuracy_percent: int | None = None
    reserve_percent: int | None = None
    excludes_vat: bool | None = None
    places: int | None = None
    gained_m2: int | None = None
    length_m: int | None = None
    property_designation: str = ""
    plan_status: PlanStatus | None = None
    rejected: bool = False
    rejected_reason: str = ""
    template: str = ""
    from_replies: tuple[OperatingConsequence, ...] = ()

    @property
    def all_operating(self) -> tuple[OperatingConsequence, ...]:
        """Every operating row that counts, whoever stated it."""
        return (*(self.operating or ()), *self.from_replies)

    @property
    def outlay_ore(self) -> Ore:
        """Gross outlay over all years, öre."""
        return sum(outlay.amount_ore for outlay in self.outlays)

    @property
    def size_m2(self) -> int | None:
        """The area that the alternative gives: what is gained, else what is rented."""
        return self.area_m2 if self.gained_m2 is None else self.gained_m2


@dataclass(frozen=True)
class ProposalFacts:
    """A whole proposal as stated by its committee.

    Args:
        object_type: Code of the object template of what it is about (preschool, road …); None where none fits.
        without_action: What happens if nothing is done.
        risks: None where not stated; an empty tuple says that there are none to speak of.
        impacts: One check per impact that has been looked into; the others are not stated.
    """

    case_number: str
    title: str
    committee: str
    category: Category
    purpose: str
    stage: Stage
    district: str | None = None
    required: bool = False
    place_note: str = ""
    source_ref: str = ""
    alternatives: tuple[Alternative, ...] = ()
    scores: dict[str, int] = field(default_factory=dict)
    object_type: str | None = None
    unit: str = ""
    contact_role: str = ""
    contact_name: str = ""
    target_group: str = ""
    trigger: Trigger | None = None
    without_action: str = ""
    need_year: int | None = None
    steering: tuple[SteeringLink, ...] = ()
    risks: tuple[Risk, ...] | None = None
    impacts: tuple[ImpactCheck, ...] = ()

    @property
    def open_alternatives(self) -> tuple[Alternative, ...]:
        """Those that may still be chosen."""
        return tuple(one for one in self.alternatives if not one.rejected)

    @property
    def outlay_ore(self) -> Ore:
        """What lists show: the gross outlay of the first alternative that is open, öre."""
        return next((one.outlay_ore for one in self.open_alternatives), 0)
