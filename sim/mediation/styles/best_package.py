"""The package a mediator thinks best, by its estimates of both tables, and its price."""

from __future__ import annotations

from sim.contract import GENERIC, best_levels, is_empty_package, package_value
from sim.jit import rule


@rule
def write_best_package(worth, other_worth, params, out):
    """Write the package with the highest joint worth on two tables; an empty one becomes the standard package."""
    best_levels(worth, other_worth, params, out)
    if is_empty_package(out, params):
        for issue in range(params.issues):
            if params.kind[issue] == GENERIC:
                out[issue] = params.standard[issue]


@rule
def estimated_worth(desk, params, side, levels):
    """Return the estimated worth of a package to a side before its price, in money a month."""
    return package_value(desk.bases[side], desk.estimate[side], levels, params.issues)


@rule
def propose_best_package(desk, mediator, params):
    """Write the package of highest estimated joint surplus and its price; return that surplus, money a month.

    The price gives the buyer the share (1 + bias)/2. Writes `desk.text`, `desk.price` and `desk.pie`.
    """
    write_best_package(desk.estimate[0], desk.estimate[1], params, desk.text)
    worth = estimated_worth(desk, params, 0, desk.text)
    desk.pie = worth + estimated_worth(desk, params, 1, desk.text)
    desk.price = worth - desk.pie * (0.5 + 0.5 * mediator.bias)
    return desk.pie


@rule
def estimated_gain(desk, params, side, levels, before):
    """Return the estimated gain of a side from one package over another (`before`), before prices."""
    return estimated_worth(desk, params, side, levels) - estimated_worth(desk, params, side, before)


@rule
def price_rise(gains, mediator):
    """Return the rise in price that shares an estimated gain of both sides by the mediator's bias.

    `gains` is (buyer's, vendor's) in money a month; the buyer keeps the share (1 + bias)/2 of the sum.
    """
    return gains[0] - (gains[0] + gains[1]) * (0.5 + 0.5 * mediator.bias)


@rule
def value_range(values, issue, count):
    """Return the difference between the best and the worst level of an issue."""
    most, least = values[issue, 0], values[issue, 0]
    for level in range(1, count):
        most, least = max(most, values[issue, level]), min(least, values[issue, level])
    return most - least
