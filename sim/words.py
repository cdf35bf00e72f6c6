"""The words shared by rules, records and scenarios, as numbers compiled code can read."""

from enum import IntEnum


class Side(IntEnum):
    """The two sides of a tie."""

    BUYER = 0
    VENDOR = 1


class Institution(IntEnum):
    """What kind of regime runs; `mediated` differs from `adversarial` by functions alone."""

    ADVERSARIAL = 0
    PARTNERSHIP = 1
    MEDIATED = 2
    PLANNER = 3


class IssueKind(IntEnum):
    """What an issue of the contract does after signing."""

    GENERIC = 0
    DURATION = 1
    RISK_SHARE = 2
    PENALTY = 3
    LIABILITY = 4


class Protocol(IntEnum):
    """Direct protocols: what a side may say and when talk ends."""

    ALTERNATING_OFFERS = 0
    SEALED_BID = 1
    TAKE_IT_OR_LEAVE_IT = 2


class Level(IntEnum):
    """Strategic level: how a side shades its reservation value."""

    TRUTHFUL = 0
    LEVEL_1 = 1
    EQUILIBRIUM = 2


class Function(IntEnum):
    """What a mediator may do; each is a bit in `mediator.functions`."""

    BROKER = 0
    ALIGN = 1
    WARN = 2
    RESOLVE = 3


class TrustRule(IntEnum):
    """How evidence becomes trust."""

    BETA = 0
    EWMA = 1
    TWO_LAYER = 2


class Event(IntEnum):
    """What can happen to a tie; the `kind` column of the `events` table."""

    TALKS_OPEN = 0
    NOTE = 1
    DRAFT = 2
    VETO = 3
    SIGNED = 4
    IMPASSE = 5
    NO_DEAL_SEEN = 6
    PROBLEM_REPORTED = 7
    PROBLEM_HIDDEN = 8
    PROBLEM_DISCOVERED = 9
    DISPUTE_SETTLED = 10
    DISPUTE_FOUGHT = 11
    BROKEN_UP = 12
    EXPIRED = 13
    RENEWED = 14
    LEAK = 15
    ASSIGNED = 16


class Cause(IntEnum):
    """Where first best went: the causes of the surplus ledger, in the order they are booked."""

    NO_DEAL = 0
    WRONG_VENDOR = 1
    MISFIT = 2
    INCENTIVES = 3
    PROTECTION = 4
    HAGGLING = 5
    PROBLEMS = 6
    DISPUTES = 7
    FEE = 8


class Stream(IntEnum):
    """One stream of luck per purpose; a new stream is appended and re-deals nothing."""

    WORTH = 0
    COST = 1
    BUYER = 2
    VENDOR = 3
    CANDIDATE = 4
    FIRST_MOVER = 5
    DELIVERY = 6
    PROBLEM = 7
    DISPUTE = 8
    ESTIMATE = 9
    LEAK = 10
    CONDUCT = 11
    FAULT_ESTIMATE = 12
    MERIT_ESTIMATE = 13
    CAPABILITY_ESTIMATE = 14
    BLAME_ESTIMATE = 15
