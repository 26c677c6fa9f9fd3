"""Write the cards of all data sets to the page ``book/data_cards.md``.

python scripts/write_data_cards.py
"""

from pathlib import Path

from matnn_lab.datasets import CARDS

PAGE = Path(__file__).parents[1] / "book" / "data_cards.md"

INTRODUCTION = """\
# Data cards

Each data set of the course says here where it is from, under which licence, in which units, and what was
left out and why. In a notebook, `card("formation_enthalpies")` shows the same card, and so does the attribute
`attrs["card"]` of a loaded table. All sets load offline.
"""


def page() -> str:
    """Return the page as markdown."""
    return "\n".join([INTRODUCTION, *(card.to_markdown(heading="##") for card in CARDS.values())])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE}: {len(CARDS)} cards")
