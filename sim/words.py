"""The vocabulary shared by rules, records and scenarios, as numbers that compiled code can read.

Numbers are stored in results and address luck, so members are only ever appended.
"""

from enum import IntEnum


class Side(IntEnum):
    """The two sides of a tie."""

    BUYER = 0
    VENDOR = 1


class Institution(IntEnum):
    """Kind of regime; `mediated` differs from `adversarial` by a mediator's functions alone."""

    ADVERSARIAL = 0
    PARTNERSHIP = 1
    MEDIATED = 2
    PLANNER = 3


class IssueKind(IntEnum):
    """Effect of an issue of the contract after signing."""

    GENERIC = 0
    DURATION = 1
    RISK_SHARE = 2
    PENALTY = 3
    LIABILITY = 4


class Protocol(IntEnum):
    """Direct protocols: what a side may say, and when a talk ends."""

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
    METRICS = 4
    TERMS = 5
    REVIEW = 6
    GROW = 7
    CONTINUE = 8


class ReviewMode(IntEnum):
    """Who tells whom at a review of a running contract."""

    NONE = 0
    ONE_WAY = 1
    TWO_WAY = 2


class RecessionConduct(IntEnum):
    """What a buyer demands of a running contract in a recession."""

    NONE = 0
    SQUEEZE = 1
    GIVE_TO_GET = 2


class BlameFear(IntEnum):
    """What decides the blame a vendor expects for bad news: distrust, or how news was received."""

    TRUST = 0
    LEARNT = 1


class Participation(IntEnum):
    """Who takes part in a round of a mediator's style: always both, or by trust in the mediator."""

    ALWAYS = 0
    TRUST = 1


class Hiring(IntEnum):
    """How a tie gets its mediator."""

    IMPOSED = 0
    EXPECTED_GAIN = 1


class Entrance(IntEnum):
    """Stage from which on a mediator takes part."""

    SELECTION = 0
    SIGNING = 1
    IMPLEMENTATION = 2


class TrustRule(IntEnum):
    """How evidence becomes trust."""

    BETA = 0
    EWMA = 1
    TWO_LAYER = 2


class Ceiling(IntEnum):
    """Effect of the ceiling, which deceit lowers, on trust."""

    CAPS = 0
    MULTIPLIES = 1


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
    RECESSION_BEGINS = 17
    RECESSION_ENDS = 18
    NEEDS_SHIFTED = 19
    SHIFT_NOTICED = 20
    CONTACT_LEFT = 21
    REVIEWED = 22
    CHANGE_ORDER = 23
    OPPORTUNITY_ARISEN = 24
    OPPORTUNITY_TAKEN = 25
    HELD_UP = 26
    SQUEEZED = 27
    GIVEN_AND_TAKEN = 28
    DECLINED = 29
    MEDIATOR_HIRED = 30
    MEDIATOR_TURNED_DOWN = 31
    LEAK_FOUND = 32
    MEASURE_AGREED = 33
    ADVISED_AGAINST = 34
    POSITION_NAMED = 35
    CONDUCT_CHANGED = 36
    TEXT_REPLACED = 37
    ENTERED = 38
    IN_FORCE = 39
    TERMINATED = 40
    CHANGE_REQUESTED = 41
    MEDIATOR_ACTS = 42
    QUESTION_ASKED = 43
    ESTIMATE_TOLD = 44
    EDIT_TRIED = 45
    SETTLED_ANEW = 46
    RULED = 47
    COMPENSATED = 48
    RULING_DECLINED = 49
    STAYED_AWAY = 50


class Cause(IntEnum):
    """Causes of the surplus ledger, by which first best is lost, in the order they are booked."""

    NO_DEAL = 0
    WRONG_VENDOR = 1
    MISFIT = 2
    DRIFT = 3
    INCENTIVES = 4
    PROTECTION = 5
    HAGGLING = 6
    PROBLEMS = 7
    DISPUTES = 8
    OPPORTUNITIES = 9
    UNDERINVESTMENT = 10
    FEE = 11
    GOVERNANCE = 12


class Style(IntEnum):
    """Styles of mediation; each is a file of `sim/mediation/styles`."""

    DRAFTER = 0
    SINGLE_TEXT = 1
    POST_SETTLEMENT = 2
    PROPOSAL = 3
    BRACKETING = 4
    FACILITATIVE = 5
    EVALUATIVE = 6
    SHUTTLE = 7
    IMPROVING_DIRECTIONS = 8
    TRANSFORMATIVE = 9
    STANDING_NEUTRAL = 10
    FINAL_OFFER = 11
    STRATEGIC_CHOICE = 12
    CUSTOM = 13  # a custom mediator


class Moment(IntEnum):
    """When a style may act."""

    BEFORE = 0  # before the first direct offer of a talk
    TALK = 1  # while the sides make offers
    IMPASSE = 2  # after a talk that failed
    SIGNED = 3  # after both agreed, before the contract runs
    REVIEW = 4
    DISPUTE = 5
    MONTH = 6


class Act(IntEnum):
    """What a style of mediator may do next: a closed list, which the engine applies and charges."""

    NOTHING = 0
    ASK = 1  # the sides of `whom` the `question` on the desk
    TELL = 2  # the sides of `whom` an estimate about the `topic` on the desk
    TEXT = 3  # put the text on the desk to the vote
    RULE = 4  # decide, if both agreed to it beforehand


class Question(IntEnum):
    """What a mediator may ask a side in confidence."""

    PRICE = 0  # what it asks for the text on the desk
    BETTER = 1  # whether that is better than the text both have kept so far
    RANGE = 2  # the last price it would accept for it if the other side did
    PRIORITIES = 3  # what its issues are worth to it beside each other
    STEPS = 4  # what one level more, and one less, of each issue is worth to it
    LAST_OFFER = 5  # whether it would be bound by a ruling, and its last offer for the text


class Topic(IntEnum):
    """What a mediator may tell a side its estimate of."""

    PRIORITIES = 0  # which issues the other cares about
    MERITS = 1  # of the dispute at hand
    CONDUCT = 2  # how the other has behaved
    PROSPECTS = 3  # what the side could get elsewhere
    POSITION = 4  # how far its claim is out of reach


class Trouble(IntEnum):
    """What can be wrong with the answer of a custom mediator."""

    NONE = 0
    FAILED = 1  # its code raised an error
    ACT = 2
    LEVELS = 3
    PRICE = 4
    STAGE = 5
    ENDLESS = 6
    MOMENT = 7  # an act that is not allowed at this moment


class Stream(IntEnum):
    """Sources of luck, one per purpose; an appended stream leaves all draws of the others alone."""

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
    MACRO = 16
    SHIFT = 17
    TURNOVER = 18
    OPPORTUNITY = 19
    MEDIATOR = 20
    BIAS_SIGNAL = 21
    ANNOUNCE = 22
    COOPERATION_ESTIMATE = 23
    WEIGHTS = 24
    WEIGHTS_ESTIMATE = 25
    TERMS_ESTIMATE = 26
    RECORD_ESTIMATE = 27
    OPPORTUNITY_ESTIMATE = 28
    REFERRAL = 29
    ADAPTATION = 30
    REVIEW_ESTIMATE = 31
    FIT_ESTIMATE = 32
    BUYER_MEANS = 33
    NEEDS_SIGNAL = 34
    STRATEGY = 35
    START = 36
    FIXED_PIE = 37
    SEEN_THROUGH = 38
    STYLE = 39
    PARTICIPATION = 40
    STYLE_LUCK = 41
    IMAGINED = 42
