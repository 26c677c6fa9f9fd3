"""Whatever computes in a process that asked for one thread has one, and so has what the process starts."""

import os
import re
import subprocess
import sys

import pytest

from matnn_lab.course.environment import ROOT
from matnn_lab.training.threads import LIBRARIES

PROGRAMS = sorted([*ROOT.glob("scripts/*.py"), *ROOT.glob("benchmarks/*.py")])
# numpy's linear algebra is loaded before, SciPy's and the pool of scikit-learn after the libraries are told
COUNT = """
import subprocess, sys
import numpy
from threadpoolctl import threadpool_info
if "child" not in sys.argv:
    from matnn_lab.training.threads import one_thread
    before = {pool["num_threads"] for pool in threadpool_info()}
    one_thread()
import torch, scipy.linalg, sklearn.ensemble
print(*(pool["num_threads"] for pool in threadpool_info()), torch.get_num_threads())
if "child" not in sys.argv:
    assert before == {2}, before
    subprocess.run([sys.executable, "-c", sys.argv[1], sys.argv[1], "child"], check=True)
"""


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="a single processor has one thread anyway")
def test_every_library_has_one_thread_in_the_process_and_in_those_that_it_starts():
    names = {f"{library}_NUM_THREADS" for library in LIBRARIES}
    plain = {name: value for name, value in os.environ.items() if name not in names}
    told = subprocess.run(
        [sys.executable, "-c", COUNT, COUNT],
        env={**plain, "OPENBLAS_NUM_THREADS": "2"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    counts = [line.split() for line in told.stdout.splitlines()]
    assert [set(line) for line in counts] == [{"1"}, {"1"}]
    assert min(map(len, counts)) > 3


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_no_program_tells_pytorch_alone(program):
    assert not re.search(
        r"set_num_threads|threadpool_limits|_NUM_THREADS", program.read_text("utf-8")
    )
