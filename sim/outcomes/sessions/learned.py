"""What opponent models would have learnt from the offers of a session, compared with the truth."""

from __future__ import annotations

import numpy as np

from sim.outcomes.domains.domain import SIDES
from sim.outcomes.sessions.models import BayesianModel, FrequencyModel, accuracy
from sim.outcomes.sessions.transcript import Session

MOST_COMPARED = 2_000  # outcomes at which estimates are compared with the truth


def learning_accuracy(session: Session) -> dict[str, dict[str, float]]:
    """Return the correlation of estimated and true utilities of the other side, by side and model.

    Correlations are taken over at most about `MOST_COMPARED` outcomes, evenly spaced by number. A
    side is left out if the other side made no offer.
    """
    domain = session.domain
    step = max(1, domain.count // MOST_COMPARED)
    numbers = range(0, domain.count, step)
    asked = [domain.places(number) for number in numbers]
    found: dict[str, dict[str, float]] = {}
    for side, name in enumerate(SIDES):
        other = SIDES[1 - side]
        heard = [
            (s.turn, domain.places(s.number)) for s in session.utterances if s.speaker == other
        ]
        if not heard:
            continue
        counts, beliefs = FrequencyModel(domain.sizes), BayesianModel(domain.sizes)
        for turn, places in heard:
            counts.observe(places)
            beliefs.observe(places, (turn + 1.0) / (session.rounds + 1.0))
        truth = np.array([domain.utility(1 - side, number) for number in numbers])
        found[name] = {
            "frequency": accuracy(np.array([counts.utility(p) for p in asked]), truth),
            "Bayesian": accuracy(np.array([beliefs.utility(p) for p in asked]), truth),
        }
    return found
