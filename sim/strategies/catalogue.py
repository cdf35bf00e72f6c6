"""Every strategy by name: family, settings with defaults, source, traits; and the notation of strategies.

The rules of the families are compiled, in `aspiration.py` and `taking.py`; names and sources are here. A
strategy is written `name:setting=value,…`, as in `boulware:e=4,accept=next`, in scenarios and over domains
alike. Mixtures of scenarios are drawn in the order of the catalogue, so entries are only appended.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import IntEnum

from sim.errors import SimError
from sim.strategies.code_consent import ALL_FILES, Consent
from sim.strategies.custom_code import is_custom, split_path
from sim.strategies.custom_strategy import CustomStrategy, load_strategy
from sim.strategies.setting_syntax import parse_number, unknown_name_error


class Family(IntEnum):
    """The rule that determines the next ask."""

    POLYNOMIAL = 0
    EXPONENTIAL = 1
    CONSTANT = 2
    ABSOLUTE = 3
    RELATIVE = 4
    RANDOM_ABSOLUTE = 5
    AVERAGED = 6
    NAIVE = 7
    MICRO = 8
    CLIMBER = 9
    ANNEALER = 10
    CUSTOM = 11  # a rule from a file of the user


class Accept(IntEnum):
    """The condition under which an offer is accepted (Baarslag, Hindriks & Jonker 2014)."""

    OWN = 0
    NEXT = 1
    CONSTANT = 2
    TIME = 3
    COMBINED = 4
    ANY = 5


VOTERS = (Family.CLIMBER, Family.ANNEALER)
MODELS = ("frequency", "bayesian")
FAMILIES_WITH_MODEL = tuple(family for family in Family if family not in (*VOTERS, Family.MICRO))


@dataclass(frozen=True, slots=True)
class Setting:
    """One number of a strategy: its range and meaning; `whole` if it is a count."""

    name: str
    low: float
    high: float
    meaning: str
    whole: bool = False


EXPONENT = Setting(
    "e", 0.0, 1_000.0, "exponent of the curve; above 1 holds out, below 1 concedes early"
)
START = Setting("start", 0.0, 1.0, "aspiration at the start, as a share of its own range")
SLACK = Setting("slack", 0.0, 0.5, "utility by which the ask lies below the curve")
SHARE = Setting(
    "share", 0.0, 1.0, "ask, as a share of the way from the reservation value to the best"
)
NOISE = Setting("noise", 0.0, 1.0, "largest random step, as a share of its own range")
WINDOW = Setting(
    "window", 1.0, 1_000.0, "number of the other side's offers that are averaged", whole=True
)
KINDNESS = Setting("kindness", 0.0, 1.0, "concession on top of the other side's")
TEMPERATURE = Setting(
    "temperature", 1e-6, 10.0, "at the start; a loss of this size is accepted with probability e⁻¹"
)
SCALE = Setting("scale", 0.0, 10.0, "factor of the offer, under accept=next and combined")
SHIFT = Setting("shift", -1.0, 1.0, "added to the offer, under accept=next and combined")
AFTER = Setting("after", 0.0, 1.0, "relative time, under accept=time and combined")
THRESHOLD = Setting("enough", 0.0, 1.0, "share of its own range, under accept=constant")
ACCEPTANCE_SETTINGS = (SCALE, SHIFT, AFTER, THRESHOLD)
DEFAULTS = {
    "e": 1.0, "start": 1.0, "slack": 1e-4, "share": 1.0, "noise": 0.05, "window": 4.0,
    "kindness": 0.0, "temperature": 0.1, "scale": 1.0, "shift": 0.0, "after": 0.95, "enough": 0.75,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Traits:
    """Properties that a strategy claims, and that `sim strategies check` tests."""

    monotone: bool  # its ask never rises
    looks_back: bool  # its ask depends on the other side's offers
    uses_luck: bool  # its ask depends on random numbers
    rational: bool = True  # it never asks below its reservation value; voters make no asks


def trait_names(traits: Traits) -> tuple[str, ...]:
    """Return the names of the traits a strategy claims."""
    return tuple(f.name for f in fields(traits) if getattr(traits, f.name))


TIME_DEPENDENT = Traits(monotone=True, looks_back=False, uses_luck=False)
BEHAVIOUR_DEPENDENT = Traits(monotone=False, looks_back=True, uses_luck=False)


@dataclass(frozen=True, slots=True)
class Strategy:
    """A strategy of the catalogue: its family, its settings with their defaults, and its source."""

    name: str
    family: Family
    formula: str
    source: str
    traits: Traits = TIME_DEPENDENT
    settings: tuple[Setting, ...] = ()
    defaults: tuple[tuple[str, float], ...] = ()
    accept: Accept = Accept.OWN
    names: str = ""


CURVE_SETTINGS = (EXPONENT, START, SLACK)
FARATIN = "Faratin, Sierra & Jennings 1998"
POLYNOMIAL_FORMULA = "floor + (best − floor) · start · (1 − tᵉ)"
EXPONENTIAL_FORMULA = "floor + (best − floor) · (exp((1 − t)ᵉ) − 1) / (exp 1 − 1)"
CATALOGUE = (
    Strategy(
        "boulware", Family.POLYNOMIAL, POLYNOMIAL_FORMULA, f"{FARATIN}, time-dependent tactics",
        settings=CURVE_SETTINGS, defaults=(("e", 4.0),), names="BoulwareTBNegotiator; hard-headed",
    ),
    Strategy(
        "linear", Family.POLYNOMIAL, POLYNOMIAL_FORMULA, f"{FARATIN}, time-dependent tactics",
        settings=CURVE_SETTINGS, defaults=(("e", 1.0),), names="LinearTBNegotiator",
    ),
    Strategy(
        "conceder", Family.POLYNOMIAL, POLYNOMIAL_FORMULA, f"{FARATIN}, time-dependent tactics",
        settings=CURVE_SETTINGS, defaults=(("e", 0.25),), names="ConcederTBNegotiator",
    ),
    Strategy(
        "aspiration", Family.POLYNOMIAL, POLYNOMIAL_FORMULA, "NegMAS, AspirationNegotiator",
        settings=CURVE_SETTINGS, defaults=(("e", 4.0), ("slack", 1e-3)), names="AspirationNegotiator",
    ),
    Strategy(
        "exponential", Family.EXPONENTIAL, EXPONENTIAL_FORMULA, "NegMAS, ExpAspiration; after "
        f"{FARATIN}", settings=CURVE_SETTINGS, defaults=(("e", 0.725),),
        names="ExpAspiration: .125 Boulware, .725 linear, 4 conceder",
    ),
    Strategy(
        "tit_for_tat", Family.ABSOLUTE, "last ask − (newest offer − the one before), in own utility",
        f"{FARATIN}, absolute tit-for-tat", BEHAVIOUR_DEPENDENT, names="behaviour-dependent tactic",
    ),
    Strategy(
        "hardliner", Family.CONSTANT, "best", "Baarslag et al. 2013",
        names="ToughNegotiator; take-it-or-leave-it",
    ),
    Strategy(
        "posturing", Family.CONSTANT, "floor + share · (best − floor)",
        "Abreu & Gul 2000, a commitment type", settings=(SHARE,), defaults=(("share", 0.7),),
        names="commitment type, obstinate type",
    ),
    Strategy(
        "nice", Family.CONSTANT, "floor + ½ (best − floor); accepts whatever is worth the floor",
        "NegMAS, NiceNegotiator, for what it accepts", settings=(SHARE,), defaults=(("share", 0.5),),
        accept=Accept.ANY,
    ),
    Strategy(
        "truthful", Family.CONSTANT, "floor: claims its true reservation value at once",
        "Myerson & Satterthwaite 1983, the honest report", settings=(), defaults=(("share", 0.0),),
        accept=Accept.ANY, names="truth-telling, level 0",
    ),
    Strategy(
        "relative_tit_for_tat", Family.RELATIVE, "last ask · (offer before) / (newest offer)",
        f"{FARATIN}, relative tit-for-tat", BEHAVIOUR_DEPENDENT,
    ),
    Strategy(
        "random_tit_for_tat", Family.RANDOM_ABSOLUTE,
        "as tit_for_tat, plus or minus a random step of up to noise · (best − floor)",
        f"{FARATIN}, random absolute tit-for-tat", Traits(False, True, True), settings=(NOISE,),
    ),
    Strategy(
        "averaged_tit_for_tat", Family.AVERAGED,
        "last ask · (offer `window` before) / (newest offer)", f"{FARATIN}, averaged tit-for-tat",
        BEHAVIOUR_DEPENDENT, settings=(WINDOW,),
    ),
    Strategy(
        "naive_tit_for_tat", Family.NAIVE,
        "1 − its own normalised utility of the newest offer, from round 4 on; least steps in 2 and 3",
        "NegMAS, NaiveTitForTatNegotiator", Traits(False, True, False, rational=False),
        settings=(KINDNESS,),
        names="SimpleTitForTatNegotiator",
    ),
    Strategy(
        "micro", Family.MICRO,
        "the next outcome down, as long as no more different ones were sent than received",
        "de Jonge 2022, MiCRO", Traits(True, True, False), names="MiCRONegotiator",
    ),
    Strategy(
        "hill_climber", Family.CLIMBER, "votes for what is better than the text",
        "Klein, Faratin, Sayama & Bar-Yam 2003", Traits(True, False, False, rational=False),
        names="hill climber, always truthful",
    ),
    Strategy(
        "annealer", Family.ANNEALER, "accepts a loss d with probability exp(−d / temperature), cooling",
        "Klein, Faratin, Sayama & Bar-Yam 2003", Traits(False, False, True, rational=False),
        settings=(TEMPERATURE,),
    ),
)  # fmt: skip
NAMES = tuple(strategy.name for strategy in CATALOGUE)
# Talks of a scenario have no text to vote on, and the settings below have no meaning in money.
SCENARIO_STRATEGIES = tuple(s for s in CATALOGUE if s.family not in VOTERS)
OUTCOME_SETTINGS = (SLACK, TEMPERATURE)
ACCEPT_NAMES = tuple(accept.name.lower() for accept in Accept)


@dataclass(frozen=True, slots=True)
class ConfiguredStrategy:
    """A strategy with the values of its settings, ready for a seat; `custom` if it comes from a user's file."""

    strategy: Strategy
    accept: Accept
    values: tuple[tuple[str, float], ...]
    custom: CustomStrategy | None = None
    model: str = ""  # opponent model that chooses its offers, "" for none

    @property
    def place(self) -> int:
        """Its place in the catalogue; a custom strategy comes after all others."""
        return len(CATALOGUE) if self.custom is not None else CATALOGUE.index(self.strategy)

    def __getitem__(self, name: str) -> float:
        return dict(self.values)[name]

    @property
    def votes(self) -> bool:
        """Whether it votes on a text and makes no offers."""
        return self.strategy.family in VOTERS

    def __str__(self) -> str:
        """Return the notation of the strategy: its name, and the settings that differ from their defaults.

        The exponent of a curve is always written.
        """
        usual = DEFAULTS | dict(self.strategy.defaults)
        words = [] if self.custom is None else self.custom.changed_settings()
        words += [
            f"{name}={value:g}"
            for name, value in self.values
            if value != usual[name] or (name == "e" and EXPONENT in self.strategy.settings)
        ]
        if self.accept != self.strategy.accept:
            words.append(f"accept={self.accept.name.lower()}")
        if self.model:
            words.append(f"model={self.model}")
        return self.strategy.name + (":" + ",".join(words) if words else "")


