"""What each notebook brings with it: a folder a lesson: exercises, examination, explorers and quiz.

A notebook writes ``from matnn_lab.lessons import check, quiz`` and asks by number; the folder has the
notebook's own name without the number.
"""

from importlib import import_module
from importlib.resources import files
from pathlib import Path

from matnn_lab.classroom.examination import Question, draw
from matnn_lab.classroom.exercises import Exercise, Result, judge, registered
from matnn_lab.classroom.progress import Progress, no_workbook, read, record
from matnn_lab.classroom.quizzes import Quiz, read_questions
from matnn_lab.text import gettext as _

__all__ = [
    "TOPICS",
    "check",
    "examination",
    "exercises",
    "hand_in",
    "mark",
    "progress",
    "question",
    "quiz",
]

TOPICS = {
    "00": "what_neural_networks_do",
    "01": "layers_and_activations",
    "02": "losses",
    "03": "gradient_descent",
    "04": "overfitting_and_regularisation",
    "05": "composition",
    "06": "crystals_as_graphs",
    "07": "symmetry",
    "08": "images_cnn_and_vit",
    "09": "spectra_cnn",
    "10": "signals_transformer",
    "11": "cgcnn",
    "12": "nequip",
    "13": "universal_potentials",
    "14": "learned_representations",
    "15": "surrogates_and_inverse_design",
    "16": "splits",
    "17": "metrics_and_ranking",
    "18": "uncertainty",
    "19": "data_traps",
    "20": "capstone",
}


def exercises(notebook: str) -> list[Exercise]:
    """Return the exercises of a notebook such as "03", in order; an empty list if it has none."""
    if notebook in TOPICS:
        import_module(f"{__name__}.{TOPICS[notebook]}.exercises")
    return registered(notebook)


def check(number: str, answer: object) -> Result:
    """Tell whether an answer is right, with a hint if it is not.

    Nothing leaves this computer, and learner code that fails or never returns does not stop the notebook.
    In a workbook it is noted for :func:`progress`.

    Parameters
    ----------
    number
        The exercise, such as "03.1".
    answer
        What the exercise asks for: a function, a number, an array ...

    Returns
    -------
    Result
        True or false as a condition; shows itself as a sentence.

    Raises
    ------
    AssertionError
        With the hint, when nbgrader executes the notebook, so that the cell gets no points.
    """
    result = judge(number, answer, exercises)
    if type(number) is str and number in {known.number for known in registered(number[:2])}:
        record(number, result.right)
    return result


def progress(folder: Path | None = None) -> Progress:
    """Show which exercises are solved in a workbook; as the last line of a cell it shows itself.

    Parameters
    ----------
    folder
        The folder of the workbook; without it, the one in which the notebook lies.
    """
    numbers = {notebook: [known.number for known in exercises(notebook)] for notebook in TOPICS}
    return Progress(numbers, read(folder), no_workbook(folder))


def quiz(notebook: str) -> Quiz:
    """Return the quiz of a notebook such as "03"; as the last line of a cell it shows itself.

    Raises
    ------
    ValueError
        If there is no such quiz.
    """
    if type(notebook) is not str or notebook not in TOPICS:
        raise ValueError(
            _(
                "The quiz asked for is {notebook!r}; give the number of a notebook that has one, "
                'as in `quiz("03")`.'
            ).format(notebook=notebook)
        )
    text = (files(__name__) / TOPICS[notebook] / "quiz.md").read_text(encoding="utf-8")
    return Quiz(notebook, read_questions(text))


def examination(notebook: str) -> list[str]:
    """Return the numbers of the examination questions of a notebook, such as "17.1" and "17.2"."""
    if notebook not in TOPICS:
        raise ValueError(
            _("There is no notebook {notebook!r}; give two digits, as in “05”.").format(
                notebook=notebook
            )
        )
    module = import_module(f"{__name__}.{TOPICS[notebook]}.examination")
    return [f"{notebook}.{count}" for count in range(1, len(module.QUESTIONS) + 1)]


def question(number: str, seed: int) -> Question:
    """Draw an examination question such as "17.1": the same seed gives the same numbers.

    Raises
    ------
    ValueError
        If there is no such question.
    """
    notebook, _dot, count = number.partition(".")
    known = examination(notebook)
    if number not in known:
        raise ValueError(
            _("There is no examination question {number!r}; this notebook has {known}.").format(
                number=number, known=", ".join(known)
            )
        )
    module = import_module(f"{__name__}.{TOPICS[notebook]}.examination")
    return draw(module.QUESTIONS[int(count) - 1], (seed, int(notebook), int(count)))


def hand_in(number: str, answer: object) -> str:
    """Take an answer in an examination: say whether it has the right form, not whether it is right."""
    return question(number, 0).noted(answer)


def mark(number: str, seed: int, given: int, answer: object) -> None:
    """Mark an answer to an examination question.

    Parameters
    ----------
    number, seed
        The question, and what its numbers were drawn from.
    given
        The fingerprint of the numbers in the paper; other versions of the course or of NumPy draw others.
    answer
        What the student gave.

    Raises
    ------
    AssertionError
        With a sentence about the answer, if it is not right, so that nbgrader gives no point.
    RuntimeError
        If the question that is drawn here is not that of the paper.
    """
    drawn = question(number, seed)
    if drawn.fingerprint() != given:
        raise RuntimeError(
            _(
                "Question {number} has other numbers here than in the paper; mark it with the versions of "
                "the course and of NumPy with which it was written."
            ).format(number=number)
        )
    hint = drawn.hint(answer)
    if hint is not None:
        raise AssertionError(hint)
