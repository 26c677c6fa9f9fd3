"""How the course is taught: the engines of its exercises and quizzes, which know no lesson.

`exercises` registers a check and asks it, `ask` looks at an answer, `explain` tells an error in one sentence,
`timelimit` ends what never ends, `quizzes` reads and shows a quiz, `markup` is the HTML that they share.
"""
