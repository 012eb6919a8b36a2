"""One folder per page: page.py (address and what runs first), state.py (what it knows), views.py (how it looks)."""
