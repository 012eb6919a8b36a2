"""The rate budget of accounts: token buckets in Redis or in this process, lanes, learning from answers."""

from orion_core.platform.budget.budget import RateBudget
from orion_core.platform.budget.limits import LANES, Forecast, Limit

__all__ = ["LANES", "Forecast", "Limit", "RateBudget"]
