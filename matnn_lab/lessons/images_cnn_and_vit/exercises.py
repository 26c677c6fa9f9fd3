"""Exercises of notebook 08, images."""

import numpy as np

from matnn_lab.classroom.tasks import task
from matnn_lab.text import gettext as _


def wavelength(power, width_px, pixel_nm):
    """Return the wavelength in nm of the strongest ring."""
    return width_px * pixel_nm / (np.argmax(power) + 1)


def spectra():
    """Yield spectra with one peak, and images of different size and magnification.

    One image has an odd number of pixels, and the strongest ring is the last one of one image and one of the
    first in two others.
    """
    rng = np.random.default_rng(81)
    sizes = (
        (16, 4, 32, 1.1),
        (32, 9, 65, 0.5),
        (20, 2, 41, 3.0),
        (12, 0, 24, 2.5),
        (15, 14, 30, 0.8),
    )
    for n, peak, width, pixel in sizes:
        power = rng.uniform(0, 1, n)
        power[peak] = 5.0
        yield power, width, pixel


task(
    "08.1",
    "wavelength_nm(power, width_px, pixel_nm)",
    right=wavelength,
    mistakes=[
        (
            lambda p, w, s: w * s / np.argmax(p) if np.argmax(p) else np.nan,
            _("Ring 0 holds one period across the image, ring 1 two: add one to the index."),
        ),
        (
            lambda p, w, s: w / (np.argmax(p) + 1),
            _("This is the wavelength in pixels; a pixel has a size, multiply by it."),
        ),
        (
            lambda p, w, s: (np.argmax(p) + 1) / (w * s),
            _("This is the number of periods per nanometre; the wavelength is its inverse."),
        ),
        (
            lambda p, w, s: np.argmax(p) + 1,
            _(
                "This is the number of periods across the image; divide the width of the image by it."
            ),
        ),
        (
            lambda p, w, s: w / s / (np.argmax(p) + 1),
            _(
                "The width of the image in nm is the number of pixels times the size of one; you divided."
            ),
        ),
        (
            lambda p, w, s: len(p) * s / (np.argmax(p) + 1),
            _(
                "You took the number of rings for the width of the image; there are two pixels to a ring."
            ),
        ),
        (
            lambda p, w, s: 2 * len(p) * s / (np.argmax(p) + 1),
            _(
                "You took twice the number of rings for the width of the image; an image with an odd number "
                "of pixels is wider: use `width_px`."
            ),
        ),
        (
            lambda p, w, s: w * s * (np.argmax(p) + 1),
            _(
                "You multiply by the number of periods; the more of them fit into the image, the shorter is "
                "each: divide."
            ),
        ),
        (
            lambda p, w, s: w * s / np.max(p),
            _(
                "You divide by the height of the strongest ring; what counts is its number: `argmax`."
            ),
        ),
        (
            lambda p, w, s: w * s / (np.argmax(p[1:]) + 2),
            _("You leave out ring 0; it stands for one period, and may be the strongest."),
        ),
        (
            lambda p, w, s: w * s / (np.argmax(p[3:]) + 4),
            _(
                "You leave out the first three rings, as the cell with `SLOW` does; here the strongest of "
                "all rings is asked for."
            ),
        ),
        (
            lambda p, w, s: w * s / (np.argmax(p[3:]) + 1),
            _(
                "`argmax` of a part counts from where the part begins; take it of all rings, none of them is "
                "left out here."
            ),
        ),
    ],
    otherwise=_(
        "For an image of {width_px} pixels of {pixel_nm:g} nm the wavelength should be {right:.4g} nm, but "
        "yours is {found:.4g}."
    ),
    cases=spectra,
)


def field(kernels, strides):
    """Return the edge of the receptive field in pixels."""
    return 1 + sum((k - 1) * np.prod(strides[:i]) for i, k in enumerate(kernels))


def stacks():
    """Yield edges of kernels and strides, layer by layer."""
    yield [3, 3, 3], [1, 1, 1]
    yield [3, 2, 5, 2, 3], [1, 2, 1, 2, 1]
    yield [5, 3, 3], [3, 2, 4]
    yield [4, 3], [1, 2]


def field_if_each_stride_were_two(kernels, strides, shrinks):
    """Return the field with a step that doubles at each stride that counts as shrinking."""
    return field(kernels, [2 if shrinks(stride) else 1 for stride in strides])


DOUBLED = _(
    "You double the step where the image is shrunk; a stride may be 3 or 4 as well: multiply the step by "
    "the stride."
)


