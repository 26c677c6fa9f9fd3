"""Helper package of the course "Neural networks for materials science".

Data flow from top to bottom, and so do the imports: a folder uses only those above it.

datasets
    What we learn from: one module a data set, each with its card (source, licence, units).
representations
    How it becomes numbers: formulas, composition, graphs (with the neighbor list), symmetry, radial bases,
    images, spectra, latent vectors.
models
    What learns: MLP, networks for images and spectra, Transformers, CGCNN, SchNet, NequIP, activations, and
    weights that others published.
training
    How it learns: the loop and its history, losses, optimizers, regressors.
evaluation
    How far to trust it: splitting, scores, discovery, doubt, auditing.
potentials
    Energies and forces: teachers with known answers, and trained potentials as ASE calculators.
widgets
    The explorer, a figure with controls; an engine that knows no lesson.
classroom
    The engines of exercises, quizzes and examinations; they know no lesson either.
lessons
    What a notebook brings, a folder each: ``exercises.py``, ``examination.py``, ``explorers.py`` and
    ``quiz.md``.
publishing
    How it is shown: the Sphinx side of the site.
course
    The jobs that need the course's folder: environment, workbook, lab, execute, build, benchmarks, nbgrader,
    examinations, editions in other languages.

``figures`` (the look of all figures), ``text`` (the catalogue of translations), ``faces`` (names that are
loaded when they are first used) and ``arrays`` (numbers that were given, checked) serve all of them.
"""

__version__ = "0.1.0"
