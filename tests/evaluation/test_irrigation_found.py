"""Irrigation found again in water whose origin is known."""

import numpy as np

from ldas.evaluation.irrigation import NOISE, find_irrigation, irrigation_probability, rainfed_noise

MONTHS, CELLS = 5, 400


def water(seed, share, amount, noise=NOISE, centre=0.0):
    """Months of water added to cells, of which a share is irrigated: (month, cell), and which."""
    random = np.random.default_rng(seed)
    irrigated = random.random(CELLS) < share
    given = amount * random.uniform(0.5, 1.5, (MONTHS, CELLS)) * irrigated
    return given + centre + noise * random.normal(size=(MONTHS, CELLS)), given, irrigated


def area_under_roc(score, irrigated):
    """How often an irrigated cell has more than another one."""
    return (score[irrigated][:, None] > score[~irrigated][None, :]).mean()


def test_irrigated_cells_and_their_months_are_found():
    added, given, irrigated = water(1, 0.3, 60.0)
    found = find_irrigation(added, np.zeros(CELLS, bool), 0.2)
    assert area_under_roc(found.probability, irrigated) > 0.99
    assert np.corrcoef(found.amount.ravel(), given.ravel())[0, 1] > 0.85
    error = found.amount - given
    assert np.abs(error).mean() < NOISE
    inside = np.abs(error[:, irrigated]) <= 2.0 * found.uncertainty[:, irrigated]
    assert inside.mean() > 0.9


def test_where_nobody_irrigates_hardly_a_cell_is_taken_for_it():
    added, _, _ = water(2, 0.0, 0.0)
    found = find_irrigation(added, np.zeros(CELLS, bool), 0.2)
    assert (found.probability > 0.5).mean() < 0.02
    assert found.amount.mean() < 2.0


def test_rainfed_cells_tell_the_noise_and_what_weather_lacks_everywhere():
    told = []
    for seed in range(20):
        added, _, irrigated = water(seed, 0.3, 80.0, noise=40.0, centre=25.0)
        rainfed = ~irrigated & (np.arange(CELLS) % 2 == 0)
        told.append(rainfed_noise(added, rainfed))
    centre, noise = np.mean(told, axis=0)
    assert abs(centre - 25.0) < 2.0 and abs(noise - 40.0) < 3.0
    found = find_irrigation(added, rainfed, 0.2)
    assert (found.probability[rainfed] == 0.0).all() and (found.amount[:, rainfed] == 0.0).all()
    others = ~irrigated & ~rainfed
    assert (found.probability[others] > 0.5).mean() < 0.05
    assert (found.probability[irrigated] > 0.5).mean() > 0.85
    assert rainfed_noise(added, rainfed & (np.arange(CELLS) < 20)) == (0.0, NOISE)


def test_probability_grows_with_water_and_stays_a_probability():
    season = np.linspace(-500.0, 5000.0, 2000)
    probability = irrigation_probability(season, MONTHS, NOISE, 0.2)
    assert ((probability >= 0.0) & (probability <= 1.0)).all()
    assert probability[0] < 1e-2 and probability[-1] > 0.999
    grows = np.diff(probability[season > 0.0])
    assert (grows >= -1e-12).all()
    surer = irrigation_probability(season, MONTHS, NOISE, 0.5)
    assert (surer >= probability).all()
