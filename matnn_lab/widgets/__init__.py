"""What the reader touches: figures with controls.

``Explorer(draw, learning_rate=[0.1, 0.3, 1])`` shows the figure that ``draw(learning_rate=...)`` returns,
with a slider. See ``explorer.py`` for the object, ``controls.py`` for the controls, ``payload.py`` for
what is stored, ``live.py`` for JupyterLab, ``page.py`` for the published page, ``static/`` for the browser.
"""

from matnn_lab.widgets.controls import Choice, Slider, Toggle
from matnn_lab.widgets.explorer import Explorer

__all__ = ["Choice", "Explorer", "Slider", "Toggle"]
