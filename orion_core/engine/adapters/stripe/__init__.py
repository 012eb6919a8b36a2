"""Stripe."""

from orion_core.engine.adapters.stripe.adapter import StripeAdapter

__all__ = ["StripeAdapter"]
