"""The municipality's own map layers: a layer has versions, a version has features, and neither ever changes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from investplan.db.base import Base, JsonValue, Moment, one_of
from investplan.domain.layers import LayerKind


class MapLayer(Base):
    """A named layer. `retired_at` takes it out of use; its versions stay, for what was told with them."""

    __tablename__ = "map_layer"
    __table_args__ = (one_of("kind", LayerKind),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    retired_at: Mapped[datetime | None] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(default=1)

    versions: Mapped[list[MapLayerVersion]] = relationship(
        back_populates="layer", lazy="selectin", order_by="MapLayerVersion.number"
    )

    @property
    def current(self) -> MapLayerVersion:
        """The latest version: the one that counts."""
        return self.versions[-1]


class MapLayerVersion(Base):
    """One upload. `source_date` is the day the data are of; `report` tells what was mended and left out, and why."""

    __tablename__ = "map_layer_version"
    __table_args__ = (UniqueConstraint("layer_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    layer_id: Mapped[int] = mapped_column(ForeignKey("map_layer.id"), index=True)
    number: Mapped[int]
    source: Mapped[str] = mapped_column(String(200), default="")
    source_date: Mapped[date]
    label_column: Mapped[str] = mapped_column(String(120), default="")
    file_name: Mapped[str] = mapped_column(String(200))
    content_sha256: Mapped[str] = mapped_column(String(64))
    read_as: Mapped[str] = mapped_column(String(40))
    feature_count: Mapped[int]
    report: Mapped[dict[str, Any]] = mapped_column(JsonValue)
    added_by: Mapped[int]
    added_at: Mapped[datetime] = mapped_column(Moment)

    layer: Mapped[MapLayer] = relationship(back_populates="versions", lazy="joined")


class MapLayerFeature(Base):
    """One feature, in EPSG:3006, with its box. `number` is its place in the file, from 1."""

    __tablename__ = "map_layer_feature"
    __table_args__ = (
        Index("ix_map_layer_feature_box", "version_id", "min_e", "max_e", "min_n", "max_n"),
        Index("ix_map_layer_feature_label", "version_id", "label"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("map_layer_version.id"))
    number: Mapped[int]
    label: Mapped[str] = mapped_column(String(120), default="")
    min_e: Mapped[float]
    min_n: Mapped[float]
    max_e: Mapped[float]
    max_n: Mapped[float]
    geometry: Mapped[bytes] = mapped_column(LargeBinary)


class DismissedPair(Base):
    """Two proposals that lie near each other and yet are not to be coordinated, with the reason; first id < second."""

    __tablename__ = "dismissed_pair"
    __table_args__ = (UniqueConstraint("first_id", "second_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    first_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"))
    second_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"), index=True)
    reason: Mapped[str] = mapped_column(String(500))
    dismissed_by: Mapped[int]
    dismissed_at: Mapped[datetime] = mapped_column(Moment)
