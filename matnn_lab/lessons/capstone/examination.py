"""Examination question of notebook 20, capstone."""

import numpy as np

from matnn_lab.classroom.examination import Question, rounded
from matnn_lab.text import gettext as _


def viscosity(rng: np.random.Generator) -> Question:
    """Ask for the viscosity of a melt."""
    limit, fragility = rounded(rng, -4, -1.5, 1), int(rng.integers(25, 60))
    tg, temperature = int(rng.integers(450, 750)), int(rng.integers(850, 1400))
    span = 12 - limit

    def vft(ratio: float, above: float = 2) -> float:
        return limit + span**above / (fragility * (ratio - 1) + span)

    ratio = (temperature + 273.15) / (tg + 273.15)
    return Question(
        text=_(
            "A melt follows the equation of Vogel, Fulcher and Tammann, "
            "log₁₀ η = A + (12 − A)² / [m (T/Tg − 1) + 12 − A] with η in Pa·s. The limit A at infinite "
            "temperature is {limit}, the fragility m is {fragility}, and the glass transition Tg, where η is "
            "10¹² Pa·s, lies at {tg_c} °C. What is log₁₀ η at {temperature_c} °C?"
        ),
        given={"limit": limit, "tg_c": tg, "fragility": fragility, "temperature_c": temperature},
        way="span = 12 - limit\n"
        "ratio = (temperature_c + 273.15) / (tg_c + 273.15)\n"
        "limit + span**2 / (fragility * (ratio - 1) + span)",
        answer=vft(ratio),
        mistakes=[
            (vft(temperature / tg), _("The ratio of two temperatures needs kelvins.")),
            (
                vft(1 / ratio),
                _("The ratio is turned round: it is the temperature over that of the glass."),
            ),
            (vft(ratio, 1), _("Above the line 12 minus the limit stands squared.")),
            (vft(ratio) - limit, _("The limit has to be added.")),
            (10 ** vft(ratio), _("This is η; its logarithm is asked for.")),
        ],
        decimals=2,
    )


QUESTIONS = (viscosity,)
