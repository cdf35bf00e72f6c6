"""Packages as a mediator reckons with them: by its estimates of both tables, and a price between both."""

from __future__ import annotations

from sim.contract import GENERIC, best_levels, is_empty_package, package_value
from sim.jit import rule


@rule
def write_best(one, other, params, out):
    """Write the package that is best for two tables; where that is nothing at all, the standard one."""
    best_levels(one, other, params, out)
    if is_empty_package(out, params):
        for k in range(params.issues):
            if params.kind[k] == GENERIC:
                out[k] = params.standard[k]


@rule
def estimated_worth(desk, params, side, levels):
    """Return what a package is estimated to be worth to a side before its price."""
    return package_value(desk.bases[side], desk.estimate[side], levels, params.issues)


@rule
def put_best(desk, mediator, params):
    """Write the package of highest estimated joint surplus, priced so that each side gets its share of it.

    The buyer's share is (1 + bias)/2. Returns the estimated joint surplus.
    """
    write_best(desk.estimate[0], desk.estimate[1], params, desk.text)
    worth = estimated_worth(desk, params, 0, desk.text)
    desk.pie = worth + estimated_worth(desk, params, 1, desk.text)
    desk.price = worth - desk.pie * (0.5 + 0.5 * mediator.bias)
    return desk.pie


@rule
def gain_of(desk, params, side, levels, before):
    """Return what a package is estimated to be worth to a side beyond another, before prices."""
    return estimated_worth(desk, params, side, levels) - estimated_worth(desk, params, side, before)


@rule
def shared_rise(gains, mediator):
    """Return by how much the price rises if an estimated gain of both sides is shared as bias has it."""
    return gains[0] - (gains[0] + gains[1]) * (0.5 + 0.5 * mediator.bias)


@rule
def spread_of(values, k, count):
    """Return the best over the worst level of an issue."""
    most, least = values[k, 0], values[k, 0]
    for level in range(1, count):
        most, least = max(most, values[k, level]), min(least, values[k, level])
    return most - least
