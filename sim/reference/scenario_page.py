"""Every key of a scenario, from the schema that reads it: the text of `docs/scenario.md`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sim.render.tables import Grid, Head, text_items, to_markdown
from sim.scenario.describe import EDITOR_LINE
from sim.scenario.expected_values import describe_node, resolve_reference, schema
from sim.scenario.values import show

HEADS = ("key", "default", "unit", "wants", "meaning")
GUIDE = f"""# Scenario files

<!-- Generated from sim/scenario/schema.py; change the schema, not this file. -->

A scenario is one TOML file. Every key has a default except the issues of the contract, so a small
file says only what is special about its world. `sim new NAME` writes a commented one to start
from, `sim scenarios` lists those that are shipped, `sim explain SCENARIO` says what a file means
before anything runs.

A scenario is called by the bare name of a shipped one, from any folder, or by a path. A bare name
that is not shipped finds `NAME.toml` in the folder you are in.

Unknown keys, wrong types, numbers out of range and combinations that contradict each other are
reported all at once, one line each, with file and line, key, value, what was wanted and the
nearest valid name. Nothing runs, and nothing is written, until a scenario is valid. A key that wants
a number also takes a whole number; `true`, `nan` and `inf` are never numbers.

## Building on another scenario

```toml
extends = "it_outsourcing"        # a shipped name, or a path from this file's folder

[market]
vendors = 80
```

Tables are merged key by key and the file that extends wins; lists (also `issues`) and strategy
mixtures are replaced whole. Files may extend files that extend files; a circle is refused.

## Regimes

Every scenario has five regimes: `adversarial`, `partnership`, `mediated`, `machine` and `planner`. A
scenario may define more:

```toml
[regimes.quiet_broker]
extends = "mediated"              # a built-in regime (this one by default), or another defined one
mediator.functions = ["broker"]
mediator.competence = {{ buyer = 0.9, vendor = 0.5 }}
negotiation.deadline = 8
```

A regime changes institutions, never people or luck: only keys of `mediator` and `negotiation`.
Its keys replace those in the scenario's `[mediator]` and `[negotiation]`. A regime that does not extend
`mediated`, directly or through others, has no mediator, whatever `mediator.functions` says; and
`mediated` with `functions = []` is `adversarial`.

`machine` is the control of `mediated`: the same mediation by something that knows nothing and is
free, which has `competence`, `competence_spread`, `bias`, `bias_spread`, `cost` and every fee at 0 and
`discretion` at 1, whatever `[mediator]` or an override of `mediator.*` says; all other keys are those
of `mediated`. The keys of a regime that extends `machine` replace these. `machine:NAME` is the control of
a regime NAME that the scenario defines.

## Overrides

`--set key.path=value` on the command line, and `overrides={{"key.path": value}}` in Python,
change single keys after all files are merged; the last one wins. The value is read as TOML, and
as plain text if it is not TOML: `--set mediator.bias=-0.5`, `--set mediator.functions=[]`, `--set
run.currency=USD`. An issue is called by its name or by its number from 0: `--set
issues.price.worth=[100]`, `--set "issues.0.levels.1=36"`; a name with blanks or dots may be
quoted: `issues."service level".cost`. Setting one part of `mediator.competence` or of a strategy
mixture keeps the other parts. The keys of a regime take precedence over `mediator.*` and
`negotiation.*`; override them as `regimes.NAME.mediator.bias`.

## Help from the editor

`sim schema > scenario.schema.json` writes a JSON Schema. With the line

```toml
{EDITOR_LINE}
```

at the top of a scenario, editors that know TOML schemas (Even Better TOML, Taplo) complete keys,
show their meaning and underline mistakes. To the program the line is a comment.

## Every key

Money is per month, in the unit that `run.currency` names, unless the unit says otherwise: with `k€` an
amount of 25 is 25,000 euros, with `USD` it is 25 dollars.
"""


def scenario_page() -> str:
    """Return `docs/scenario.md`: how to write a scenario, then every key of every table."""
    return GUIDE + "\n" + "\n".join(_table_lines())


def _table_lines() -> Iterator[str]:
    """Yield the lines of one section per table."""
    top = schema()["properties"]
    scalars = {name: node for name, node in top.items() if "type" in node and "unit" in node}
    yield from _key_lines(
        "Keys above the first table", "", {n: scalars[n] for n in ("title", "extends")}
    )
    for name, node in top.items():
        if name in ("title", "extends", "regimes"):
            continue
        table = resolve_reference(node.get("items", node))
        head, _, meaning = table["description"].partition("  ")
        yield from _key_lines(f"`{head}`", meaning, table["properties"], table.get("required", ()))
        if name == "mediator":
            fee = resolve_reference(table["properties"]["fee"])
            text = schema()["$defs"]["Fee"]["description"].partition("  ")[2]
            yield from _key_lines("`[mediator.fee]`", text, fee["properties"])
            competence = schema()["$defs"]["Competence"]
            text = competence["description"].partition(": ")[2].capitalize()
            yield from _key_lines(
                "`mediator.competence` as a table", text, competence["properties"]
            )


def _key_lines(
    head: str, meaning: str, keys: dict[str, Any], required: tuple[str, ...] | list[str] = ()
) -> Iterator[str]:
    """Yield the lines of one table: its heading, meaning and keys."""
    yield f"### {head}\n"
    if meaning:
        yield f"{meaning}\n"
    rows = []
    for name, node in keys.items():
        if "properties" in resolve_reference(node):
            continue
        default = "required" if name in required else f"`{show(node['default'])}`"
        rows.append(
            text_items(f"`{name}`", default, node["unit"], describe_node(node), node["description"])
        )
    yield to_markdown(Grid([Head(name) for name in HEADS], rows))
