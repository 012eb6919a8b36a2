"""Marketplace: do you have X, how good is it, what will it do with our account."""
