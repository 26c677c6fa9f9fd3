"""What each data set says about itself: where it is from, in which units, and what was left out."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Literal

from matnn_lab.text import gettext as _


@dataclass(frozen=True, eq=False)
class Card(dict):
    """The facts that belong to a data set wherever it is shown.

    A card is also a dict of its attributes: pandas writes ``.attrs`` into a parquet file as JSON, which knows
    dicts and nothing else of this kind. Read it by its attributes.

    Attributes
    ----------
    name
        The function in ``matnn_lab.datasets`` that loads the set.
    title
        What the set is, in a few words; a computed set says "computed" here.
    kind
        ``"measured"`` or ``"computed"``.
    source
        Who made the numbers and how they came here.
    doi
        Digital object identifiers of the source, the one to cite first.
    licence
        Under which terms the data may be used.
    n
        Number of rows.
    units
        Unit of each column; ``"label"`` for text and ``"count"`` for whole numbers.
    dropped
        How many entries of the source were left out, by reason.
    notes
        What a reader has to know before she uses the numbers.
    """

    name: str
    title: str
    kind: Literal["measured", "computed"]
    source: str
    doi: tuple[str, ...]
    licence: str
    n: int
    units: Mapping[str, str]
    dropped: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.update({each.name: getattr(self, each.name) for each in fields(self)})

    def __copy__(self) -> "Card":
        return self

    def __deepcopy__(self, memo: dict) -> "Card":
        """Return the card itself, which never changes; pandas copies ``.attrs`` at every step."""
        return self

    def to_markdown(self, heading: str = "###") -> str:
        """Return the card as markdown: a table of facts, one of columns, one of what was dropped."""
        links = ", ".join(f"[{doi}](https://doi.org/{doi})" for doi in self.doi)
        facts = [
            (_("Load with"), f"`matnn_lab.datasets.{self.name}()`"),
            (_("Kind"), _("measured") if self.kind == "measured" else _("**computed**")),
            (_("Rows"), f"{self.n:,}"),
            (_("Source"), self.source),
            (_("DOI"), links),
            (_("Licence"), self.licence),
        ]
        columns = [(f"`{column}`", unit) for column, unit in self.units.items()]
        parts = [f"{heading} {self.title}", _table((_("Fact"), _("Value")), facts)]
        parts.append(_table((_("Column"), _("Unit")), columns))
        if self.dropped:
            dropped = [(reason, f"{count:,}") for reason, count in self.dropped.items()]
            parts.append(_table((_("Dropped because"), _("Entries")), dropped))
        else:
            parts.append(_("Nothing was dropped."))
        if self.notes:
            parts.append("\n".join(f"- {note}" for note in self.notes))
        return "\n\n".join(parts) + "\n"

    def _repr_markdown_(self) -> str:
        return self.to_markdown()


def _table(header: tuple[str, str], rows: list[tuple[str, str]]) -> str:
    lines = [header, ("---", "---"), *rows]
    return "\n".join(f"| {left} | {right} |" for left, right in lines)
