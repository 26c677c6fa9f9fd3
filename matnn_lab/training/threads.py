"""One thread for a whole process: for scripts that run beside other programs or compare their seconds."""

import os

# how the names of the variables begin by which libraries are told; RAYON is that of programs in Rust
LIBRARIES = ("OMP", "OPENBLAS", "MKL", "BLIS", "VECLIB_MAXIMUM", "RAYON")


def one_thread() -> None:
    """Keep every library on one thread, in this process and in those that it starts from now on.

    PyTorch's own setting does not reach the linear algebra of NumPy and SciPy, whose threads wait long for
    each other where another program has one of the processors. Libraries that are loaded already are told at
    once, others by the environment.
    """
    for library in LIBRARIES:
        os.environ[f"{library}_NUM_THREADS"] = "1"

    import torch
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(1)
    threadpool_limits(limits=1)