task(
    "08.2",
    "receptive_field(kernels, strides)",
    right=field,
    mistakes=[
        (
            lambda k, s: 1 + sum(np.subtract(k, 1)),
            _(
                "After a layer with stride 2, one step to the side is two pixels: the strides are missing."
            ),
        ),
        (
            lambda k, s: 1 + sum((n - 1) * np.prod(s[: i + 1]) for i, n in enumerate(k)),
            _(
                "A layer's own stride widens the layers after it, not itself: multiply those before it."
            ),
        ),
        (
            lambda k, s: 1 + sum((n - 1) * step for n, step in zip(k, [1, *s], strict=False)),
            _(
                "You take the stride of the layer before alone; a step is the product of the strides of all "
                "layers before."
            ),
        ),
        (lambda k, s: field_if_each_stride_were_two(k, s, lambda n: n > 1), DOUBLED),
        (lambda k, s: field_if_each_stride_were_two(k, s, lambda n: n == 2), DOUBLED),
        (
            lambda k, s: 1 + sum((n - 1) * (1 + sum(s[:i]) - i) for i, n in enumerate(k)),
            _("You add the strides up; a step is the product of the strides of all layers before."),
        ),
        (
            lambda k, s: field(k[::-1], s[::-1]),
            _("You began with the last layer; begin with the first, the one at the image."),
        ),
        (
            lambda k, s: 1 + sum(n * np.prod(s[:i]) for i, n in enumerate(k)),
            _("Neighbouring kernels overlap: each adds its edge less one, times the step."),
        ),
        (
            lambda k, s: 1 + sum(n // 2 * np.prod(s[:i]) for i, n in enumerate(k)),
            _(
                "You count one side of each kernel; it adds its edge less one, on both sides together."
            ),
        ),
        (
            lambda k, s: 1 + sum(n // 2 * 2 * np.prod(s[:i]) for i, n in enumerate(k)),
            _(
                "You let a kernel reach as far to both sides, which an even one does not: it adds its edge "
                "less one."
            ),
        ),
        (
            lambda k, s: 1 + np.prod(s) * sum(np.subtract(k, 1)),
            _("The strides after a layer do not widen it: multiply only those before."),
        ),
        (lambda k, s: sum(k), _("Neighbouring kernels overlap: each adds its edge less one.")),
        (
            lambda k, s: np.prod(k),
            _("Kernels one after another add up; they do not multiply the field."),
        ),
        (
            lambda k, s: field(k, s) - 1,
            _("The pixel itself counts too: begin with 1."),
        ),
        (
            lambda k, s: field(k, s) ** 2,
            _("Give the edge of the field in pixels, not its area."),
        ),
    ],
    otherwise=_(
        "For kernels {kernels} with strides {strides} the field should be {right:.0f} pixels wide, "
        "but yours is "
        "{found:.4g}."
    ),
    cases=stacks,
)


def paying(n_train, solve_s, fit_s, predict_s):
    """Return the number of evaluations from which a surrogate pays."""
    return (n_train * solve_s + fit_s) / (solve_s - predict_s)


task(
    "08.3",
    "break_even(n_train, solve_s, fit_s, predict_s)",
    right=paying,
    mistakes=[
        (
            lambda n, s, f, p: f / (s - p),
            _(
                "The training set was solved for as well, and that took time: add n_train · solve_s."
            ),
        ),
        (
            lambda n, s, f, p: n * s / (s - p),
            _("The fit took time as well: add fit_s."),
        ),
        (
            lambda n, s, f, p: (n * s + f) / s,
            _(
                "A prediction is cheap but not free: what is saved each time is solve_s − predict_s."
            ),
        ),
        (
            lambda n, s, f, p: (n * s + f) / p,
            _(
                "You divide by the time of a prediction; divide by the time that each prediction saves."
            ),
        ),
        (
            lambda n, s, f, p: s / p,
            _(
                "This is the speed-up of one evaluation; the exercise asks how many are needed until it pays."
            ),
        ),
        (
            lambda n, s, f, p: (s + f) / (s - p),
            _("There are n_train images in the training set, and each had to be solved."),
        ),
        (
            lambda n, s, f, p: (n * s + f) / (p - s),
            _("What a prediction saves is solve_s − predict_s; you have it the other way round."),
        ),
        (
            lambda n, s, f, p: (n * s + f) / (s + p),
            _(
                "A prediction is done in place of a solution: subtract their times, do not add them."
            ),
        ),
        (
            lambda n, s, f, p: (n * p + f) / (s - p),
            _(
                "You let the training images cost predict_s each, or take them off the result, which is the "
                "same number; each of them takes solve_s, and all that time has to be paid back."
            ),
        ),
        (
            lambda n, s, f, p: n * (s + f) / (s - p),
            _("The fit is done once, and not for each image: n_train · solve_s + fit_s."),
        ),
        (
            lambda n, s, f, p: n * s + f,
            _(
                "This is the time that has been spent before the first prediction; divide it by the time "
                "that each prediction saves."
            ),
        ),
        (
            lambda n, s, f, p: n + (n * s + f) / (s - p),
            _("The training images are paid for in what was spent; do not count them once more."),
        ),
        (
            lambda n, s, f, p: np.floor((n * s + f) / (s - p)),
            _(
                "You cut off the decimals, and so few evaluations do not pay yet; return what comes out of "
                "the calculation."
            ),
        ),
    ],
    otherwise=_(
        "For {n_train} training images it should pay from {right:.5g} evaluations on, but yours "
        "says {found:.5g}."
    ),
    cases=lambda: [
        (1000, 0.002, 10.0, 0.0001),
        (50, 3.0, 2.0, 0.5),
        (400, 0.5, 0.0, 0.1),
        (40, 0.7, 3.1, 0.1),
    ],
)


def cut(image, patch):
    """Return the patches of an image, row by row, shape (n_patches, patch²)."""
    image = np.asarray(image)
    rows, columns = (n // patch for n in image.shape)
    blocks = image.reshape(rows, patch, columns, patch)
    return blocks.swapaxes(1, 2).reshape(-1, patch**2)


def images():
    """Yield images that are no squares and patches that fill them.

    The pixels of two images are numbered row by row, and those of the last have random grey values.
    """
    yield np.arange(24.0).reshape(4, 6), 2
    yield np.arange(54.0).reshape(6, 9), 3
    yield np.random.default_rng(84).normal(size=(8, 4)), 2


def first_rows(image, patch):
    """Return the hint for a mistake that is not known: what the first two rows should be."""
    first, second = (", ".join(f"{pixel:.4g}" for pixel in row) for row in cut(image, patch)[:2])
    if np.ravel(image)[0] != 0:
        return _(
            "For an image of shape {shape} with random grey values, and patches of {patch} pixels, the first "
            "two rows should be {first} and {second}: the values of the image as they are."
        ).format(shape=np.shape(image), patch=patch, first=first, second=second)
    return _(
        "For an image of shape {shape} with its pixels numbered row by row, and patches of {patch} pixels, "
        "the first two rows should be {first} and {second}."
    ).format(shape=np.shape(image), patch=patch, first=first, second=second)


def cut_as_if_transposed(image, patch):
    """Take the height for the width."""
    image = np.asarray(image)
    columns, rows = (n // patch for n in image.shape)
    return image.reshape(rows, patch, columns, patch).swapaxes(1, 2).reshape(-1, patch**2)


def cut_every_nth(image, patch):
    """Take the four axes in the other order, so that a patch is made of pixels far apart."""
    image = np.asarray(image)
    rows, columns = (n // patch for n in image.shape)
    blocks = image.reshape(patch, rows, patch, columns)
    return blocks.transpose(1, 3, 0, 2).reshape(-1, patch**2)


task(
    "08.4",
    "cut_patches(image, patch)",
    right=cut,
    mistakes=[
        (
            lambda x, p: np.asarray(x).reshape(-1, p**2),
            _("Reshaping alone cuts rows into pieces; a patch is a square block of the image."),
        ),
        (
            lambda x, p: cut(np.asarray(x).T, p),
            _("Your patches are turned over: rows and columns are exchanged."),
        ),
        (
            lambda x, p: cut(x, p).reshape(-1, p, p).swapaxes(1, 2).reshape(-1, p**2),
            _("The pixels inside each patch go row by row; yours go column by column."),
        ),
        (
            lambda x, p: cut(np.asarray(x).T, p).reshape(-1, p, p).swapaxes(1, 2).reshape(-1, p**2),
            _("Take the patches row by row from the top left; yours go down the columns first."),
        ),
        (
            lambda x, p: cut(x, p).T,
            _("Let each row of the result be one patch; yours are columns."),
        ),
        (
            lambda x, p: cut(x, p).reshape(-1, p, p),
            _(
                "Write the pixels of each patch in one row: the shape should be (n_patches, patch²)."
            ),
        ),
        (
            cut_as_if_transposed,
            _("Height and width are exchanged: the image has height // patch rows of patches."),
        ),
        (
            cut_every_nth,
            _(
                "The pixels of your patches lie apart; the axes of the first `reshape` are row of the patch, "
                "row inside, column of the patch, column inside."
            ),
        ),
        (
            lambda x, p: np.lib.stride_tricks.sliding_window_view(x, (p, p)).reshape(-1, p**2),
            _("Your patches overlap; move by `patch` pixels from one to the next."),
        ),
        (
            lambda x, p: np.trunc(cut(x, p)),
            _("You made whole numbers of the grey values; leave them as they are."),
        ),
    ],
    otherwise=first_rows,
    cases=images,
)
