"""Fake Stripe: https://docs.stripe.com/api"""

from lab.stripe.api import Stripe

__all__ = ["Stripe"]
