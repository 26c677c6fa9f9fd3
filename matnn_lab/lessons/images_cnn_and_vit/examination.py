"""Examination question of notebook 08, images."""

import numpy as np

from matnn_lab.classroom.examination import Question
from matnn_lab.text import gettext as _


def receptive_field(rng: np.random.Generator) -> Question:
    """Ask how far one place of the last layer sees."""
    n = int(rng.integers(3, 5))
    kernels, strides = rng.choice([3, 5, 7], n).tolist(), rng.choice([1, 2], n).tolist()
    before = np.cumprod([1, *strides])
    wider = np.array(kernels) - 1
    pixel = int(rng.integers(5, 60))
    field = int(1 + wider @ before[:-1])
    return Question(
        text=_(
            "The layers of a CNN have kernels of the edges {kernels}, first layer first, and are "
            "moved by the strides {strides}, in pixels of the image that each layer gets. A pixel "
            "of the micrograph is {pixel_nm} nm wide. How many nm wide is the part of the "
            "micrograph that one place of the last layer sees?"
        ),
        given={"kernels": kernels, "strides": strides, "pixel_nm": pixel},
        way="field, step = 1, 1\n"
        "for kernel, stride in zip(kernels, strides):\n"
        "    field += (kernel - 1) * step\n"
        "    step *= stride\n"
        "field * pixel_nm",
        answer=field * pixel,
        mistakes=[
            (
                int(1 + wider.sum()) * pixel,
                _(
                    "After a stride of 2 a pixel of the next image stands for two of the micrograph."
                ),
            ),
            (
                int(1 + wider @ before[1:]) * pixel,
                _("The stride of a layer counts for the layers after it, not for its own kernel."),
            ),
            (
                int(np.array(kernels) @ before[:-1]) * pixel,
                _("A kernel of k pixels adds k − 1 steps to the field, not k."),
            ),
            (field, _("This is in pixels; the answer is asked for in nm.")),
        ],
        unit="nm",
    )


QUESTIONS = (receptive_field,)
