"""Every style of mediator by name, and the notation of a mediator's styles.

A style is written `name:setting=value,…`; several that act in order are `facilitative + proposal`. Styles are
numbered in `sim.words.Style`; what each does is in its own file of `sim/mediation/styles`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sim.errors import SimError
from sim.mediation.rounds.custom_mediator import CustomMediator, load_mediator
from sim.mediation.styles import (
    bracketing,
    drafter,
    evaluative,
    facilitative,
    final_offer,
    improving_directions,
    post_settlement,
    proposal,
    shuttle,
    single_text,
    standing_neutral,
    strategic_choice,
    transformative,
)
from sim.mediation.styles.entry import StyleEntry
from sim.strategies.code_consent import ALL_FILES, Consent
from sim.strategies.custom_code import is_custom, split_path
from sim.strategies.setting_syntax import parse_number, unknown_name_error
from sim.words import Moment

CATALOGUE: tuple[StyleEntry, ...] = (
    drafter.ENTRY,
    single_text.ENTRY,
    post_settlement.ENTRY,
    proposal.ENTRY,
    bracketing.ENTRY,
    facilitative.ENTRY,
    evaluative.ENTRY,
    shuttle.ENTRY,
    improving_directions.ENTRY,
    transformative.ENTRY,
    standing_neutral.ENTRY,
    final_offer.ENTRY,
    strategic_choice.ENTRY,
)
NAMES = tuple(entry.name for entry in CATALOGUE)
AND = "+"  # between styles that act in order
# The function of the mediator that a moment needs; without it no style acts at that moment.
FUNCTION_OF = {
    Moment.BEFORE: "broker",
    Moment.TALK: "broker",
    Moment.IMPASSE: "broker",
    Moment.SIGNED: "broker",
    Moment.REVIEW: "review",
    Moment.DISPUTE: "resolve",
    Moment.MONTH: "warn",
}


@dataclass(frozen=True, slots=True)
class ConfiguredStyle:
    """A style with the values of its settings, as a mediator practises it; `custom` if it comes from a user's file."""

    entry: StyleEntry
    values: tuple[float, ...]
    custom: CustomMediator | None = None

    def __str__(self) -> str:
        """Return the notation of the style: its name, and the settings that differ from their defaults."""
        if self.custom is not None:
            return ":".join(
                filter(None, (str(self.custom), ",".join(self.custom.changed_settings())))
            )
        pairs = zip(self.entry.settings, self.values, strict=True)
        words = [f"{s.name}={value:g}" for s, value in pairs if value != s.default]
        return self.entry.name + (":" + ",".join(words) if words else "")


def parse_style(
    text: str, where: str = "style", consent: Consent | None = ALL_FILES
) -> ConfiguredStyle:
    """Return the style that `name:setting=value,…` or `path.py:Name` describes.

    Raises SimError of one line, which starts with `where`. A file is run if `consent` covers it; with `consent`
    None it must have been loaded before.

    Example:
    >>> str(parse_style("single_text:failures=6,tries=1"))
    'single_text:failures=6'
    """
    if is_custom(text):
        own = load_mediator(*split_path(text), where, consent)
        return ConfiguredStyle(own.catalogue_entry, (), own)
    name, _, rest = text.strip().partition(":")
    if name.strip() not in NAMES:
        raise unknown_name_error(where, name.strip(), NAMES)
    entry = CATALOGUE[NAMES.index(name.strip())]
    values = {setting.name: setting.default for setting in entry.settings}
    known = {setting.name: setting for setting in entry.settings}
    given: set[str] = set()
    for part in filter(None, (word.strip() for word in rest.split(","))):
        key, equals, value = (word.strip() for word in part.partition("="))
        if not equals:
            raise SimError(f"{where}: {part!r}: want setting=value, as in single_text:failures=6")
        if key not in known:
            if not known:
                raise SimError(f"{where}: {key!r}: {entry.name} has no settings")
            raise unknown_name_error(f"{where}: {entry.name}", key, tuple(known))
        if key in given:
            raise SimError(
                f"{where}: {key} = {value!r}: {key} is already set; want each setting once"
            )
        given.add(key)
        values[key] = parse_number(known[key], value, where)
    return ConfiguredStyle(entry, tuple(values.values()))


def parse_styles(
    text: str, where: str = "style", consent: Consent | None = ALL_FILES
) -> tuple[ConfiguredStyle, ...]:
    """Return the styles of a list in order, as in `facilitative + proposal`; an empty text has none.

    Raises SimError as `parse_style` does.

    Example:
    >>> [str(style) for style in parse_styles("facilitative + proposal")]
    ['facilitative', 'proposal']
    """
    if not text:
        return ()
    return tuple(parse_style(part, where, consent) for part in text.split(AND))


def needed_functions(entries: Iterable[StyleEntry]) -> list[str]:
    """Return the mediator's functions that some styles need, each once, in the order of their moments."""
    moments = [moment for entry in entries for moment in entry.moments]
    return list(dict.fromkeys(FUNCTION_OF[moment] for moment in moments))
