"""Write the minutes of the notebooks, the sum of those at their headings, into the two tables of the book."""

import re
from pathlib import Path

from matnn_lab.publishing.welcome import minutes

ROOT = Path(__file__).resolve().parents[1]
TEACHING, MAP = ROOT / "book/teaching.md", ROOT / "book/course_map.md"


def main() -> None:
    teaching, course_map = (page.read_text(encoding="utf-8") for page in (TEACHING, MAP))
    total = 0
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        here, row = minutes(path), rf"^(\|.*/{path.stem}>.*\| )"
        teaching = re.sub(row + r"\d+( min \|)", rf"\g<1>{here}\2", teaching, flags=re.MULTILINE)
        course_map = re.sub(row + r"\d+( \|)$", rf"\g<1>{here}\2", course_map, flags=re.MULTILINE)
        total += here
    course_map = re.sub(r"add up to [\d,]+", f"add up to {round(total, -1):,}", course_map)
    TEACHING.write_text(teaching, encoding="utf-8")
    MAP.write_text(course_map, encoding="utf-8")


if __name__ == "__main__":
    main()
