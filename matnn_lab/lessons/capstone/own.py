"""A table and a folder as a reader might bring them, with the faults that such files have."""

from pathlib import Path

from matnn_lab.datasets import alloys, prototype_crystals

STRENGTH = "yield_strength_mpa"
ENERGY = "energy_ev_per_atom"


def write_table(folder: Path, n: int = 300) -> Path:
    """Write measured strengths of alloys as a spreadsheet would, with four cells spoiled by hand."""
    rows = alloys().dropna(subset=[STRENGTH, "temperature_c"]).sample(n, random_state=0)
    rows = rows.rename(columns={"reference_id": "paper"})
    rows = rows[["formula", STRENGTH, "temperature_c", "paper"]].astype(object)
    for place, column, cell in (
        (3, STRENGTH, "850-900"),
        (17, STRENGTH, ">1200"),
        (40, "formula", "alloy no. 7"),
        (101, "temperature_c", "room"),
    ):
        rows.iloc[place, rows.columns.get_loc(column)] = cell
    path = folder / "strengths.csv"
    rows.to_csv(path, index=False, lineterminator="\n")
    return path


def write_crystals(folder: Path, n: int = 80) -> tuple[Path, Path]:
    """Write computed crystals as CIF files, with a table of their energies and four faults."""
    rows = prototype_crystals().sample(n, random_state=0).reset_index(drop=True)
    crystals = folder / "cifs"
    crystals.mkdir()
    lines = [f"file,{ENERGY}"]
    for number, (structure, energy) in enumerate(
        zip(rows["structure"], rows["formation_energy_ev_per_atom"], strict=True)
    ):
        text = structure.to(fmt="cif")
        if number == 5:
            text = text[:200]  # a file that was cut off
        elif number == 11:
            text = text.replace("  1\n", "  0.5\n")  # half of each site is empty
        (crystals / f"{number:03}.cif").write_text(text, encoding="utf-8")
        if number != 20:  # forgotten in the table
            lines.append(f"{number:03}.cif,{'tbd' if number == 30 else round(energy, 4)}")
    path = folder / "energies.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return crystals, path
