"""The gallery: every shipped scenario compared, as one page of pictures and findings.

`make gallery` writes `docs/gallery.md`, a picture per scenario into `docs/images`, and the picture
of the README. The same program writes the same bytes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim.lab.limits import cpu_count
from sim.measure.amounts import count
from sim.measure.compare import Comparison, compare
from sim.render.numbers import format_number, format_row, unit_in_words
from sim.scenario.load import load, shipped
from sim.study.results.command import command_line

if TYPE_CHECKING:
    from sim.measure.means import ComparisonRow

PAGE, IMAGES = "gallery.md", "images"
FLAGSHIP = "it_outsourcing"  # the scenario that `make run` compares and the README shows
TIE_MONTHS_EACH = 100_000  # per regime: seconds each, and intervals narrow enough to see a sign
FEWEST_WORLDS = 8  # of a scenario, however large
INTRO = """# Gallery

Every shipped scenario, compared under its regimes. Pictures show where first best went; numbers are
paired differences in joint surplus with 95 % intervals over worlds. `make gallery` writes
this page and its pictures again.
"""

STYLES = """## Styles of mediators

![What each style of mediator is worth](images/styles.png)

Every style in seven of these worlds, what its procedure and its mediator are worth apart, each with a sentence on why:
[docs/mediators.md](mediators.md), written by `make mediators`, as is the picture.
"""


@dataclass(frozen=True)
class GalleryPicture:
    """One scenario of the gallery: its comparison, its picture's path and its command."""

    name: str
    result: Comparison

    @property
    def command(self) -> str:
        """The command that runs the comparison."""
        return command_line("compare", self.name, worlds=self.result.worlds)

    @property
    def file(self) -> str:
        """The picture's path relative to the page."""
        return f"{IMAGES}/{self.name}.png"


def compare_for_gallery(name: str, worlds: int | None = None) -> GalleryPicture:
    """Compare one shipped scenario, at a size that takes seconds unless `worlds` is given."""
    loaded = load(name)
    run, needs = loaded.scenario.run, loaded.scenario.market.needs
    affordable = max(FEWEST_WORLDS, TIE_MONTHS_EACH // (needs * run.months))
    used = min(run.worlds, affordable) if worlds is None else worlds
    return GalleryPicture(name, compare(loaded, worlds=used, threads=cpu_count(), control=""))


def write_gallery(
    out: Path, worlds: int | None = None, say: Callable[[str], object] = print
) -> Path:
    """Write the page and its pictures into `out`, and return the path of the page.

    `say` is called with a line per scenario, as progress.
    """
    from sim.render.figures.comparison_figures import draw_ledger
    from sim.render.figures.figure_style import to_png
    from sim.study.results.durable_files import write_text

    (out / IMAGES).mkdir(parents=True, exist_ok=True)
    parts = [INTRO]
    for name, _, _ in shipped():
        picture = compare_for_gallery(name, worlds)
        _save(out / picture.file, to_png(draw_ledger(picture.result), dpi=110))
        parts.append("\n".join(scenario_lines(picture)))
        say(f"{picture.file}: {finding_sentence(picture.result)}")
    write_text(out / PAGE, "\n".join([*parts, STYLES]))
    return out / PAGE


def write_readme_picture(out: Path, worlds: int | None = None) -> Path:
    """Draw the flagship's joint surplus for the README; return the picture's path."""
    from sim.render.figures.comparison_figures import draw_surplus
    from sim.render.figures.figure_style import to_png

    loaded = load(FLAGSHIP)
    count_of_worlds = loaded.scenario.run.worlds if worlds is None else worlds
    path = out / IMAGES / f"{FLAGSHIP}_surplus.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    _save(
        path,
        to_png(
            draw_surplus(compare(loaded, worlds=count_of_worlds, threads=cpu_count(), control=""))
        ),
    )
    return path


def _save(path: Path, data: bytes) -> None:
    """Write bytes to a file, in place only when complete."""
    from sim.study.results.durable_files import write_file

    write_file(path, lambda target: target.write_bytes(data))


def scenario_lines(picture: GalleryPicture) -> Iterator[str]:
    """Yield the lines of one scenario."""
    comparison = picture.result
    title = comparison.loaded.scenario.title or picture.name
    yield f"## {title}\n"
    yield f"![Where first best went in {picture.name}]({picture.file})\n"
    yield f"{finding_sentence(comparison)}\n"
    yield f"```sh\n{picture.command}\n```\n"


def finding_sentence(comparison: Comparison) -> str:
    """Return one sentence: the first regime's joint surplus, and each difference from it."""
    first, base = comparison.contestants[0], comparison.row("surplus", comparison.contestants[0])
    share = format_number(comparison.row("share_first_best", first).mean, "share")
    unit = unit_in_words(base.unit)
    size = count(comparison.worlds, "world")
    opening = f"Under {first}, joint surplus is {format_row(base)} {unit}, {share} % of first best"
    rows: list[ComparisonRow] = [
        comparison.row("surplus", r, b) for r, b in comparison.contrasts if b == first
    ]
    changes = ", ".join(f"{r.regime} {format_row(r, signed=True)}" for r in rows)
    return f"{opening}; against that, {changes} ({size})." if rows else f"{opening} ({size})."


if __name__ == "__main__":
    docs = Path(sys.argv[1] if len(sys.argv) > 1 else "docs")
    write_gallery(docs)
    write_readme_picture(docs)
