"""The contents of a report: its parts, its drawings and its galleries, each made once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from cam_augment.base.stop import STOP
from cam_augment.records import ImpactProfile
from cam_augment.report.drawing import Helpers
from cam_augment.report.order import in_one_order
from cam_augment.report.parts import (
    FIGURES,
    SECTIONS,
    TABLES,
    Entry,
    Figure,
    Gallery,
    Table,
    in_order,
)


@dataclass(frozen=True)
class Report:
    """All parts of one profile's report, each made once.

    Attributes:
        pages: language to the file of the page in it, where there is more than one.
    """

    profile: ImpactProfile
    helpers: Helpers = field(default_factory=Helpers)
    pages: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def ordered(self) -> ImpactProfile:
        """The profile, its strategies in the one order of the report."""
        return in_one_order(self.profile)

    @cached_property
    def sections(self) -> dict[str, list[Table | Figure]]:
        """The sections of the page with their parts, in order; figures before tables."""
        sections: dict[str, list[Table | Figure]] = {name: [] for name in SECTIONS}
        entries: list[Entry[Table | Figure]] = [*FIGURES, *TABLES]
        for entry in in_order(entries):
            STOP.check()
            part = entry.make(self.ordered)
            if part is not None:
                sections[entry.section].append(part)
        return {name: parts for name, parts in sections.items() if parts}

    @cached_property
    def parts(self) -> list[Table | Figure]:
        """Tables and figures, chapter after chapter."""
        return [part for parts in self.sections.values() for part in parts]

    @property
    def tables(self) -> list[Table]:
        """Tables in the order of the page."""
        return [part for part in self.parts if isinstance(part, Table)]

    @property
    def figures(self) -> list[Figure]:
        """Figures in the order of the page."""
        return [part for part in self.parts if isinstance(part, Figure)]

    @cached_property
    def drawings(self) -> dict[str, dict[str, bytes]]:
        """Figure name to its files, by the endings of their names."""
        return self.helpers.draw(self.figures, meanwhile=lambda: self.galleries)

    @cached_property
    def galleries(self) -> dict[str, Gallery | None]:
        """Figure name to its gallery, where it has one."""
        return {part.name: part.gallery and part.gallery() for part in self.figures}
