"""Quizzes without a kernel: radio buttons whose explanations are shown by style rules alone.

They work in JupyterLab and on a printed-out page, by mouse and by keyboard, and send nothing. The questions
of a lesson are text, its ``quiz.md``::

    ## A question, in one paragraph?

    - [x] A choice, the right one
      Why it is right.
    - [ ] Another choice
      Why it is wrong.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from matnn_lab.classroom.markup import inline, verdict_html
from matnn_lab.text import gettext as _

STYLE = """
.matnn-quiz fieldset {
  border: 1px solid #808080; border-radius: 0.4em; margin: 0 0 1em; padding: 0.4em 1em 0.8em
}
.matnn-quiz legend {
  float: none; width: auto; font-size: 1em; font-weight: bold; padding: 0 0.4em; margin: 0
}
.matnn-quiz label { display: block; cursor: pointer; padding: 0.3em 0 }
.matnn-quiz input { margin: 0 0.5em 0 0 }
.matnn-quiz .why { display: none }
.matnn-quiz label:has(input:checked) + [aria-live] .why { display: block }
.matnn-quiz button {
  color: inherit; background: none; border: 1px solid #808080; border-radius: 0.4em;
  padding: 0.3em 1em
}
.matnn-quiz :focus-visible { outline: 2px solid currentcolor; outline-offset: 2px }
"""

KEYS = 'data-lm-suppress-shortcuts="true"'  # JupyterLab leaves the keys to such an element


@dataclass(frozen=True)
class Choice:
    """One answer to choose: its text, whether it is right, and why it is or is not."""

    text: str
    right: bool
    why: str

    def __post_init__(self) -> None:
        if not self.text.strip() or not self.why.strip():
            raise ValueError(
                f"The choice {self.text!r} has the explanation {self.why!r}; each choice needs both "
                "a text and a sentence that says why it is right or wrong."
            )


@dataclass(frozen=True)
class Question:
    """A question with its choices, in the order in which they are shown; exactly one is right."""

    text: str
    choices: Sequence[Choice]

    def __post_init__(self) -> None:
        right = sum(choice.right for choice in self.choices)
        if len(self.choices) < 2 or right != 1:
            raise ValueError(
                f"The question {self.text!r} has {len(self.choices)} choices of which {right} are right; "
                "give two or more, exactly one of them right."
            )
        if len({choice.text for choice in self.choices}) < len(self.choices):
            raise ValueError(
                f"The question {self.text!r} has the same choice twice; give each once."
            )


@dataclass(frozen=True)
class Quiz:
    """The questions of one notebook; shows itself as a form."""

    notebook: str
    questions: Sequence[Question]

    def __repr__(self) -> str:
        return "\n".join(
            f"{count}. {question.text}\n" + "\n".join(f"   ○ {c.text}" for c in question.choices)
            for count, question in enumerate(self.questions, start=1)
        )

    def _repr_html_(self) -> str:
        fieldsets = "".join(
            _fieldset(f"quiz-{self.notebook}-{count}", count, question)
            for count, question in enumerate(self.questions, start=1)
        )
        again = escape(_("Start again"))
        # a form of its own keeps the radio buttons of two quizzes on one page apart, and a disabled
        # submit button keeps the Enter key from sending it
        return (
            f"<style>{STYLE}</style>"
            f'<form class="matnn-quiz" id="quiz-{self.notebook}">{fieldsets}'
            f'<button type="submit" disabled hidden></button>'
            f'<button type="reset" {KEYS}>{again}</button></form>'
        )


def _fieldset(identifier: str, count: int, question: Question) -> str:
    choices = "".join(
        f'<label><input type="radio" name="{identifier}" id="{identifier}-{letter}" {KEYS}>'
        f"<span>{inline(choice.text)}</span></label>"
        f'<div aria-live="polite"><div class="why">{verdict_html(choice.right, choice.why)}</div></div>'
        for letter, choice in zip("abcdefgh", question.choices, strict=False)
    )
    return f"<fieldset><legend>{count}. {inline(question.text)}</legend>{choices}</fieldset>"


def read_questions(text: str) -> tuple[Question, ...]:
    """Read the questions of a quiz from its Markdown text.

    Each question is a heading of the second level, each choice an item of a task list, and the lines below an
    item say why it is right or wrong. Every sentence goes through the catalogue of translations.

    Raises
    ------
    ValueError
        If a line is none of these, or a question has fewer than two choices or not exactly one right one.
    """
    questions: list[tuple[str, list[list[str]]]] = []
    for count, line in enumerate(text.splitlines(), start=1):
        heading = re.fullmatch(r"## (.+)", line)
        item = re.fullmatch(r"- \[([ x])\] (.+)", line)
        if not line.strip():
            continue
        if heading:
            questions.append((heading[1].strip(), []))
        elif item and questions:
            questions[-1][1].append([item[1], item[2].strip(), ""])
        elif line.startswith("  ") and questions and questions[-1][1]:
            choice = questions[-1][1][-1]
            choice[2] = f"{choice[2]} {line.strip()}".strip()
        else:
            raise ValueError(
                f"Line {count} of the quiz is {line!r}; expected a question (`## …`), a choice "
                "(`- [ ] …` or `- [x] …`) or, indented by two, the reason of the choice above."
            )
    return tuple(
        Question(_(title), [Choice(_(text), mark == "x", _(why)) for mark, text, why in choices])
        for title, choices in questions
    )
