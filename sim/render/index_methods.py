"""The wording of each method of sensitivity analysis: its main index, labels and sentences."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class IndexMethod:
    """How the indices of one method are presented; `main` ranks the factors.

    `shown` are the indices in detailed tables, `in_units` says that indices are in the outcome's unit
    over the full range of a factor (else shares of variance). `finding` and `caption` are sentences
    with room for {size} and {unit}.
    """

    name: str
    main: str
    shown: tuple[str, ...]
    in_units: bool  # in the outcome's unit over the full range of a factor; else shares of variance
    head: str  # of a plain table
    short: str
    scale: str  # of a colour bar
    finding: str
    caption: str


METHODS = {
    m.name: m
    for m in (
        IndexMethod(
            name="morris",
            main="mu_star",
            shown=("mu_star", "mu", "sigma"),
            in_units=True,
            head="mean elementary effect μ*",
            short="Morris's μ*",
            scale="mean absolute effect μ*",
            finding="μ* is {size}{unit} over its full range",
            caption="Morris screening: a bar is μ*, the mean absolute change of the outcome "
            "({unit}) when one factor crosses "
            "its full range; the diamond is μ, the same with its sign: near the end of its bar the "
            "effect always has one direction, near 0 it turns. ",
        ),
        IndexMethod(
            name="sobol",
            main="ST",
            shown=("ST", "S1"),
            in_units=False,
            head="total-order Sobol index",
            short="Sobol's total-order index",
            scale="total-order index (share of variance)",
            finding="total-order index {size}{unit}",
            caption="Sobol indices: the share of the outcome's variance that goes with a factor, alone (S1) "
            "and together with others (ST). Intervals may reach below 0; nothing is clipped. ",
        ),
    )
}
