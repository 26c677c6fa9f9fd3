"""Effective conductivity of images, beside SciPy's sparse solvers on the same equations.

Both find the conductivity along x of the same two-phase images, phases 1 and 100: here 16 images at once,
SciPy one after another. SciPy gets the matrix of the same scheme and solves it directly, or by conjugate
gradients with the diagonal as preconditioner, to the same tolerance. Seconds are those of the processor, one
thread, and include the making of the matrix, as each image has its own.
"""

from statistics import median
from time import process_time

import numpy as np
from scipy.sparse import csr_array, diags_array
from scipy.sparse.linalg import cg, spsolve

from matnn_lab.datasets.conductivity import mean_current
from matnn_lab.datasets.microstructures import two_phase
from matnn_lab.training.threads import one_thread

ROUNDS, N, TOLERANCE = 3, 16, 1e-6


def equations(sigma: np.ndarray) -> tuple[csr_array, csr_array]:
    """Return the differences along both diagonals of each pixel, and their conductivities: G and Σ."""
    rows, columns = sigma.shape
    corner = np.arange(sigma.size).reshape(rows, columns)
    right, below = np.roll(corner, -1, 1), np.roll(corner, -1, 0)
    opposite = np.roll(right, -1, 0)
    ends = np.concatenate([np.stack([corner, opposite]), np.stack([below, right])], axis=1)
    start, stop = ends.reshape(2, -1)
    pixel = np.arange(2 * sigma.size)
    signs = np.repeat([-1.0, 1.0], len(pixel))
    shape = (len(pixel), sigma.size)
    difference = csr_array((signs, (np.tile(pixel, 2), np.concatenate([start, stop]))), shape=shape)
    return difference, csr_array(diags_array(np.tile(sigma.ravel(), 2)))


def by_scipy(sigma: np.ndarray, direct: bool) -> float:
    """Solve for k_xx of one image with SciPy."""
    difference, conductivity = equations(sigma)
    field = np.ones(2 * sigma.size)  # E = 1 along x, seen along the diagonals
    source = -(difference.T @ (conductivity @ field))
    matrix = csr_array(difference.T @ conductivity @ difference)
    if direct:
        # two potentials are free: a constant, and the alternation of corners that no diagonal sees
        free = np.ones(sigma.size, dtype=bool)
        free[:2] = False
        potential = np.zeros(sigma.size)
        kept = np.flatnonzero(free)
        potential[kept] = spsolve(matrix[kept][:, kept].tocsc(), source[kept])
    else:
        diagonal = diags_array(1 / matrix.diagonal())
        potential, failed = cg(matrix, source, rtol=TOLERANCE, maxiter=5000, M=diagonal)
        assert not failed
    current = conductivity @ (difference @ potential + field)
    first, second = current.reshape(2, -1)
    return float((first + second).mean() / 2)


def direct(images: np.ndarray) -> list[float]:
    return [by_scipy(each, direct=True) for each in images]


def iterated(images: np.ndarray) -> list[float]:
    return [by_scipy(each, direct=False) for each in images]


def here(images: np.ndarray) -> np.ndarray:
    return mean_current(images, tolerance=TOLERANCE)[:, 0]


WAYS = {"SciPy, direct": direct, "SciPy, iterated": iterated, "here": here}


def main():
    one_thread()
    for edge in (32, 64):
        sigma = np.where(two_phase(N, edge, seed=0), 100.0, 1.0)
        seconds: dict[str, list[float]] = {name: [] for name in WAYS}
        found = {}
        for _round in range(ROUNDS):
            for name, way in WAYS.items():
                start = process_time()
                found[name] = np.asarray(way(sigma))
                seconds[name].append(process_time() - start)
        print(f"{N} images of {edge} × {edge} pixels")
        for name, spent in seconds.items():
            ratio = median(a / b for a, b in zip(spent, seconds["here"], strict=True))
            apart = np.abs(found[name] / found["SciPy, direct"] - 1).max()
            print(
                f"  {name:16} {1000 * median(spent) / N:7.2f} ms an image, here {ratio:5.1f} times as fast, "
                f"k within {apart:.0e}"
            )


if __name__ == "__main__":
    main()
