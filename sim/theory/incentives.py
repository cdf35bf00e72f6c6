"""Effort and risk under a linear contract: closed forms of the optimum and of what is lost off it.

The vendor bears the share s of measured performance a + ε, ε ~ N(0, σ²). Its effort a = sκ costs
a²/2κ, and a unit of performance is worth θ to the buyer. r_b and r_v are coefficients of constant
absolute risk aversion, in 1/money. Money is per period throughout. Sources: Holmström & Milgrom
(1987), Baker (1992), Borch (1962).
"""


def certainty_equivalent(mean: float, risk_aversion: float, sd: float) -> float:
    """Return the sure income worth as much as a normal one: mean − r σ² / 2."""
    return mean - risk_aversion * sd**2 / 2


def surplus(
    share: float, kappa: float, theta: float, r_b: float, r_v: float, sigma: float
) -> float:
    """Return joint surplus θsκ − s²κ/2 less both risk premiums, at the vendor's share s.

    The premiums are r_v (sσ)²/2 and r_b ((1 − s)σ)²/2; `share` is s.
    """
    effort = share * kappa
    produced = theta * effort - share * effort / 2
    premiums = r_v * (share * sigma) ** 2 / 2 + r_b * ((1 - share) * sigma) ** 2 / 2
    return produced - premiums


def optimal_share(kappa: float, theta: float, r_b: float, r_v: float, sigma: float) -> float:
    """Return the share s* that maximises joint surplus, (θκ + r_b σ²)/(κ + (r_b + r_v) σ²).

    It is 0 if the share makes no difference.
    """
    stake = kappa + (r_b + r_v) * sigma**2
    return (theta * kappa + r_b * sigma**2) / stake if stake > 0 else 0.0


def share_loss(
    share: float, kappa: float, theta: float, r_b: float, r_v: float, sigma: float
) -> float:
    """Return the surplus lost by a share s other than s*: (κ + (r_b + r_v) σ²)(s − s*)² / 2."""
    away = share - optimal_share(kappa, theta, r_b, r_v, sigma)
    return (kappa + (r_b + r_v) * sigma**2) * away**2 / 2


def holmstrom_milgrom_share(kappa: float, r_v: float, sigma: float) -> float:
    """Return s* for a risk-neutral buyer and θ = 1: 1 / (1 + r_v σ² / κ), κ > 0.

    Example:
        >>> holmstrom_milgrom_share(1.0, 1.0, 1.0)
        0.5
    """
    return 1 / (1 + r_v * sigma**2 / kappa)


def holmstrom_milgrom_surplus(kappa: float, r_v: float, sigma: float) -> float:
    """Return the joint surplus at that share, s* κ / 2."""
    return holmstrom_milgrom_share(kappa, r_v, sigma) * kappa / 2


def baker_surplus(kappa: float, theta: float) -> float:
    """Return the joint surplus at s* = θ without risk (Baker 1992): θ² κ / 2."""
    return theta**2 * kappa / 2


def borch_share(r_b: float, r_v: float) -> float:
    """Return the vendor's share of pure risk, r_b / (r_b + r_v) (Borch 1962).

    One of the two coefficients must be above 0.
    """
    return r_b / (r_b + r_v)


def borch_premium(r_b: float, r_v: float, sigma: float) -> float:
    """Return the joint risk premium at that share, σ² r_b r_v / (2 (r_b + r_v))."""
    return sigma**2 / 2 * r_b * r_v / (r_b + r_v)


def two_sided_share(
    kappa_v: float, kappa_b: float, r_b: float = 0.0, r_v: float = 0.0, sigma: float = 0.0
) -> float:
    """Return s* if the buyer's effort (1 − s) κ_b counts as well, θ = 1.

    (κ_v + r_b σ²)/(κ_v + κ_b + (r_b + r_v) σ²).
    """
    return (kappa_v + r_b * sigma**2) / (kappa_v + kappa_b + (r_b + r_v) * sigma**2)


def two_sided_efficiency(kappa_v: float, kappa_b: float) -> float:
    """Return the surplus at that share over first best, 1 − κ_v κ_b/(κ_v + κ_b)².

    Both sides are risk-neutral here.
    """
    return 1 - kappa_v * kappa_b / (kappa_v + kappa_b) ** 2
