"""The gallery: every shipped scenario compared, as one page of pictures and findings.

`make gallery` writes `docs/gallery.md` and a picture per scenario into `docs/images`, and the picture
of the README, anew from the scenarios that are there; the same program writes the same bytes.
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
from sim.render.numbers import interval, number, unit_words
from sim.scenario.load import load, shipped
from sim.study.results.command import command_line

if TYPE_CHECKING:
    from sim.measure.compare import Row

PAGE, IMAGES = "gallery.md", "images"
FLAGSHIP = "it_outsourcing"  # what `make run` compares, and the README shows
TIE_MONTHS = 100_000  # per regime: seconds each, and intervals narrow enough to see a sign
FEWEST = 8
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
    """One scenario of the gallery: the comparison and the command that makes it again."""

    name: str
    result: Comparison

    @property
    def command(self) -> str:
        """Return what a person types."""
        return command_line("compare", self.name, worlds=self.result.worlds)

    @property
    def file(self) -> str:
        """Return the picture's path relative to the page."""
        return f"{IMAGES}/{self.name}.png"


def hang(name: str, worlds: int | None = None) -> GalleryPicture:
    """Compare one shipped scenario at a modest size."""
    loaded = load(name)
    run, needs = loaded.scenario.run, loaded.scenario.market.needs
    modest = max(FEWEST, TIE_MONTHS // (needs * run.months))
    count = min(run.worlds, modest) if worlds is None else worlds
    return GalleryPicture(name, compare(loaded, worlds=count, threads=cpu_count(), control=""))


def write(out: Path, worlds: int | None = None, say: Callable[[str], object] = print) -> Path:
    """Write the page and its pictures into `out`, and return the path of the page."""
    from sim.render.figures.comparison_figures import draw_ledger, png
    from sim.study.results.store import write_text

    (out / IMAGES).mkdir(parents=True, exist_ok=True)
    parts = [INTRO]
    for name, _, _ in shipped():
        hung = hang(name, worlds)
        _save(out / hung.file, png(draw_ledger(hung.result), dpi=110))
        parts.append("\n".join(entry(hung)))
        say(f"{hung.file}: {finding(hung.result)}")
    write_text(out / PAGE, "\n".join([*parts, STYLES]))
    return out / PAGE


def write_front(out: Path, worlds: int | None = None) -> Path:
    """Write the picture of the README, joint surplus of the flagship in as many worlds as it is run in."""
    from sim.render.figures.comparison_figures import draw_surplus, png

    loaded = load(FLAGSHIP)
    asked = loaded.scenario.run.worlds if worlds is None else worlds
    path = out / IMAGES / f"{FLAGSHIP}_surplus.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    _save(path, png(draw_surplus(compare(loaded, worlds=asked, threads=cpu_count(), control=""))))
    return path


def _save(path: Path, data: bytes) -> None:
    from sim.study.results.store import write_file

    write_file(path, lambda there: there.write_bytes(data))


def entry(hung: GalleryPicture) -> Iterator[str]:
    """Yield the lines of one scenario."""
    c = hung.result
    title = c.loaded.scenario.title or hung.name
    yield f"## {title}\n"
    yield f"![Where first best went in {hung.name}]({hung.file})\n"
    yield f"{finding(c)}\n"
    yield f"```sh\n{hung.command}\n```\n"


def finding(c: Comparison) -> str:
    """Return one sentence on what is seen: every regime against the first, and the first itself."""
    first, base = c.contestants[0], c.row("surplus", c.contestants[0])
    share = number(c.row("share_first_best", first).mean, "share")
    unit = unit_words(base.unit)
    size = count(c.worlds, "world")
    said = f"Under {first}, joint surplus is {interval(base)} {unit}, {share} % of first best"
    rows: list[Row] = [c.row("surplus", r, b) for r, b in c.contrasts if b == first]
    changes = ", ".join(f"{r.regime} {interval(r, signed=True)}" for r in rows)
    return f"{said}; against that, {changes} ({size})." if rows else f"{said} ({size})."


if __name__ == "__main__":
    docs = Path(sys.argv[1] if len(sys.argv) > 1 else "docs")
    write(docs)
    write_front(docs)