def parse_strategy(text: str, where: str = "strategy") -> ConfiguredStrategy:
    """Return the strategy that `name:setting=value,…` or `path.py:Name` describes.

    Raises SimError of one line, which starts with `where`. A file named here is run: the caller has chosen it.

    Example:
    >>> str(parse_strategy("conceder:accept=next"))
    'conceder:e=0.25,accept=next'
    >>> parse_strategy("boulware:e=6")["e"]
    6.0
    """
    return _parse_known_or_custom(text, where, False, ALL_FILES)


def parse_scenario_strategy(
    text: str, where: str = "strategy", consent: Consent | None = None
) -> ConfiguredStrategy:
    """Return the strategy of a side of a scenario, as `parse_strategy` does; those that only vote are refused.

    A file is run if `consent` covers it; with `consent` None it must have been loaded before.
    """
    return _parse_known_or_custom(text, where, True, consent)


def _parse_known_or_custom(
    text: str, where: str, money: bool, consent: Consent | None
) -> ConfiguredStrategy:
    """Return a strategy of the catalogue or of a file; with `money` only those that make offers."""
    if is_custom(text):
        return _parse_custom(text, where, money, consent)
    known = SCENARIO_STRATEGIES if money else CATALOGUE
    name, _, rest = text.strip().partition(":")
    names = tuple(s.name for s in known)
    if name not in names:
        raise unknown_name_error(where, name, names)
    strategy = known[names.index(name)]
    return _configure(strategy, rest, where, money)


