"""The figures of a comparison, drawn from its series and its ledger.

Regimes differ by colour and line style, causes by colour and hatching, so that they can be told
apart in grey print.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.measure.align import QUANTITIES
from sim.measure.metrics import CAUSE_LABELS
from sim.render.figures.captions import band_label
from sim.render.figures.figure_style import (
    BLACK,
    PURPLE,
    house_style,
    legend_columns,
    look_among_regimes,
    make_panels,
)
from sim.render.numbers import format_number, unit_in_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sim.measure.compare import Comparison

# petroff10 (Petroff 2021), the accessible set with ten colours; realised surplus comes first.
SURPLUS_COLOUR = "#3F90DA"
CAUSE_LOOKS = {
    "no_deal": ("#DADADA", ""),
    "wrong_vendor": ("#A96B59", "///"),
    "misfit": ("#FFA90E", ""),
    "drift": ("#94A4A2", "---"),
    "incentives": ("#832DB6", "\\\\\\"),
    "protection": ("#92DADD", ""),
    "haggling": ("#E76300", "..."),
    "problems": ("#BD1F01", ""),
    "disputes": ("#717581", "xxx"),
    "opportunities": ("#5B9E4D", "+++"),
    "underinvestment": ("#F3B8D4", "ooo"),
    "fee": ("#B9AC70", "|||"),
    "governance": ("#00575C", "***"),
}
BURN_IN_COLOUR = "#EFEFEF"
LABELS_ACROSS = 52  # letters that fit under the bars of a ledger; longer labels are slanted


def comparison_figures(comparison: Comparison) -> dict[str, Figure]:
    """Return the figures of a comparison by name.

    `difference` needs a contrast, `aligned` an event.
    """
    makers = {"surplus": draw_surplus, "trust": draw_trust, "difference": draw_difference}
    if not comparison.contrasts:
        del makers["difference"]
    makers |= {"ledger": draw_ledger, "survival": draw_survival}
    if comparison.around is not None:
        makers["aligned"] = draw_aligned
    return {name: make(comparison) for name, make in makers.items()}


def draw_surplus(comparison: Comparison) -> Figure:
    """Draw joint surplus per need and month over time, by regime, under first best."""
    with house_style():
        figure, (axes,) = make_panels((6.9, 3.9), 1)
        for regime in comparison.contestants:
            _draw_line(axes, comparison, "surplus", regime)
        best = (comparison.yardsticks or comparison.regimes)[0]
        ceiling = comparison.monthly_summary("first_best", best).mean
        axes.plot(
            range(comparison.months), ceiling, color=BLACK, ls=":", lw=1.4, label="first best"
        )
        low, high = axes.get_ylim()
        if low < 0.5 * high:
            axes.set_ylim(min(0.0, low), high)
        _set_time_axis(
            axes, comparison, f"joint surplus ({unit_in_words(comparison.series_unit('surplus'))})"
        )
        _put_legend(figure, axes, comparison)
    return figure


def draw_trust(comparison: Comparison) -> Figure:
    """Draw trust each way over time, by regime."""
    with house_style():
        figure, panels = make_panels((6.9, 3.7), 2, sharey=True)
        names = {
            "trust_buyer": "buyers in their vendors",
            "trust_vendor": "vendors in their buyers",
        }
        for axes, (name, title) in zip(panels, names.items(), strict=True):
            for regime in comparison.contestants or comparison.regimes:
                _draw_line(axes, comparison, name, regime)
            axes.set_title(title)
            _set_time_axis(axes, comparison, "trust (0 to 1)" if axes is panels[0] else "")
        _limit_to_unit_range(panels)
        _put_legend(figure, panels[0], comparison)
    return figure


def draw_difference(comparison: Comparison) -> Figure:
    """Draw the paired differences in joint surplus, month by month and cumulated."""
    with house_style():
        figure, panels = make_panels((6.9, 3.7), 2)
        for axes, name, title in zip(
            panels, ("surplus", "surplus_so_far"), ("month by month", "added up"), strict=True
        ):
            for regime, baseline in comparison.contrasts:
                _draw_line(axes, comparison, name, regime, baseline)
            axes.axhline(0.0, color=BLACK, lw=0.9, zorder=1.5)
            axes.set_title(title)
            _set_time_axis(axes, comparison, unit_in_words(comparison.series_unit(name)))
        _put_legend(figure, panels[0], comparison)
    return figure


def draw_ledger(comparison: Comparison) -> Figure:
    """Draw the surplus ledger as one stacked bar per regime."""
    with house_style():
        figure, (axes,) = make_panels((6.9, 4.3), 1)
        shown = ["surplus", *comparison.used_causes]
        top = max(comparison.row("first_best", r).mean for r in comparison.regimes)
        above, below = np.zeros(len(comparison.regimes)), np.zeros(len(comparison.regimes))
        for name in shown:
            values = np.array([_ledger_mean(comparison, name, r) for r in comparison.regimes])
            base = np.where(values >= 0.0, above, below)
            _draw_segment(axes, name, values, base, 0.045 * top)
            above += np.maximum(values, 0.0)
            below += np.minimum(values, 0.0)
        for x, regime in enumerate(comparison.regimes):
            best = comparison.row("first_best", regime).mean
            axes.plot([x - 0.4, x + 0.4], [best, best], color=BLACK, lw=1.6, solid_capstyle="butt")
        axes.axhline(0.0, color=BLACK, lw=0.9)
        if (
            max(top, above.max()) > below.min()
        ):  # else no need entered, and there is nothing to draw
            axes.set_ylim(1.06 * below.min(), 1.04 * max(top, above.max()))
        crowded = len(comparison.regimes) * max(map(len, comparison.regimes)) > LABELS_ACROSS
        turned: dict[str, Any] = {"rotation": 35, "ha": "right", "rotation_mode": "anchor"}
        axes.set_xticks(
            range(len(comparison.regimes)), comparison.regimes, **(turned if crowded else {})
        )
        axes.set_xlim(-0.6, len(comparison.regimes) - 0.4)
        axes.grid(axis="x", visible=False)
        axes.set_ylabel(unit_in_words(comparison.row("surplus", comparison.regimes[0]).unit))
        handles, labels = axes.get_legend_handles_labels()
        best_line = axes.plot([], [], color=BLACK, lw=1.6)[0]
        figure.legend(
            [best_line, *handles[::-1]], ["first best", *labels[::-1]],
            loc="outside right center", handlelength=1.8, handleheight=1.1,
        )  # fmt: skip
    return figure


def draw_survival(comparison: Comparison) -> Figure:
    """Draw the share of ties that survive each month under contract, by regime."""
    with house_style():
        figure, (axes,) = make_panels((6.9, 3.7), 1)
        for regime in comparison.contestants or comparison.regimes:
            found = comparison.survival(regime)
            colour, style = regime_look(comparison, regime)
            bounds = found.low, found.high
            axes.fill_between(found.months, *bounds, step="post", color=colour, alpha=0.22, lw=0)
            axes.step(
                found.months,
                found.share,
                where="post",
                color=colour,
                ls=style,
                lw=1.7,
                label=regime,
            )
        axes.set_ylim(0.0, 1.02)
        _set_time_axis(axes, comparison, "share of ties that last longer")
        axes.set_xlabel("months under contract")
        _put_legend(figure, axes, comparison)
    return figure


def draw_aligned(comparison: Comparison) -> Figure:
    """Draw every quantity in the months around the event, by regime."""
    with house_style():
        figure, panels = make_panels((6.9, 8.6), 2, rows=4)
        for axes, (name, (label, unit)) in zip(panels, QUANTITIES.items(), strict=False):
            for regime in comparison.contestants or comparison.regimes:
                rows = [r for r in comparison.aligned if (r.quantity, r.name) == (name, regime)]
                shown = [(r.mean, r.low, r.high) for r in rows]
                mean, low, high = np.array(shown).T * (100.0 if unit == "share" else 1.0)
                month = [r.month for r in rows]
                colour, style = regime_look(comparison, regime)
                axes.fill_between(month, low, high, color=colour, alpha=0.22, lw=0)
                axes.plot(month, mean, color=colour, ls=style, lw=1.7, label=regime)
            axes.axvline(0.0, color=BLACK, lw=0.9, zorder=1.5)
            axes.set_title(label)
            axes.set_ylabel(unit_in_words(comparison.unit(unit)).replace(" per ", "\nper ", 1))
            axes.set_xlabel("months from the event")
        for axes in panels[len(QUANTITIES) :]:
            axes.set_axis_off()
        _put_legend(figure, panels[0], comparison)
    return figure


def regime_look(comparison: Comparison, regime: str) -> tuple[str, Any]:
    """Return colour and line style of a regime of this comparison."""
    return look_among_regimes(regime, comparison.contestants)


def _draw_line(
    axes: Axes, comparison: Comparison, name: str, regime: str, baseline: str = ""
) -> None:
    """Draw a series with its interval band; a baseline makes it a difference."""
    found = comparison.monthly_summary(name, regime, baseline)
    months = range(comparison.months)
    first = comparison.contestants[0] if comparison.contestants else ""
    colour, style = regime_look(comparison, regime)
    label = regime
    if baseline:
        label = f"{regime} − {baseline}"
        if baseline != first:
            colour, style = PURPLE, (0, (1, 1.2))
    axes.fill_between(months, found.low, found.high, color=colour, alpha=0.22, lw=0, zorder=2)
    # Broken lines lie on solid ones, so that regimes that coincide are both seen.
    over = 3 if style == "solid" else 4
    axes.plot(months, found.mean, color=colour, ls=style, lw=1.7, label=label, zorder=over)


def _set_time_axis(axes: Axes, comparison: Comparison, ylabel: str) -> None:
    """Set ticks and limits of the month axis, and shade the burn-in."""
    from matplotlib.ticker import MultipleLocator

    years = max(1, -(-comparison.months // 12))
    step = 12 * max(1, -(-years // 6)) if comparison.months > 18 else max(1, comparison.months // 6)
    axes.xaxis.set_major_locator(MultipleLocator(step))
    axes.set_xlim(0, comparison.months)
    if comparison.burn_in:
        axes.axvspan(0, comparison.burn_in, color=BURN_IN_COLOUR, lw=0, zorder=0.5)
    axes.set_xlabel("month")
    axes.set_ylabel(ylabel)


def _limit_to_unit_range(panels: Sequence[Axes]) -> None:
    """Give panels of values from 0 to 1 the same limits within that range."""
    low = min(axes.get_ylim()[0] for axes in panels)
    high = max(axes.get_ylim()[1] for axes in panels)
    for axes in panels:
        axes.set_ylim(max(0.0, low), min(1.0, high) if high > low else 1.0)


def _put_legend(figure: Figure, axes: Axes, comparison: Comparison) -> None:
    """Put a legend under the figure, titled with the kind of band."""
    handles, labels = axes.get_legend_handles_labels()
    found = figure.legend(
        handles, labels, loc="outside lower center", ncols=legend_columns(labels), fontsize=8.5,
        title=f"bands: {band_label(comparison)}" if comparison.worlds > 1 else None, title_fontsize=8.5,
        columnspacing=1.4, handlelength=2.8, borderaxespad=0.0,
    )  # fmt: skip
    found.get_title().set_color("#444444")


def _draw_segment(
    axes: Axes, name: str, values: np.ndarray, base: np.ndarray, smallest: float
) -> None:
    """Draw one cause of the ledger on top of `base`; values below `smallest` get no number."""
    colour, hatch = (SURPLUS_COLOUR, "") if name == "surplus" else CAUSE_LOOKS[name]
    label = "joint surplus" if name == "surplus" else CAUSE_LABELS[name]
    x = np.arange(len(values))
    axes.bar(
        x, values, 0.66, bottom=base, color=colour, hatch=hatch, label=label,
        edgecolor="white", linewidth=0.6,
    )  # fmt: skip
    for k, value in enumerate(values):
        if abs(value) >= smallest:
            axes.annotate(
                format_number(value, ""), (x[k], base[k] + value / 2.0), ha="center", va="center",
                fontsize=8, bbox={"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none"},
            )  # fmt: skip


def _ledger_mean(comparison: Comparison, name: str, regime: str) -> float:
    """Return the mean of joint surplus or of a cause of the ledger."""
    return comparison.row(name if name == "surplus" else f"loss_{name}", regime).mean
