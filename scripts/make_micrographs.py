"""Pack the measured images of notebook 08 into the small files that the course ships.

    python -m pip download --no-deps kikuchipy==0.13.1 aquami==1.1.0
    python scripts/make_micrographs.py kikuchipy-0.13.1-py3-none-any.whl aquami-1.1.0-py3-none-any.whl

needs h5py and Pillow, and prints the checksums that stand in ``matnn_lab/datasets``.
"""

import argparse
import hashlib
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import numpy as np

from matnn_lab.datasets import ebsd, micrographs

PATTERNS = "kikuchipy/data/kikuchipy_h5ebsd/patterns.h5"
MASTER = "kikuchipy/data/emsoft_ebsd_master_pattern/ni_mc_mp_20kv_uint8_gzip_opts9.h5"
GOLD = "aquami/micrographs/Sample.tif"
CAPTION = 688  # rows of the micrograph above its caption


def pack_nickel(wheel: Path) -> dict[str, np.ndarray]:
    """Read the nine patterns with their orientations and projection centers, and the master pattern."""
    import h5py

    with ZipFile(wheel) as archive:
        patterns, master = (BytesIO(archive.read(name)) for name in (PATTERNS, MASTER))
    with h5py.File(patterns) as file:
        scan = file["Scan 1/EBSD"]
        found = scan["CrystalMap/crystal_map/data"]
        content = {name: np.degrees(found[name][:]) for name in ("phi1", "Phi", "phi2")}
        content["score"] = found["scores"][:]
        content |= {name: scan["Header"][name][:].ravel() for name in ("pcx", "pcy", "pcz")}
        content["patterns"] = scan["Data/patterns"][:]
        content["background"] = scan["Header/static_background"][:]
    with h5py.File(master) as file:
        north, south = (file[f"EMData/EBSDmaster/masterSP{each}H"][0] for each in "NS")
    if not (north == south).all():
        raise ValueError(
            "The hemispheres of the master pattern differ; nickel has an inversion center."
        )
    return content | {"master": north}


def pack_gold(wheel: Path) -> dict[str, np.ndarray]:
    """Read the micrograph without its caption and halve it, each pixel the mean of four."""
    from PIL import Image

    with ZipFile(wheel) as archive:
        image = Image.open(BytesIO(archive.read(GOLD))).convert("L")
    grey = np.asarray(image, dtype=float)[:CAPTION]
    halved = grey.reshape(CAPTION // 2, 2, -1, 2).mean(axis=(1, 3))
    return {"image": np.round(halved).astype(np.uint8)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kikuchipy", type=Path)
    parser.add_argument("aquami", type=Path)
    wheels = parser.parse_args()
    for path, content in [
        (ebsd.FILE, pack_nickel(wheels.kikuchipy)),
        (micrographs.FILE, pack_gold(wheels.aquami)),
    ]:
        np.savez_compressed(path, **content)
        print(path.name, path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())


if __name__ == "__main__":
    main()