def _parse_custom(
    text: str, where: str, money: bool, consent: Consent | None
) -> ConfiguredStrategy:
    """Return a custom strategy; settings of acceptance and of models are ours, all others its own."""
    path, name, rest = split_path(text)
    ours = (*(s.name for s in ACCEPTANCE_SETTINGS), "accept", "model")
    words = [word for word in rest.split(",") if word.strip()]
    mine = [word for word in words if word.partition("=")[0].strip() in ours]
    theirs = ",".join(word for word in words if word not in mine)
    own = load_strategy(path, name, theirs, where, consent)
    traits = Traits("monotone" in own.traits, "looks_back" in own.traits, "uses_luck" in own.traits)
    strategy = Strategy(
        f"{path}:{name}", Family.CUSTOM, own.about, own.source, traits, names=own.compiled_as()
    )
    return replace(_configure(strategy, ",".join(mine), where, money), custom=own)


def _configure(strategy: Strategy, text: str, where: str, money: bool) -> ConfiguredStrategy:
    """Return a strategy with the settings and parts that `setting=value,…` gives it."""
    values = DEFAULTS | dict(strategy.defaults)
    known = {s.name: s for s in (*strategy.settings, *ACCEPTANCE_SETTINGS)}
    if money:
        known = {name: s for name, s in known.items() if s not in OUTCOME_SETTINGS}
    parts = {"accept": strategy.accept.name.lower(), "model": ""}
    words = {"accept": ACCEPT_NAMES}
    if strategy.family in FAMILIES_WITH_MODEL and not money:
        words["model"] = MODELS
    for part in filter(None, (word.strip() for word in text.split(","))):
        key, equals, value = (word.strip() for word in part.partition("="))
        if not equals:
            raise SimError(f"{where}: {part!r}: want setting=value, as in boulware:e=4")
        if key in words:
            if value not in words[key]:
                raise unknown_name_error(f"{where}: {key}", value, words[key])
            parts[key] = value
        elif key in known:
            values[key] = parse_number(known[key], value, where)
        else:
            raise unknown_name_error(f"{where}: {strategy.name}", key, (*known, *words))
    accept = Accept(ACCEPT_NAMES.index(parts["accept"]))
    return ConfiguredStrategy(strategy, accept, tuple(values.items()), model=parts["model"])
