"""How the course is taught: exercises with hints, quizzes, and the reader's own workbook."""

from matnn_lab.classroom.exercises import Hint, Result, check, exercise
from matnn_lab.classroom.quizzes import Choice, Question, quiz

__all__ = ["Choice", "Hint", "Question", "Result", "check", "exercise", "quiz"]
